// Package bearer lets requests with an API token through (RFC 6750) and
// refuses all others.
//
// It may import core, events/secret, functions/problem and net/http.
package bearer

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// Tokens are those that are known, as their hashes.
type Tokens [][sha256.Size]byte

// Hash returns the hashes of tokens.
func Hash(tokens []secret.Value) Tokens {
	known := make(Tokens, len(tokens))
	for i, t := range tokens {
		known[i] = sha256.Sum256([]byte(t.Reveal()))
	}
	return known
}

// Has reports whether a token is one of them. Tokens are compared by their hashes
// in constant time, so that neither content nor length shows.
func (t Tokens) Has(token string) bool {
	given := sha256.Sum256([]byte(token))
	match := 0
	for _, known := range t {
		match |= subtle.ConstantTimeCompare(known[:], given[:])
	}
	return match == 1
}

// Given returns the token of a request: Authorization: Bearer <token>. It is empty
// if there is none, or more than one: what is in front of this server may have
// looked at another one.
func Given(r *http.Request) string {
	given := r.Header.Values("Authorization")
	if len(given) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// Require wraps a handler so that it only sees requests that carry one of the
// tokens. Without tokens every request is refused.
func Require(tokens []secret.Value, next http.Handler) http.Handler {
	known := Hash(tokens)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := Given(r)
		switch {
		case known.Has(token) && token != "":
			next.ServeHTTP(w, r)
		case len(known) == 0:
			Refuse(w, "no API_TOKENS are configured, so nobody may ask")
		case token == "":
			Refuse(w, "an API token is required: Authorization: Bearer <token>")
		default:
			Refuse(w, "the API token is not known")
		}
	})
}

// Refuse answers 401 and says why.
func Refuse(w http.ResponseWriter, detail string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="vodrefresh"`)
	problem.Error(w, core.Errorf(core.Unauthenticated, "%s", detail))
}

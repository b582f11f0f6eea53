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

// Require wraps a handler so that it only sees requests that carry one of the
// tokens. Without tokens every request is refused. Tokens are compared by
// their hashes in constant time, so that neither content nor length shows.
func Require(tokens []secret.Value, next http.Handler) http.Handler {
	known := make([][sha256.Size]byte, len(tokens))
	for i, t := range tokens {
		known[i] = sha256.Sum256([]byte(t.Reveal()))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		given := sha256.Sum256([]byte(token))
		match := 0
		for _, k := range known {
			match |= subtle.ConstantTimeCompare(k[:], given[:])
		}
		switch {
		case match == 1 && strings.EqualFold(scheme, "Bearer"):
			next.ServeHTTP(w, r)
		case len(known) == 0:
			refuse(w, "no API_TOKENS are configured, so nobody may ask")
		case token == "":
			refuse(w, "an API token is required: Authorization: Bearer <token>")
		default:
			refuse(w, "the API token is not known")
		}
	})
}

func refuse(w http.ResponseWriter, detail string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="vodrefresh"`)
	problem.Error(w, core.Errorf(core.Unauthenticated, "%s", detail))
}

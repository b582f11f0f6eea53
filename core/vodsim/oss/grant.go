package oss

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// dateWindow is how far the date of a request may lie from the storage's clock,
// on either side.
const dateWindow = 15 * time.Minute

// tokenLength is that of the security tokens that the platform hands out.
const tokenLength = 972

// Grant is a set of temporary credentials, as STS makes them: the right to write
// one object, for a while.
type Grant struct {
	AccessKeyID     string
	AccessKeySecret secret.Value
	SecurityToken   secret.Value
	Object          string // the name of the one object
	Expires         time.Time
}

// Grant makes credentials that are good for an object until life has passed.
func (s *Server) Grant(object string, life time.Duration) Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Clock.Now()
	for id, g := range s.grants { // one that is long gone is as good as unknown
		if now.Sub(g.Expires) > 24*time.Hour {
			delete(s.grants, id)
		}
	}
	g := Grant{
		AccessKeyID:     "STS." + s.issued.token(24),
		AccessKeySecret: secret.New(s.issued.token(44)),
		SecurityToken:   secret.New(s.issued.token(tokenLength)),
		Object:          object,
		Expires:         now.Add(life),
	}
	s.grants[g.AccessKeyID] = g
	return g
}

// authenticate finds out who sent a request, and whether it may do what it does.
// The order of the checks is not documented.
func (s *Server) authenticate(q *request) error {
	access, signature, ok := credentials(q.Request)
	if !ok {
		return refuse(accessDenied, "Authorization must be \"OSS AccessKeyId:Signature\".")
	}
	s.mu.Lock()
	grant, ok := s.grants[access]
	s.mu.Unlock()
	token := q.Header.Get("X-Oss-Security-Token")
	switch {
	case !ok, token == "": // a temporary key without its token is no key
		return refuse(keyUnknown)
	case subtle.ConstantTimeCompare([]byte(token), []byte(grant.SecurityToken.Reveal())) == 0:
		return refuse(tokenInvalid)
	}
	sent, err := http.ParseTime(dateOf(q.Request))
	switch {
	case err != nil:
		return refuse(accessDenied, "The date of the request cannot be read.")
	case q.at.Sub(sent).Abs() > dateWindow:
		return refuse(timeSkewed)
	}
	text := stringToSign(q.Request, s.cfg.Bucket, q.query)
	if !signed(grant.AccessKeySecret, text, signature) {
		return refuse(signatureMismatch)
	}
	q.access = access
	switch {
	case !q.at.Before(grant.Expires):
		return refuse(code(s.cfg.Expired))
	case q.key != grant.Object:
		return refuse(accessDenied, "The token is for another object.")
	}
	return nil
}

// credentials are what the Authorization header holds.
func credentials(r *http.Request) (access, signature string, ok bool) {
	rest, isOSS := strings.CutPrefix(r.Header.Get("Authorization"), "OSS ")
	access, signature, pair := strings.Cut(rest, ":")
	return access, signature, isOSS && pair && access != "" && signature != ""
}

// dateOf is the date that was signed: browsers do not let a page set Date.
func dateOf(r *http.Request) string {
	given := slices.Concat(r.Header.Values("X-Oss-Date"), r.Header.Values("Date"), []string{""})
	return given[0]
}

package credentials

import (
	"net/http"
	"slices"

	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// methods are those of the route.
const methods = "POST, OPTIONS"

// preflightAge is how long, in seconds, a browser may remember what it is allowed.
const preflightAge = "600"

// crossOrigin lets pages of the configured origins ask and read, errors too, and
// answers their browsers' preflights. Others are answered without the headers
// that a browser wants to see: it then keeps the answer from the page.
//
// Source: Fetch Standard, CORS protocol.
func (c Config) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header, origin := w.Header(), r.Header.Get("Origin")
		header.Set("Cache-Control", "no-store")
		header.Add("Vary", "Origin")
		allowed := origin != "" && slices.Contains(c.Origins, origin)
		if allowed {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Expose-Headers", "Retry-After")
		}
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		header.Set("Allow", methods)
		header.Add("Vary", "Access-Control-Request-Method")
		header.Add("Vary", "Access-Control-Request-Headers")
		switch {
		case allowed:
			header.Set("Access-Control-Allow-Methods", http.MethodPost)
			header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			header.Set("Access-Control-Max-Age", preflightAge)
		case origin != "":
			problem.Write(w, http.StatusForbidden, "this origin is not one of CORS_ORIGINS")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

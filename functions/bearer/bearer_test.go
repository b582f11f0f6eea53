package bearer_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/bearer"
)

func TestRequire(t *testing.T) {
	t.Parallel()
	both := []secret.Value{secret.New("old-token-of-16-chars"), secret.New("new-token-of-16-chars")}
	for name, c := range map[string]struct {
		tokens []secret.Value
		header string
		want   int
	}{
		"first token":           {both, "Bearer old-token-of-16-chars", 200},
		"second token":          {both, "Bearer new-token-of-16-chars", 200},
		"scheme in lower case":  {both, "bearer new-token-of-16-chars", 200},
		"no header":             {both, "", 401},
		"no scheme":             {both, "new-token-of-16-chars", 401},
		"other scheme":          {both, "Basic new-token-of-16-chars", 401},
		"empty token":           {both, "Bearer ", 401},
		"beginning of a token":  {both, "Bearer new-token-of-16", 401},
		"token and more":        {both, "Bearer new-token-of-16-charsX", 401},
		"blank behind":          {both, "Bearer new-token-of-16-chars ", 401},
		"both at once":          {both, "Bearer old-token-of-16-chars new-token-of-16-chars", 401},
		"no tokens":             {nil, "Bearer anything-at-all-here", 401},
		"no tokens, none given": {nil, "", 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reached := false
			h := bearer.Require(c.tokens, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
			r := httptest.NewRequest(http.MethodGet, "/v1/quota", http.NoBody)
			if c.header != "" {
				r.Header.Set("Authorization", c.header)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.want || reached != (c.want == 200) {
				t.Errorf("got %d, reached %v, want %d", w.Code, reached, c.want)
			}
			if c.want == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
			if given := strings.TrimPrefix(c.header, "Bearer "); given != "" && strings.Contains(w.Body.String(), strings.TrimSpace(given)) && strings.TrimSpace(given) != "" {
				t.Errorf("the answer repeats what was given: %s", w.Body)
			}
		})
	}
}

// One that is good does not let in another beside it, nor twice the same.
func TestTwoTokens(t *testing.T) {
	t.Parallel()
	const known, other = "Bearer known-token-of-16-chars", "Bearer other-token-of-16-chars"
	h := bearer.Require([]secret.Value{secret.New("known-token-of-16-chars")}, http.NotFoundHandler())
	for _, headers := range [][]string{{known, other}, {other, known}, {known, known}, {known, ""}, {"", known}} {
		r := httptest.NewRequest(http.MethodGet, "/v1/quota", http.NoBody)
		r.Header["Authorization"] = headers
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%q: got %d, want 401", headers, w.Code)
		}
	}
}

func ExampleRequire() {
	h := bearer.Require([]secret.Value{secret.New("0123456789abcdef")}, http.NotFoundHandler())
	for _, header := range []string{"Bearer 0123456789abcdef", "Bearer guess"} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// 404
	// 401
}

package credentials_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// preflight asks as a browser does before it posts with a ticket.
func (b *bundle) preflight(origin string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodOptions, "/v1/uploads/"+video+"/credentials", http.NoBody)
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", "authorization")
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func TestPreflights(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]int{
		page:                              204,
		"http://localhost:5173":           204,
		"":                                204, // no browser
		"https://www.example.com:443":     403,
		"https://www.example.com.evil.io": 403,
		"https://WWW.example.com":         403,
		"http://www.example.com":          403,
		"https://example.com":             403,
		"http://localhost":                403,
		"null":                            403,
		"*":                               403,
	} {
		b := setup(t, &studio{})
		w := b.preflight(origin)
		header := w.Header()
		allowed := want == 204 && origin != ""
		if w.Code != want {
			t.Errorf("%q: got %d, want %d", origin, w.Code, want)
		}
		if got := header.Get("Access-Control-Allow-Origin"); allowed && got != origin || !allowed && got != "" {
			t.Errorf("%q: allows %q", origin, got)
		}
		if allowed && (header.Get("Access-Control-Allow-Methods") != "POST" || !strings.Contains(header.Get("Access-Control-Allow-Headers"), "Authorization")) {
			t.Errorf("%q: allows %v", origin, header)
		}
		if vary := strings.Join(header.Values("Vary"), ", "); vary != "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" {
			t.Errorf("%q: varies by %q", origin, vary)
		}
		if header.Get("Cache-Control") != "no-store" || header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%q: %v", origin, header)
		}
		if n := b.studio.calls.Load(); n != 0 {
			t.Errorf("%q: %d calls", origin, n)
		}
	}
}

// A browser keeps an answer from a page without these headers, errors included.
func TestAnswersToPages(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, origin, token string
		want                  int
		allowed               bool
	}{
		"a page":                  {"POST", page, apiToken, 200, true},
		"a page without a ticket": {"POST", page, "", 401, true},
		"a page that may not":     {"POST", "https://evil.example.com", apiToken, 200, false},
		"no page":                 {"POST", "", apiToken, 200, false},
		"another method":          {"GET", page, apiToken, 405, true},
		"deleting":                {"DELETE", page, apiToken, 405, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, &studio{status: "Uploading"})
			r := httptest.NewRequest(tc.method, "/v1/uploads/"+video+"/credentials", http.NoBody)
			if tc.origin != "" {
				r.Header.Set("Origin", tc.origin)
			}
			if tc.token != "" {
				r.Header.Set("Authorization", "Bearer "+tc.token)
			}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			header := w.Header()
			want, exposed := "", ""
			if tc.allowed {
				want, exposed = tc.origin, "Retry-After"
			}
			if w.Code != tc.want || header.Get("Access-Control-Allow-Origin") != want || header.Get("Access-Control-Expose-Headers") != exposed {
				t.Errorf("got %d %v, want %d", w.Code, header, tc.want)
			}
			if header.Get("Vary") != "Origin" || header.Get("Cache-Control") != "no-store" {
				t.Errorf("got %v", header)
			}
			if (w.Code == 405) != (header.Get("Allow") == "POST, OPTIONS") {
				t.Errorf("%d allows %q", w.Code, header.Get("Allow"))
			}
		})
	}
}

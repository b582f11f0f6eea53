package oss_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
)

func TestPut(t *testing.T) {
	t.Parallel()
	var told []oss.Object
	s := newStorage(t, oss.Config{Stored: func(o oss.Object) { told = append(told, o) }})
	if o, ok := s.Object(film); ok {
		t.Errorf("object %+v before it was stored", o)
	}
	got := s.do(http.MethodPut, film, []byte("hello"), func(r *http.Request) {
		r.Header.Set("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==")
	})
	want := oss.Object{
		Name: film, Size: 5, MD5: "5d41402abc4b2a76b9719d911017c592", ETag: `"5D41402ABC4B2A76B9719D911017C592"`, Stored: noon(),
	}
	if got.status != http.StatusOK || got.header.Get("ETag") != want.ETag || len(got.header.Get("X-Oss-Request-Id")) != 24 {
		t.Errorf("answer %d %v", got.status, got.header)
	}
	if o, ok := s.Object(film); !ok || o != want {
		t.Errorf("object %+v, want %+v", o, want)
	}
	s.must(http.MethodPut, film, []byte("again"))
	if o, _ := s.Object(film); o.MD5 != digest([]byte("again")) || len(told) != 2 || told[0] != want || told[1] != o {
		t.Errorf("object %+v, told of %+v", o, told)
	}
	if parts := s.Parts(); parts == nil || len(parts) != 0 {
		t.Errorf("parts %v of objects in one piece", parts)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s := oss.New(oss.Config{})
	if s.Bucket() != "outin-simulator" {
		t.Errorf("bucket %s", s.Bucket())
	}
	if s := oss.New(oss.Config{Bucket: "mine"}); s.Bucket() != "mine" {
		t.Errorf("bucket %s", s.Bucket())
	}
}

func TestRefusedOperations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, method, target string
		body                 []byte
		change               func(*http.Request)
		status               int
		code                 string
	}{
		{name: "read", method: http.MethodGet, target: film, status: 501, code: "NotImplemented"},
		{name: "remove", method: http.MethodDelete, target: film, status: 501, code: "NotImplemented"},
		{name: "a wrong digest", method: http.MethodPut, target: film, body: []byte("x"), change: func(r *http.Request) {
			r.Header.Set("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==")
		}, status: 400, code: "InvalidDigest"},
		{name: "a query that is none", method: http.MethodPut, target: film + "?%", status: 400, code: "InvalidArgument"},
		{name: "too large", method: http.MethodPut, target: film, body: make([]byte, 64<<20+1), status: 400, code: "EntityTooLarge"},
		{name: "cut off", method: http.MethodPut, target: film, change: func(r *http.Request) {
			r.Body = broken{}
		}, status: 400, code: "RequestTimeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStorage(t, oss.Config{})
			var changes []func(*http.Request)
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			s.refused(s.do(tt.method, tt.target, tt.body, changes...), tt.status, tt.code)
			if o, ok := s.Object(film); ok {
				t.Errorf("%+v was stored", o)
			}
		})
	}
}

// broken is a body whose sender has gone.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, http.ErrBodyReadAfterClose }
func (broken) Close() error             { return nil }

func TestBrowsers(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	preflight := httptest.NewRequest(http.MethodOptions, "/"+film+"?uploads", http.NoBody)
	preflight.Header.Set("Origin", "https://app.example.com")
	preflight.Header.Set("Access-Control-Request-Method", "PUT")
	preflight.Header.Set("Access-Control-Request-Headers", "authorization,x-oss-date")
	got := s.send(preflight)
	for name, want := range map[string]string{
		"Allow-Origin": "*", "Allow-Methods": "GET, PUT, POST, DELETE", "Allow-Headers": "authorization,x-oss-date",
		"Expose-Headers": "ETag, X-Oss-Request-Id", "Max-Age": "600",
	} {
		if v := got.header.Get("Access-Control-" + name); v != want || got.status != http.StatusOK {
			t.Errorf("preflight: %d, %s: %q, want %q", got.status, name, v, want)
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodOptions, "/"+film, http.NoBody))
	if w.Code != http.StatusBadRequest {
		t.Errorf("a question that is no preflight is answered %d", w.Code)
	}
	from := func(r *http.Request) { r.Header.Set("Origin", "https://app.example.com") }
	stored, refused := s.do(http.MethodPut, film, nil, from), s.do(http.MethodPut, "another", nil, from)
	for _, got := range []reply{stored, refused} {
		if got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Access-Control-Expose-Headers") == "" {
			t.Errorf("answer %d: %v, want what a browser needs", got.status, got.header)
		}
	}
	if refused.status != http.StatusForbidden {
		t.Errorf("another object: %d", refused.status)
	}
	if got := s.must(http.MethodPut, film, nil); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("an answer to no browser speaks of origins")
	}
}

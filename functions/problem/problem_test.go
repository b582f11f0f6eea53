package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind          core.Kind
		own, platform int
	}{
		{core.Invalid, 400, 400},
		{core.NotFound, 404, 404},
		{core.Forbidden, 403, 502},
		{core.Unauthenticated, 401, 502},
		{core.Throttled, 429, 503},
		{core.QuotaExceeded, 429, 503},
		{core.NotReady, 409, 409},
		{core.Unavailable, 503, 503},
		{core.Internal, 500, 502},
		{core.Kind("of another day"), 500, 502},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			if got := problem.Status(&core.Error{Kind: c.kind}); got != c.own {
				t.Errorf("own: got %d, want %d", got, c.own)
			}
			if got := problem.Status(fmt.Errorf("wrapped: %w", &core.Error{Kind: c.kind, Op: "GetVideoInfo"})); got != c.platform {
				t.Errorf("platform: got %d, want %d", got, c.platform)
			}
		})
	}
}

func TestErrorShowsFieldsAndWhenToComeBack(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	problem.Error(w, &core.Error{
		Kind: core.Throttled, Message: "too fast", RetryAfter: 1500 * time.Millisecond,
		Fields: []core.FieldError{{Field: "MediaIds", Value: "a b", Detail: "must have no blanks"}},
	})
	var got problem.Details
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusTooManyRequests || got.Status != w.Code || got.Title != "Too Many Requests" || got.Type != "about:blank" {
		t.Errorf("got %d and %+v", w.Code, got)
	}
	if got.Detail != "too fast" || len(got.Errors) != 1 || got.Errors[0].Field != "MediaIds" || got.Errors[0].Value != "a b" {
		t.Errorf("got %+v", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/problem+json", "Retry-After": "2", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestErrorHidesForeignTexts(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	problem.Error(w, errors.New("dial https://user:secret@example.com"))
	var got problem.Details
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusInternalServerError || got.Detail != "" {
		t.Errorf("got %d %+v, want a bare 500", w.Code, got)
	}
}

func ExampleWrite() {
	w := httptest.NewRecorder()
	problem.Write(w, http.StatusMethodNotAllowed, "allowed here: POST")
	fmt.Println(w.Code, w.Body)
	// Output: 405 {"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"allowed here: POST"}
}

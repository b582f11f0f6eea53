package huawei_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// The SDK wraps what the transport says, and quotes the request.
func TestTransportErrorKeepsItsCauseAndNoURL(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	_, err := client(t, closed.URL).Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Unavailable, "RefreshAsset: no answer: connection refused")
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v has lost its cause", err)
	}
}

// The SDK's errors have no headers.
func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{refreshAsset: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", noon().Add(7*time.Second).Format(http.TimeFormat))
		refused(429, "APIGW.0308", "later")(w, r)
	}})
	_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
	if e := wantError(t, err, core.Throttled, "later"); e.RetryAfter != 7*time.Second {
		t.Errorf("RetryAfter %s, want 7s", e.RetryAfter)
	}
}

package huawei_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
)

func TestTransportErrorsKeepTheirCauseAndNoURL(t *testing.T) {
	t.Parallel()
	odd := errors.New("odd")
	for _, tc := range []struct {
		name  string
		cause error
		is    error
		text  string
	}{
		{"unknown host", &net.DNSError{Err: "no such host", Name: "vod.invalid", IsNotFound: true}, nil, "the host name does not resolve"},
		{"refused", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, syscall.ECONNREFUSED, "connection refused"},
		{"reset", &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, syscall.ECONNRESET, "connection reset"},
		{"closed", io.ErrUnexpectedEOF, io.ErrUnexpectedEOF, "connection closed too early"},
		{"slow to connect", &net.OpError{Op: "dial", Net: "tcp", Err: timeout{}}, nil, "the connection timed out"},
		{"anything else", odd, odd, "the connection failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := client(t, "", func(cfg *huawei.Config) {
				cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
					inner := &url.Error{Op: "Post", URL: r.URL.String(), Err: tc.cause}
					return nil, fmt.Errorf("through a proxy: %w", &url.Error{Op: "Post", URL: r.URL.String(), Err: inner})
				})
			})
			_, err := c.Submit(t.Context(), refresh("m1"))
			wantError(t, err, core.Unavailable, "RefreshAsset: no answer: "+tc.text)
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("%v has lost its cause %v", err, tc.is)
			}
		})
	}
}

func TestRealConnectionFailures(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	_, err := client(t, closed.URL).Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Unavailable, "connection refused")
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v has lost its cause", err)
	}
	for name, bytes := range map[string]string{
		"before the answer": "",
		"within the answer": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{refreshAsset: func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, bytes)
				_ = conn.Close()
			}})
			_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
			wantError(t, err, core.Unavailable, "connection closed too early")
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		header, code string
		want         time.Duration
	}{
		{"", "VOD.10127", 0},
		{"7", "VOD.10127", 7 * time.Second},
		{"-7", "VOD.10127", 0},
		{"soon", "VOD.10127", 0},
		{"99999999999", "VOD.10127", 24 * time.Hour},
		{noon().Add(90 * time.Second).Format(http.TimeFormat), "VOD.10127", 90 * time.Second},
		{noon().Add(-time.Hour).Format(http.TimeFormat), "VOD.10127", 0},
		{"", "APIGW.0308", 2 * time.Second},
		{"7", "APIGW.0308", 7 * time.Second},
	} {
		t.Run(tc.header+" "+tc.code, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{refreshAsset: func(w http.ResponseWriter, r *http.Request) {
				if tc.header != "" {
					w.Header().Set("Retry-After", tc.header)
				}
				refused(429, tc.code, "later")(w, r)
			}})
			_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
			if e := wantError(t, err, core.Throttled, "later"); e.RetryAfter != tc.want {
				t.Errorf("RetryAfter %s, want %s", e.RetryAfter, tc.want)
			}
		})
	}
}

// timeout is a network error that says it is one.
type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

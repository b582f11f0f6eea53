package wire_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"syscall"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
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
			line := newLine(t, transport(func(r *http.Request) (*http.Response, error) {
				inner := &url.Error{Op: "Get", URL: r.URL.String(), Err: tc.cause}
				return nil, fmt.Errorf("through a proxy: %w", &url.Error{Op: "Get", URL: r.URL.String(), Err: inner})
			}))
			_, err := call(t.Context(), line, wire.Endpoint{Scheme: "https", Host: "vod.example.com"})
			wantError(t, err, core.Unavailable, "Op: no answer: "+tc.text)
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
	_, err := call(t.Context(), newLine(t, nil), endpoint(t, closed.URL))
	wantError(t, err, core.Unavailable, "connection refused")
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v has lost its cause", err)
	}
	for name, bytes := range map[string]string{
		"before the answer": "",
		"within the answer": "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, bytes)
				_ = conn.Close()
			})
			_, err := call(t.Context(), newLine(t, nil), endpoint(t, s.URL))
			wantError(t, err, core.Unavailable, "connection closed too early")
		})
	}
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // a client hangs up on it
	s.StartTLS()
	t.Cleanup(s.Close)
	if _, err := call(t.Context(), newLine(t, s.Client().Transport), endpoint(t, s.URL)); err != nil {
		t.Errorf("over TLS: %v", err)
	}
	_, err := call(t.Context(), newLine(t, nil), endpoint(t, s.URL))
	wantError(t, err, core.Unavailable, "the server's certificate is not trusted")
}

// timeout is a network error that says it is one.
type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// The SDK is told where to go; if it went elsewhere all the same, nothing
// leaves the machine.
func TestExchangeGoesToTheEndpointOrNowhere(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"http://vod.eu-1.example.com/?Signature=" + signature,
		"https://vod.eu-2.example.com/",
		"https://vod.eu-1.example.com:8443/",
		"https://iam.eu-1.example.com/v3/projects?name=eu-1",
		"http://100.100.100.200/latest/meta-data",
		"http://169.254.169.254/openstack/latest/securitykey",
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			line := newLine(t, transport(func(*http.Request) (*http.Response, error) {
				t.Error("a request left the machine")
				return nil, http.ErrServerClosed
			}))
			x := line.Exchange(t.Context(), wire.Endpoint{Scheme: "https", Host: "vod.eu-1.example.com"}, most)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response, err := x.RoundTrip(request) //nolint:bodyclose // there is none
			if response != nil || err == nil {
				t.Fatalf("response %v, error %v", response, err)
			}
			_, err = x.Answer("Op", err)
			wantError(t, err, core.Internal, "Op: the SDK went to "+request.URL.Hostname()+" instead of the endpoint")
		})
	}
}

func TestAnswerIsKept(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "REQ-1")
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("short"))
	})
	got, err := call(t.Context(), newLine(t, nil), endpoint(t, s.URL))
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != http.StatusTeapot || got.Header.Get("X-Request-Id") != "REQ-1" || string(got.Body) != "short" {
		t.Errorf("answer %+v", got)
	}
}

func TestAnswerIsCapped(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, most, most + 1, 100 * most} {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Repeat("j", length))) })
			got, err := call(t.Context(), newLine(t, nil), endpoint(t, s.URL))
			if length > most {
				wantError(t, err, core.Internal, "Op: the answer, HTTP 200, is longer than 64 bytes")
				return
			}
			if err != nil || len(got.Body) != length {
				t.Errorf("answer %v, %v", got, err)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			})
			_, err := call(t.Context(), newLine(t, nil), endpoint(t, s.URL))
			wantError(t, err, core.Internal, fmt.Sprintf("Op: the endpoint answered with a redirect, HTTP %d", status))
			if n := calls.Load(); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestSilentSDK(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		send func() error
		text string
	}{
		"does nothing": {func() error { return nil }, "Op: the SDK sent no request"},
		"fails":        {func() error { return errors.New("https://" + signature) }, "Op: the SDK sent no request"},
		"panics":       {func() error { panic("about https://" + signature) }, "Op: the SDK sent no request: panic with string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newLine(t, nil).Exchange(t.Context(), wire.Endpoint{}, most)
			_, err := x.Answer("Op", wire.Guard(tc.send))
			wantError(t, err, core.Internal, tc.text)
			if err.Error() != tc.text {
				t.Errorf("error %q, want %q", err, tc.text)
			}
		})
	}
}

func TestUndecodedQuotesNothing(t *testing.T) {
	t.Parallel()
	const shape = "Op: the answer has not the documented shape"
	for want, send := range map[string]func() error{
		shape: func() error { return errors.New("no number: " + signature) },
		shape + ": panic with *errors.errorString": func() error { panic(errors.New(signature)) },
	} {
		err := wire.Undecoded("Op", wire.Guard(send))
		wantError(t, err, core.Internal, shape)
		if err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	}
}

// The cause of a cancellation may be an error of another call; it is not taken
// for this call's own.
func TestCancelReachesTheWire(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	ctx, cancel := context.WithCancelCause(t.Context())
	other := &core.Error{Kind: core.Invalid, Op: "another call"}
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel(other)
		<-r.Context().Done()
		close(gone)
	})
	_, err := call(ctx, newLine(t, nil), endpoint(t, s.URL))
	wantError(t, err, core.Unavailable, "Op: the caller gave up")
	if !errors.Is(err, context.Canceled) || other.Op != "another call" {
		t.Errorf("%v is not context.Canceled, or has changed %v", err, other)
	}
	<-gone // the server has seen the client go
}

func TestDeadlineBoundsTheWholeAnswer(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half an answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "50")
			_, _ = w.Write([]byte("{"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := call(ctx, newLine(t, nil), endpoint(t, serve(t, handler).URL))
			wantError(t, err, core.Unavailable, "Op: no answer in time")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v is not context.DeadlineExceeded", err)
			}
		})
	}
}

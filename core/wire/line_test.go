package wire_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

func TestNewLine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		credentials func(context.Context) (string, error)
		timeout     time.Duration
		bounds      time.Duration
		wrong       []string
	}{
		{"defaults", keys, 0, wire.DefaultTimeout, nil},
		{"own time-out", keys, time.Minute, time.Minute, nil},
		{"nothing to sign with", nil, 0, wire.DefaultTimeout, []string{"Credentials: a function that returns them, not <nil>"}},
		{"all wrong", nil, -time.Second, -time.Second, []string{
			"Credentials: a function that returns them, not <nil>", `Timeout: zero or more, not "-1s"`,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			line, wrong := wire.NewLine(tc.credentials, nil, tc.timeout)
			if len(wrong) != len(tc.wrong) {
				t.Fatalf("wrong are %v, want %v", wrong, tc.wrong)
			}
			for i, w := range wrong {
				if w.String() != tc.wrong[i] {
					t.Errorf("wrong is %s, want %s", w, tc.wrong[i])
				}
			}
			if line.Timeout() != tc.bounds {
				t.Errorf("Timeout() = %s, want %s", line.Timeout(), tc.bounds)
			}
		})
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	line, to := newLine(t, nil), endpoint(t, s.URL)
	for range 5 {
		if _, err := call(t.Context(), line, to); err != nil {
			t.Fatal(err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for 5 calls in a row, want 1", n)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	broken := errors.New("the role is gone")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	late, expire := context.WithTimeout(t.Context(), time.Millisecond)
	t.Cleanup(expire)
	interrupted := func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "half", errors.New("interrupted")
	}
	for _, tc := range []struct {
		name string
		ctx  context.Context
		ask  func(context.Context) (string, error)
		kind core.Kind // empty: they are there
		text string
		is   error
	}{
		{"given", t.Context(), keys, "", "", nil},
		{"none", t.Context(), func(context.Context) (string, error) { return "half", broken }, core.Unauthenticated, "Op: no credentials could be had", broken},
		{"not asked any more", ended, keys, core.Unavailable, "Op: the caller gave up", context.Canceled},
		{"asked for too long", late, interrupted, core.Unavailable, "Op: no answer in time", context.DeadlineExceeded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			line, _ := wire.NewLine(tc.ask, nil, 0)
			got, err := line.Keys(tc.ctx, "Op")
			if tc.kind == "" {
				if err != nil || got != "made-up" {
					t.Errorf("Keys() = %q, %v", got, err)
				}
				return
			}
			wantError(t, err, tc.kind, tc.text)
			if !errors.Is(err, tc.is) || got != "" {
				t.Errorf("Keys() = %q, %v, want nothing, caused by %v", got, err, tc.is)
			}
		})
	}
}

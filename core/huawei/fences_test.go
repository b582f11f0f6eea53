package huawei_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// hang answers nothing until the client goes away, and tells of both.
func hang(arrived, gone chan<- struct{}) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-r.Context().Done():
			gone <- struct{}{}
		case <-time.After(patience):
		}
	}
}

// await fails the test if nothing comes.
func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatal("waited in vain for " + what)
	}
}

func TestCallsGoOverHTTPS(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(answer(202, accepted))
	s.StartTLS()
	t.Cleanup(s.Close)
	trusting := func(cfg *huawei.Config) { cfg.Transport = s.Client().Transport }
	if got, err := client(t, s.URL, trusting).Submit(t.Context(), refresh("m1")); err != nil || got.JobID == "" {
		t.Errorf("over TLS: %+v, %v", got, err)
	}
}

func TestCancelReachesTheWire(t *testing.T) {
	t.Parallel()
	arrived, gone := make(chan struct{}, 1), make(chan struct{}, 1)
	s := serve(t, map[string]http.HandlerFunc{refreshAsset: hang(arrived, gone)})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { failed <- second(client(t, s.URL).Submit(ctx, refresh("m1"))) }()
	await(t, "the request", arrived)
	cancel()
	await(t, "the server to see the client go", gone)
	err := <-failed
	wantError(t, err, core.Unavailable, "RefreshAsset: the caller gave up")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
}

func TestHundredConcurrentCalls(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{
		showPreheatingAsset: func(w http.ResponseWriter, r *http.Request) {
			answer(200, fmt.Sprintf(`{"preheating_results":[{"url":"of %s","status":"succeed"}]}`, r.URL.Query().Get("task_id")))(w, r)
		},
		showRefreshResult: answer(200, `{}`),
	})
	c := client(t, s.URL)
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			id := fmt.Sprintf("t%d", i)
			if got, err := c.Job(t.Context(), id); err != nil || len(got.URLs) != 1 || got.URLs[0].URL != "of "+id {
				t.Errorf("%s: %+v, %v", id, got, err)
			}
		})
	}
	group.Wait()
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(answer(202, accepted))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := client(t, s.URL)
	for range 5 {
		if _, err := c.Submit(t.Context(), refresh("m1")); err != nil {
			t.Fatal(err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for 5 calls in a row, want 1", n)
	}
}

func TestSDKDoesNotRetry(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{refreshAsset: refused(503, "VOD.10051", "try later")})
	_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Unavailable, "try later")
	if n := len(s.asked(refreshAsset)); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, map[string]http.HandlerFunc{refreshAsset: answer(202, accepted)})
	s := serve(t, map[string]http.HandlerFunc{refreshAsset: func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}})
	_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Internal, "RefreshAsset: the endpoint answered with a redirect, HTTP 307")
	if n := len(elsewhere.asked("")); n != 0 {
		t.Errorf("the signed request went elsewhere %d times", n)
	}
}

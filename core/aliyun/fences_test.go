package aliyun_test

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
	"github.com/vodrefresh/vodrefresh/core/aliyun"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

const accepted = `{"RequestId":"REQ-1","MediaRefreshJobId":"job-1"}`

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
	s := httptest.NewUnstartedServer(answer(200, accepted))
	s.StartTLS()
	t.Cleanup(s.Close)
	trusting := func(cfg *aliyun.Config) { cfg.Transport = s.Client().Transport }
	if got, err := client(t, s.URL, trusting).Submit(t.Context(), refresh("m1")); err != nil || got.JobID != "job-1" {
		t.Errorf("over TLS: %+v, %v", got, err)
	}
}

func TestCancelReachesTheWire(t *testing.T) {
	t.Parallel()
	arrived, gone := make(chan struct{}, 1), make(chan struct{}, 1)
	s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": hang(arrived, gone)})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { failed <- second(client(t, s.URL).Submit(ctx, refresh("m1"))) }()
	await(t, "the request", arrived)
	cancel()
	await(t, "the server to see the client go", gone)
	err := <-failed
	wantError(t, err, core.Unavailable, "RefreshMediaPlayUrls: the caller gave up")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
}

func TestTimeoutOfOneCallDoesNotStickToTheNext(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			<-r.Context().Done()
			return
		}
		time.Sleep(5 * time.Millisecond)
		answer(200, accepted)(w, r)
	}})
	c := client(t, s.URL)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := c.Submit(ctx, refresh("m1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("first call: %v", err)
	}
	calls.Store(1) // the first call may have ended before it left
	if _, err := c.Submit(t.Context(), refresh("m1")); err != nil {
		t.Errorf("second call: %v", err)
	}
}

func TestHundredConcurrentCalls(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": func(w http.ResponseWriter, r *http.Request) {
		answer(200, fmt.Sprintf(`{"MediaRefreshJobId":"job of %s"}`, r.URL.Query().Get("MediaIds")))(w, r)
	}})
	c := client(t, s.URL)
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			id := fmt.Sprintf("m%d", i)
			if got, err := c.Submit(t.Context(), refresh(id)); err != nil || got.JobID != "job of "+id {
				t.Errorf("%s: %+v, %v", id, got, err)
			}
		})
	}
	group.Wait()
	nonces := make(map[string]bool)
	for _, query := range s.asked("RefreshMediaPlayUrls") {
		nonces[query.Get("SignatureNonce")] = true
	}
	if len(nonces) != 100 {
		t.Errorf("%d nonces for 100 calls", len(nonces))
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(answer(200, accepted))
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
	s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": refused(503, "ServiceUnavailable", "try later")})
	_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Unavailable, "try later")
	if n := len(s.asked("RefreshMediaPlayUrls")); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": answer(200, accepted)})
	s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
	}})
	_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Internal, "RefreshMediaPlayUrls: the endpoint answered with a redirect, HTTP 307")
	if n := len(elsewhere.asked("RefreshMediaPlayUrls")); n != 0 {
		t.Errorf("the signed request went elsewhere %d times", n)
	}
}

package upload_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/upload"
)

// flood asks for videos with a pause between, in turn at processes, and returns
// how long each of them took. All are answered.
func flood(t *testing.T, scope upload.Scope, n int, pause time.Duration, processes ...*upload.Issuer) []time.Duration {
	t.Helper()
	took := make([]time.Duration, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			began := time.Now()
			given(t, processes[i%len(processes)], fmt.Sprintf("%s-%d-%d", t.Name()[:4], began.UnixNano(), i), scope)
			took[i] = time.Since(began)
		})
		time.Sleep(pause)
	}
	all.Wait()
	slices.Sort(took)
	return took
}

// However many come, no second has more calls than the account may make, and all
// are answered. Of a crowd, that holds for both operations together.
func TestACrowdWaitsInLine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		scope     upload.Scope
		videos    int
		pause     time.Duration
		latency   time.Duration
		processes int
		rate      float64
		longest   time.Duration
	}{
		{upload.ScopeUpload, 300, 0, 0, 1, 80, 10 * time.Second},
		{upload.ScopeUpload, 300, time.Millisecond, 2 * time.Millisecond, 1, 80, 10 * time.Second},
		{upload.ScopeUpload, 300, 5 * time.Millisecond, 100 * time.Millisecond, 1, 80, 10 * time.Second},
		{upload.ScopeUpload, 300, 0, time.Second, 1, 80, 12 * time.Second},
		{upload.ScopeUpload, 300, 0, 20 * time.Millisecond, 1, 40, 20 * time.Second},
		{upload.ScopeUpload, 300, 0, 20 * time.Millisecond, 4, 80, 10 * time.Second},
		{upload.ScopeOverwrite, 300, 0, 20 * time.Millisecond, 1, 80, 5 * time.Second},
		{upload.ScopeOverwrite, 300, 0, 20 * time.Millisecond, 4, 80, 5 * time.Second},
	} {
		t.Run(fmt.Sprintf("%+v", tc), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, store := &studio{latency: tc.latency}, memory.NewStore(nil)
				var processes []*upload.Issuer
				for range tc.processes {
					processes = append(processes, s.issuer(func(cfg *upload.IssuerConfig) { cfg.Store, cfg.Rate = store, tc.rate }))
				}
				took := flood(t, tc.scope, tc.videos, tc.pause, processes...)
				if longest := took[len(took)-1]; longest > tc.longest {
					t.Errorf("one took %s, at most %s is fine", longest, tc.longest)
				}
				if n := most(s.made("")); tc.rate == 80 && float64(n) > tc.rate { // a smaller account could not answer all in time
					t.Errorf("%d calls within a second", n)
				}
				for _, op := range []string{"GetVideoInfo", "RefreshUploadVideo"} {
					if n := most(s.made(op)); float64(n) > tc.rate {
						t.Errorf("%d calls of %s within a second", n, op)
					}
				}
			})
		})
	}
}

// Who comes at a rate that the limit allows does not wait, though that takes two
// calls each.
func TestASteadyStreamDoesNotWait(t *testing.T) {
	t.Parallel()
	for _, scope := range []upload.Scope{upload.ScopeUpload, upload.ScopeOverwrite} {
		t.Run(string(scope), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &studio{latency: 30 * time.Millisecond}
				took := flood(t, scope, 3000, 20*time.Millisecond, s.issuer())
				if longest, want := took[len(took)-1], s.latency*time.Duration(len(s.made(""))/3000); longest != want {
					t.Errorf("one took %s, want %s", longest, want)
				}
			})
		})
	}
}

// After a crowd the stream goes on as before.
func TestACrowdPasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{latency: 30 * time.Millisecond}
		c := s.issuer()
		flood(t, upload.ScopeUpload, 200, 0, c)
		took := flood(t, upload.ScopeUpload, 500, 20*time.Millisecond, c)
		if longest := took[len(took)-1]; longest > 200*time.Millisecond {
			t.Errorf("one took %s", longest)
		}
	})
}

// A stream that stood still for a moment, as on a machine that is busy, comes as a
// crowd. That is over soon.
func TestAStreamIsNoCrowdForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{latency: 30 * time.Millisecond}
		c := s.issuer()
		flood(t, upload.ScopeUpload, 100, 20*time.Millisecond, c)
		var first sync.WaitGroup
		first.Go(func() { flood(t, upload.ScopeUpload, 40, 0, c) })
		time.Sleep(20 * time.Millisecond)
		flood(t, upload.ScopeUpload, 100, 20*time.Millisecond, c)
		took := flood(t, upload.ScopeUpload, 500, 20*time.Millisecond, c)
		first.Wait()
		if longest, usual := took[len(took)-1], took[len(took)*9/10]; longest > 500*time.Millisecond || usual != 60*time.Millisecond {
			t.Errorf("two seconds later one took %s, and the most of them %s", longest, usual)
		}
	})
}

// A line that is too long is no use to anybody in it.
func TestALineHasAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{}
		c := s.issuer()
		var all sync.WaitGroup
		var mu sync.Mutex
		refusals := 0
		for i := range 2000 {
			all.Go(func() {
				_, err := c.Refresh(t.Context(), fmt.Sprintf("v%d", i), anyVideo(upload.ScopeOverwrite))
				mu.Lock()
				defer mu.Unlock()
				switch e, _ := err.(*core.Error); { //nolint:errorlint // the error itself
				case err == nil:
				case e != nil && e.Kind == core.Unavailable && e.RetryAfter > 12*time.Second && e.Op == "":
					refusals++
				default:
					t.Errorf("got %v", err)
				}
			})
		}
		began := time.Now()
		all.Wait()
		if took := time.Since(began); took > 12*time.Second || refusals < 1000 || refusals > 1300 {
			t.Errorf("%d refused, the others answered within %s", refusals, took)
		}
	})
}

// A time that only a wrong clock can have written holds nobody up.
func TestAWrongClockHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore(nil)
		far := time.Now().Add(time.Hour).UnixMicro()
		record := core.Record{Key: "credentials/pace/aliyun/cn-shanghai", Value: fmt.Appendf(nil, "%d %d %d", far, far, far)}
		if _, err := store.Put(t.Context(), []core.Record{record}); err != nil {
			t.Fatal(err)
		}
		c := (&studio{}).issuer(func(cfg *upload.IssuerConfig) { cfg.Store = store })
		began := time.Now()
		given(t, c, "v1", upload.ScopeUpload)
		if took := time.Since(began); took != 0 {
			t.Errorf("waited %s", took)
		}
	})
}

// The first of a crowd have come before any of them calls.
func TestACrowdThatComesBeforeItsCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &flaky{Store: memory.NewStore(nil)}
		store.pause.Store(int64(400 * time.Microsecond)) // as long as a write takes
		s := &studio{}
		flood(t, upload.ScopeUpload, 300, 50*time.Microsecond, s.issuer(func(cfg *upload.IssuerConfig) { cfg.Store = store }))
		if n := most(s.made("")); n > 80 {
			t.Errorf("%d calls within a second", n)
		}
	})
}

// A slow platform behind a long line: nobody waits longer than a server may.
func TestALongLineOfASlowPlatform(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{latency: 3900 * time.Millisecond}
		c := s.issuer(func(cfg *upload.IssuerConfig) { cfg.Rate = 40 })
		var all sync.WaitGroup
		for i := range 600 {
			all.Go(func() {
				began := time.Now()
				_, err := c.Refresh(t.Context(), fmt.Sprintf("v%d", i), anyVideo(upload.ScopeUpload))
				if took := time.Since(began); took > 24*time.Second {
					t.Errorf("waited %s", took)
				}
				if kind := core.KindOf(err); err != nil && kind != core.Unavailable {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		if n := len(s.made("RefreshUploadVideo")); n < 300 {
			t.Errorf("%d were served", n)
		}
	})
}

// heldUp is the clock of a process that does nothing between two times.
type heldUp struct {
	clock.System

	from, until time.Time
}

func (h heldUp) Sleep(ctx context.Context, d time.Duration) error {
	if end := time.Now().Add(d); end.After(h.from) && end.Before(h.until) {
		d = time.Until(h.until)
	}
	return h.System.Sleep(ctx, d)
}

// Turns that came while a process was held up do not all go out at once.
func TestAProcessIsHeldUp(t *testing.T) {
	t.Parallel()
	for scope, longest := range map[upload.Scope]time.Duration{upload.ScopeUpload: 12 * time.Second, upload.ScopeOverwrite: 7 * time.Second} {
		t.Run(string(scope), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, now := &studio{latency: 20 * time.Millisecond}, time.Now()
				c := s.issuer(func(cfg *upload.IssuerConfig) {
					cfg.Clock = heldUp{from: now.Add(time.Second), until: now.Add(3 * time.Second)}
				})
				took := flood(t, scope, 300, 0, c)
				if n := most(s.made("")); n > 80 {
					t.Errorf("%d calls within a second", n)
				}
				if last := took[len(took)-1]; last > longest {
					t.Errorf("the last was answered after %s", last)
				}
			})
		})
	}
}

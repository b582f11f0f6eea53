package upload_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/upload"
)

// A client in a loop is stopped, wherever its answers come from.
func TestAVideoHasABudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{}
		c := s.issuer()
		for i := range 10 { // two of them ask the platform
			given(t, c, "v1", []upload.Scope{upload.ScopeUpload, upload.ScopeOverwrite}[i%2])
			time.Sleep(time.Second)
		}
		e := refused(t, c, "v1", anyVideo(upload.ScopeUpload), core.Throttled)
		if e.RetryAfter != 50*time.Second || e.Op != "" || !strings.Contains(e.Error(), "10 requests a minute") {
			t.Errorf("got %v, after %s", e, e.RetryAfter)
		}
		given(t, c, "v2", upload.ScopeUpload)
		_ = refused(t, c, "v1", upload.Pass{VideoID: "v2", Scope: upload.ScopeUpload}, core.Forbidden)
		time.Sleep(e.RetryAfter - time.Millisecond)
		_ = refused(t, c, "v1", anyVideo(upload.ScopeUpload), core.Throttled)
		time.Sleep(time.Millisecond)
		given(t, c, "v1", upload.ScopeUpload) // what was refused was not counted
		_ = refused(t, c, "v1", anyVideo(upload.ScopeUpload), core.Throttled)
	})
}

// No minute has more than the budget, whenever it begins.
func TestABudgetHoldsForEveryMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := (&studio{}).issuer(func(cfg *upload.IssuerConfig) { cfg.Budget = 3 })
		var times []time.Time
		for range 1000 {
			if _, err := c.Refresh(t.Context(), "v1", anyVideo(upload.ScopeOverwrite)); err == nil {
				times = append(times, time.Now())
			}
			time.Sleep(700 * time.Millisecond)
		}
		for i := 3; i < len(times); i++ {
			if span := times[i].Sub(times[i-3]); span < time.Minute {
				t.Errorf("four within %s", span)
			}
		}
		if len(times) < 30 || len(times) > 36 {
			t.Errorf("%d were answered within 700 s", len(times))
		}
	})
}

func TestParallelRequestsShareABudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store := &studio{latency: 20 * time.Millisecond}, memory.NewStore(nil)
		shared := func(cfg *upload.IssuerConfig) { cfg.Store = store }
		processes := []*upload.Issuer{s.issuer(shared), s.issuer(shared), s.issuer(shared)}
		var all sync.WaitGroup
		var good, bad atomic.Int64
		for i := range 500 {
			all.Go(func() {
				_, err := processes[i%3].Refresh(t.Context(), "v1", anyVideo(upload.ScopeUpload))
				switch core.KindOf(err) {
				case "":
					good.Add(1)
				case core.Throttled:
					bad.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if good.Load() != 10 || bad.Load() != 490 {
			t.Errorf("%d answered and %d refused, want 10 and 490", good.Load(), bad.Load())
		}
	})
}

// flaky is a store that can be broken.
type flaky struct {
	core.Store

	broken    atomic.Bool
	slow      atomic.Bool
	puts, get atomic.Int64
	pause     atomic.Int64 // of each write, in nanoseconds
}

func (f *flaky) Put(ctx context.Context, records []core.Record) ([]string, error) {
	f.puts.Add(1)
	time.Sleep(time.Duration(f.pause.Load()))
	if f.slow.Load() {
		<-ctx.Done()
		return nil, &core.Error{Kind: core.Unavailable, Message: "the store does not answer", Err: ctx.Err()}
	}
	if f.broken.Load() {
		return nil, core.Errorf(core.Unavailable, "the store is out")
	}
	return f.Store.Put(ctx, records)
}

func (f *flaky) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	f.get.Add(1)
	return f.Store.Get(ctx, keys)
}

// An upload goes on while the store is out; a loop is stopped all the same.
func TestABudgetWithoutItsStore(t *testing.T) {
	t.Parallel()
	for _, slow := range []bool{false, true} {
		t.Run(fmt.Sprintf("slow=%v", slow), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, log := &flaky{Store: memory.NewStore(nil)}, &strings.Builder{}
				c := (&studio{}).issuer(func(cfg *upload.IssuerConfig) {
					cfg.Store, cfg.Log = store, slog.New(slog.NewTextHandler(log, nil))
				})
				given(t, c, "v1", upload.ScopeOverwrite)
				store.broken.Store(!slow)
				store.slow.Store(slow)
				began := time.Now()
				for range 9 {
					given(t, c, "v1", upload.ScopeOverwrite)
				}
				_ = refused(t, c, "v1", anyVideo(upload.ScopeOverwrite), core.Throttled)
				given(t, c, "v2", upload.ScopeOverwrite)
				if took := time.Since(began); took > 500*time.Millisecond {
					t.Errorf("a store that is out cost %s", took)
				}
				if n := strings.Count(log.String(), "counts for itself"); n != 1 {
					t.Errorf("told %d times, want once: %s", n, log)
				}
				store.broken.Store(false)
				store.slow.Store(false)
				time.Sleep(6 * time.Second)
				before := store.puts.Load()
				given(t, c, "v2", upload.ScopeOverwrite)
				if store.puts.Load() == before {
					t.Error("the store is back, and not asked")
				}
			})
		})
	}
}

// A store that answers, but slowly, holds up the line itself: nobody waits for longer
// than was said.
func TestASlowStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &flaky{Store: memory.NewStore(nil)}
		store.pause.Store(int64(400 * time.Millisecond))
		c := (&studio{}).issuer(func(cfg *upload.IssuerConfig) { cfg.Store = store })
		began := time.Now()
		var all sync.WaitGroup
		var late atomic.Int64
		for i := range 100 {
			all.Go(func() {
				_, err := c.Refresh(t.Context(), fmt.Sprintf("v%d", i), anyVideo(upload.ScopeOverwrite))
				if took := time.Since(began); took > 24*time.Second {
					t.Errorf("v%d waited for %s", i, took)
				}
				if e, ok := errors.AsType[*core.Error](err); ok && e.Kind == core.Unavailable && e.RetryAfter > 0 && errors.Is(err, context.DeadlineExceeded) {
					late.Add(1)
				} else if err != nil {
					t.Errorf("v%d: %v", i, err)
				}
			})
		}
		all.Wait()
		time.Sleep(time.Second) // the last write ends
		if n := late.Load(); n < 30 || n > 50 {
			t.Errorf("%d of 100 came too late, with two turns and a half a second", n)
		}
	})
}

// A video that nobody asked for before costs one write for its budget, and a loop
// costs nothing.
func TestWhatABudgetCosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &flaky{Store: memory.NewStore(nil)}
		c := (&studio{}).issuer(func(cfg *upload.IssuerConfig) { cfg.Store = store })
		given(t, c, "v1", upload.ScopeOverwrite)
		if puts, gets := store.puts.Load(), store.get.Load(); puts != 2 || gets != 0 {
			t.Errorf("%d writes and %d reads, want one write for the budget and one for the pace", puts, gets)
		}
		for range 9 {
			given(t, c, "v1", upload.ScopeOverwrite)
		}
		for range 100 {
			_ = refused(t, c, "v1", anyVideo(upload.ScopeOverwrite), core.Throttled)
		}
		if puts, gets := store.puts.Load(), store.get.Load(); puts != 11 || gets != 0 {
			t.Errorf("%d writes and %d reads, want 11 and 0", puts, gets)
		}
	})
}

func TestWhoHangsUpIsNotServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &flaky{Store: memory.NewStore(nil)}
		store.slow.Store(true)
		s := &studio{}
		c := s.issuer(func(cfg *upload.IssuerConfig) { cfg.Store = store })
		go func() { _, _ = c.Refresh(t.Context(), "v1", anyVideo(upload.ScopeUpload)) }()
		synctest.Wait()
		ctx, hangUp := context.WithTimeout(t.Context(), time.Millisecond)
		defer hangUp()
		if _, err := c.Refresh(ctx, "v1", anyVideo(upload.ScopeUpload)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if n := len(s.made("")); n != 0 {
			t.Errorf("%d calls", n)
		}
		time.Sleep(time.Second)
	})
}

// What others wrote at the keys, by mistake, is no number of ours.
func TestAForeignRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore(nil)
		for key, value := range map[string]string{
			"credentials/budget/aliyun/cn-shanghai/v1": "one two 99999999999999999999",
			"credentials/pace/aliyun/cn-shanghai":      "soon",
		} {
			if _, err := store.Put(t.Context(), []core.Record{{Key: key, Value: []byte(value)}}); err != nil {
				t.Fatal(err)
			}
		}
		c := (&studio{}).issuer(func(cfg *upload.IssuerConfig) { cfg.Store = store })
		for range 10 {
			given(t, c, "v1", upload.ScopeUpload)
		}
		_ = refused(t, c, "v1", anyVideo(upload.ScopeUpload), core.Throttled)
	})
}

// contended is a store in which others are always faster.
type contended struct {
	core.Store

	tries atomic.Int64
}

func (c *contended) Put(_ context.Context, records []core.Record) ([]string, error) {
	c.tries.Add(1)
	return make([]string, len(records)), nil
}

func TestOthersAreAlwaysFaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &contended{Store: memory.NewStore(nil)}
		s := &studio{}
		c := upload.NewIssuer(upload.IssuerConfig{Platform: s, Store: store, Line: memory.NewStore(nil)})
		e := refused(t, c, "v1", anyVideo(upload.ScopeUpload), core.Unavailable)
		if e.RetryAfter == 0 || !strings.Contains(e.Error(), "128 times") || store.tries.Load() != 128 {
			t.Errorf("got %v after %d tries", e, store.tries.Load())
		}
		synctest.Wait()
	})
}

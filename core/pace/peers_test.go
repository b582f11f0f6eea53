package pace_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/pace"
)

// counted is a store that counts its calls and fails when it is told to.
type counted struct {
	core.Store

	mu        sync.Mutex
	puts      int
	dues      int
	put, due  error
	hangs     bool
	deletions int
}

func (c *counted) Put(ctx context.Context, records []core.Record) ([]string, error) {
	c.mu.Lock()
	c.puts++
	err, hangs := c.put, c.hangs
	if records[0].Value == nil {
		c.deletions++
	}
	c.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return c.Store.Put(ctx, records)
}

func (c *counted) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	c.mu.Lock()
	c.dues++
	err := c.due
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return c.Store.Due(ctx, prefix, before, most)
}

// change changes what the store does.
func (c *counted) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

// calls is how often the store was asked since the last time.
func (c *counted) calls() (puts, dues int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	puts, dues = c.puts, c.dues
	c.puts, c.dues = 0, 0
	return puts, dues
}

// start runs peers on a store, and returns what ends them.
func start(t *testing.T, cfg pace.PeersConfig) (peers *pace.Peers, stop func()) {
	t.Helper()
	cfg.Key = "peer/test"
	peers = pace.NewPeers(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { peers.Run(ctx) })
	return peers, func() {
		cancel()
		running.Wait()
	}
}

// works has instances at work for a time.
func works(d time.Duration, at ...*pace.Peers) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		for _, p := range at {
			p.Count()
		}
	}
	synctest.Wait()
}

// counts fails unless each of the peers counts so many.
func counts(t *testing.T, when string, want int, all ...*pace.Peers) {
	t.Helper()
	for i, p := range all {
		if got := p.Count(); got != want {
			t.Errorf("%s, instance %d counts %d, want %d", when, i, got, want)
		}
	}
}

func ExamplePeers() {
	store := memory.NewStore(nil)
	peers := pace.NewPeers(pace.PeersConfig{Store: store, Key: "peer/aliyun/cn-shanghai"})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { peers.Run(ctx) })
	limit := pace.New(pace.Config{PerSecond: 50, Instances: peers.Count})
	fmt.Println(limit.Wait(ctx), peers.Count())
	cancel()
	running.Wait()
	// Output:
	// <nil> 1
}

func TestPeersMeet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore(nil)
		all := make([]*pace.Peers, 16)
		for i := range all {
			peers, stop := start(t, pace.PeersConfig{Store: store})
			t.Cleanup(stop)
			all[i] = peers
		}
		counts(t, "before anybody looked", 1, all...)
		synctest.Wait()
		works(time.Second, all...)
		counts(t, "after a second", 16, all...)
	})
}

// Those at work use all of the account until they know of a newcomer.
func TestPeersWaitToBeKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore(nil)
		old, stopOld := start(t, pace.PeersConfig{Store: store})
		defer stopOld()
		works(10*time.Second, old) // its beats come at 9.75 s and 11.75 s
		counts(t, "alone", 1, old)
		newcomer, stop := start(t, pace.PeersConfig{Store: store})
		defer stop()
		counts(t, "before it looked", 1, newcomer)
		synctest.Wait()
		counts(t, "unknown", 1000, newcomer)
		works(1500*time.Millisecond, old, newcomer)
		counts(t, "before the next beat", 1, old)
		counts(t, "before the next beat", 1000, newcomer)
		works(750*time.Millisecond, old, newcomer)
		counts(t, "known", 2, old, newcomer)
	})
}

func TestPeersLeave(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		leave  func(store *counted, stop func())
		gone   time.Duration // the others know after that
		before time.Duration // and not before that
	}{
		"stopped":   {func(_ *counted, stop func()) { stop() }, 2 * time.Second, 0},
		"idle":      {func(*counted, func()) {}, 14 * time.Second, 9 * time.Second},
		"killed":    {func(s *counted, _ func()) { s.change(func() { s.put = core.Errorf(core.Unavailable, "killed") }) }, 17 * time.Second, 12 * time.Second},
		"no answer": {func(s *counted, stop func()) { s.change(func() { s.hangs = true }); stop() }, 17 * time.Second, 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inner := memory.NewStore(nil)
				store := &counted{Store: inner}
				stays, stopStaying := start(t, pace.PeersConfig{Store: inner})
				defer stopStaying()
				leaves, stop := start(t, pace.PeersConfig{Store: store})
				defer stop()
				works(10*time.Second, stays, leaves)
				counts(t, "together", 2, stays, leaves)
				test.leave(store, stop)
				works(test.before, stays)
				if test.before > 0 {
					counts(t, "too early", 2, stays)
				}
				works(test.gone-test.before+250*time.Millisecond, stays)
				counts(t, "alone", 1, stays)
			})
		})
	}
}

// A newcomer does not wait for long to be known to one that was killed.
func TestPeersDoNotWaitForTheDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore(nil)
		dead := core.Record{Key: "peer/test/dead", Value: []byte("at work"), Due: time.Unix(0, 0), Expires: time.Now().Add(15 * time.Second)}
		if _, err := store.Put(t.Context(), []core.Record{dead}); err != nil {
			t.Fatal(err)
		}
		peers, stop := start(t, pace.PeersConfig{Store: store})
		defer stop()
		works(2750*time.Millisecond, peers)
		counts(t, "while it may answer", 1000, peers)
		works(500*time.Millisecond, peers)
		counts(t, "once it has not", 2, peers)
		works(14*time.Second, peers)
		counts(t, "once it has expired", 1, peers)
	})
}

func TestPeersCostLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &counted{Store: memory.NewStore(nil)}
		peers, stop := start(t, pace.PeersConfig{Store: store})
		expect := func(when string, puts, dues int) {
			t.Helper()
			synctest.Wait()
			if p, d := store.calls(); p != puts || d != dues {
				t.Errorf("%s, %d Put and %d Due, want %d and %d", when, p, d, puts, dues)
			}
		}
		time.Sleep(time.Hour)
		expect("before the first call", 0, 0)
		works(10*time.Second, peers)
		expect("in 10 s of work", 8, 8) // at 0, 0.25, 0.75, 1.75, 3.75 s and each 2 s
		time.Sleep(time.Hour)
		expect("after it", 5, 4) // until 10 s after the last call, and off the list
		works(time.Second, peers)
		stop()
		expect("in a second of work", 4, 3)
		peers.Count()
		expect("after the end", 0, 0)
	})
}

// Whoever else uses the store is nobody to count.
func TestPeersKeepToTheirKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore(nil)
		for _, key := range []string{"peer/tests/a", "peer/test", "job/1"} {
			if _, err := store.Put(t.Context(), []core.Record{{Key: key, Value: []byte("x"), Due: time.Unix(0, 0)}}); err != nil {
				t.Fatal(err)
			}
		}
		peers, stop := start(t, pace.PeersConfig{Store: store, Token: func() string { return "me" }})
		defer stop()
		works(time.Second, peers)
		counts(t, "beside others", 1, peers)
		own, err := store.Get(t.Context(), []string{"peer/test/me"})
		if err != nil || own[0].Revision == "" || time.Until(own[0].Expires) > 15*time.Second {
			t.Errorf("its record is %+v, error %v", own, err)
		}
	})
}

func TestPeersKeepTheLastCount(t *testing.T) {
	t.Parallel()
	secret := rand.Text()
	broken := &core.Error{Kind: core.Unavailable, Message: "broken", Err: fmt.Errorf("password %s", secret)}
	for name, fail := range map[string]func(*counted, error){
		"Put": func(s *counted, err error) { s.put = err },
		"Due": func(s *counted, err error) { s.due = err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var lines strings.Builder
				store := &counted{Store: memory.NewStore(nil)}
				a, stopA := start(t, pace.PeersConfig{Store: store, Log: slog.New(slog.NewTextHandler(&lines, nil))})
				defer stopA()
				b, stopB := start(t, pace.PeersConfig{Store: store})
				defer stopB()
				works(5*time.Second, a, b)
				for n := 1; n <= 2; n++ {
					store.change(func() { fail(store, broken) })
					works(30*time.Second, a, b)
					counts(t, "while the store fails", 2, a, b)
					if got := strings.Count(lines.String(), "cannot count"); got != n || strings.Contains(lines.String(), secret) {
						t.Errorf("failure %d is logged as %s", n, lines.String())
					}
					store.change(func() { fail(store, nil) })
					works(10*time.Second, a, b)
					counts(t, "when it works again", 2, a, b)
				}
			})
		})
	}
}

// A process that stood still, as a function between two calls does, has lost its
// record, and comes back as a newcomer.
func TestPeersComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &counted{Store: memory.NewStore(nil)}
		a, stopA := start(t, pace.PeersConfig{Store: store})
		defer stopA()
		b, stopB := start(t, pace.PeersConfig{Store: store})
		defer stopB()
		works(5*time.Second, a, b)
		works(30*time.Second, b)
		counts(t, "one idle", 1, b)
		if store.deletions != 1 {
			t.Errorf("%d instances took themselves off the list, want 1", store.deletions)
		}
		works(5*time.Second, a, b)
		counts(t, "back at work", 2, a, b)
	})
}

func TestPeersAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		peers, stop := start(t, pace.PeersConfig{Store: memory.NewStore(nil), Clock: clock.System{}})
		defer stop()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for range 100 {
					if got := peers.Count(); got != 1 {
						t.Errorf("counts %d", got)
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		all.Wait()
	})
}

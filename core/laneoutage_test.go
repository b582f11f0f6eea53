package core_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// line is a queue whose calls may fail.
type line struct {
	*memory.Queue

	mu             sync.Mutex
	settle, extend error
}

func (l *line) fail(settle, extend error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle, l.extend = settle, extend
}

func (l *line) Settle(ctx context.Context, all []core.Settlement) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settle != nil {
		return l.settle
	}
	return l.Queue.Settle(ctx, all)
}

func (l *line) Extend(ctx context.Context, all []core.Delivery) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.extend != nil {
		return l.extend
	}
	return l.Queue.Extend(ctx, all)
}

// What cannot be settled comes again, and is covered by then.
func TestWorkerCannotSettle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		l := &line{Queue: s.queue, settle: coded(core.Unavailable, "down")}
		s.seen = l
		log := &journal{}
		s.work(t, core.WorkerConfig{Log: slog.New(slog.NewTextHandler(log, nil))})
		s.put(t, "a")
		after(10 * time.Second)
		if !contains(log, "messages could not be settled, they come again") {
			t.Errorf("log is %s", log)
		}
		l.fail(nil, nil)
		after(2 * time.Minute)
		if got := s.calls(); !slices.Equal(got, []string{"Refresh a"}) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls are %q, left %+v", got, s.left(t))
		}
	})
}

// Leases that cannot be extended end; the messages come twice and are paid once.
func TestWorkerCannotExtend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.seen, s.pace = &line{Queue: s.queue, extend: coded(core.Unavailable, "down")}, every(90*time.Second)
		log := &journal{}
		s.work(t, core.WorkerConfig{Log: slog.New(slog.NewTextHandler(log, nil))})
		s.put(t, "a")
		after(10 * time.Minute)
		if got := s.calls(); !slices.Equal(got, []string{"Refresh a"}) || s.left(t) != (core.Depth{}) || !contains(log, "leases could not be extended") {
			t.Errorf("calls are %q, left %+v; log %s", got, s.left(t), log)
		}
	})
}

// While coverage cannot be asked nothing goes out and nothing is lost.
func TestWorkerWithoutItsStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		out := &outage{Store: s.store, out: true}
		s.books = out
		log := &journal{}
		s.work(t, core.WorkerConfig{Log: slog.New(slog.NewTextHandler(log, nil))})
		s.put(t, "a", "b")
		after(30 * time.Second)
		if len(s.calls()) != 0 || s.left(t).Ready != 2 || !contains(log, "coverage cannot be asked, the messages come again") {
			t.Errorf("calls are %q, left %+v; log %s", s.calls(), s.left(t), log)
		}
		out.set(false)
		after(time.Minute)
		if got := s.calls(); !slices.Equal(got, []string{"Refresh a b"}) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls are %q, left %+v", got, s.left(t))
		}
	})
}

// Nor are the messages in hand hurried through while it is out: once they have
// been received, each turn asks about one call's worth.
func TestWorkerKeepsItsPaceWithoutItsStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		out := &outage{Store: s.store, out: true}
		s.books, s.pace = out, every(10*time.Second)
		s.put(t, countedMedia(100)...)
		s.work(t, core.WorkerConfig{})
		after(25 * time.Second)
		if out.tried != 1+2 || len(s.calls()) != 0 {
			t.Errorf("asked %d times at receipt and in two turns, calls are %q", out.tried, s.calls())
		}
		out.set(false)
		after(5 * time.Minute)
		if got := s.sizes(); !slices.Equal(got, slices.Repeat([]int{20}, 5)) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls of %v, left %+v", got, s.left(t))
		}
	})
}

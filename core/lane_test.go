package core_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// closed is a pacer that gives no turn before its context ends.
func closed(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// every is a pacer that gives a turn after each pause.
func every(pause time.Duration) pacer {
	return func(ctx context.Context) error {
		select {
		case <-time.After(pause):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Two providers do not hold each other up: not while one has no turn, nor while
// its calls hang.
func TestLanesGoTheirOwnWay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pace   core.Pacer
		submit func(context.Context, core.Batch) (core.Submission, error)
	}{
		"no turn": {pacer(closed), nil},
		"calls that hang": {nil, func(ctx context.Context, _ core.Batch) (core.Submission, error) {
			<-ctx.Done()
			return core.Submission{}, ctx.Err()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				s.others = map[events.Provider]*core.Refresher{
					events.Huawei: core.NewRefresher(core.RefresherConfig{Provider: &platform{submit: test.submit}, Pace: test.pace}),
				}
				var all []core.Message
				for i, id := range countedMedia(300) {
					m := message(id, time.Now())
					if i < 200 {
						m.Task.Provider = events.Huawei
					}
					all = append(all, m)
				}
				s.enqueue(t, all...)
				s.work(t, core.WorkerConfig{InFlight: 2})
				after(5 * time.Second)
				if got := s.sizes(); !slices.Equal(got, slices.Repeat([]int{20}, 5)) {
					t.Errorf("calls of %v, want 5 of 20", got)
				}
			})
		})
	}
}

// The call's turn is awaited first and coverage asked then: what comes in during
// the wait collapses into the call.
func TestTurnComesBeforeCoverage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.pace = every(10 * time.Second)
		s.work(t, core.WorkerConfig{})
		s.put(t, "a")
		after(3 * time.Second)
		s.put(t, "a") // changed again
		s.put(t, "b")
		after(3 * time.Second)
		s.put(t, "a")
		after(time.Minute)
		if got := s.calls(); !slices.Equal(got, []string{"Refresh a b"}) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls are %q, left %+v", got, s.left(t))
		}
		if len(s.tracked) != 2 {
			t.Errorf("%d messages are followed, want one for each media", len(s.tracked))
		}
	})
}

// The leases of what waits for its turn begin anew, so nobody else gets it.
func TestLeasesLastAsLongAsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.queue = memory.NewQueue(memory.Config{Lease: 30 * time.Second})
		s.seen, s.pace = s.queue, every(5*time.Minute)
		s.put(t, countedMedia(25)...)
		s.work(t, core.WorkerConfig{})
		for range 20 {
			after(10 * time.Second)
			if got, err := s.queue.Receive(t.Context(), 10, 0); err != nil || len(got) != 0 {
				t.Fatalf("somebody else gets %d messages, %v", len(got), err)
			}
		}
		after(10 * time.Minute)
		if got := s.sizes(); !slices.Equal(got, []int{20, 5}) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls of %v, left %+v", got, s.left(t))
		}
	})
}

// The hand is full at 400 messages, and takes more as soon as some are gone.
func TestHandsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.pace = every(time.Minute)
		s.put(t, countedMedia(500)...)
		s.work(t, core.WorkerConfig{})
		after(30 * time.Second)
		if got, err := s.queue.Receive(t.Context(), 1000, 0); err != nil || len(got) != 100 {
			t.Fatalf("%d messages were left in the queue, %v; want 100", len(got), err)
		}
		after(time.Hour) // those come again when the test's lease ends
		if got := s.sizes(); !slices.Equal(got, slices.Repeat([]int{20}, 25)) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls of %v, left %+v", got, s.left(t))
		}
	})
}

// What was not submitted when the worker ends is put back, and nobody has to wait
// for a lease to end.
func TestWorkerPutsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.pace = pacer(closed)
		m := message("a", time.Now())
		m.Tries = 3
		s.enqueue(t, m)
		stop := s.work(t, core.WorkerConfig{})
		after(10 * time.Second)
		stop()
		got, err := s.queue.Receive(t.Context(), 10, 0)
		if err != nil || len(got) != 1 || got[0].Attempt != 1 || got[0].Message.Tries != 3 || got[0].Message.Task.Identity != m.Task.Identity || !got[0].Message.Received.Equal(m.Received) {
			t.Errorf("put back %+v, %v", got, err)
		}
		if len(s.calls()) != 0 {
			t.Errorf("calls are %q", s.calls())
		}
	})
}

// While all calls are under way, the worker ends as well.
func TestWorkerEndsWithFullSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
			time.Sleep(10 * time.Second)
			return accepted(b), nil
		}})
		s.put(t, countedMedia(60)...)
		stop := s.work(t, core.WorkerConfig{InFlight: 1})
		after(5 * time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("ends after %v", took)
		}
		if got := s.sizes(); !slices.Equal(got, []int{20}) || s.left(t).Ready != 40 {
			t.Errorf("calls of %v, left %+v", got, s.left(t))
		}
	})
}

func TestWorkerBuries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		given, strange := message("a", time.Now()), message("b", time.Now())
		given.GiveUp, strange.Task.Provider = "given up after 4 jobs that failed", "tencent"
		s.enqueue(t, given, strange, message("c", time.Now()))
		log := &journal{}
		s.work(t, core.WorkerConfig{Log: slog.New(slog.NewTextHandler(log, nil))})
		after(time.Second)
		var reasons []string
		for _, l := range s.dead(t) {
			reasons = append(reasons, l.Message.Task.ID+": "+l.Reason)
		}
		if want := []string{"a: given up after 4 jobs that failed", `b: provider "tencent" is not set up`}; !slices.Equal(reasons, want) || !slices.Equal(s.calls(), []string{"Refresh c"}) {
			t.Errorf("dead letters %q after calls %q", reasons, s.calls())
		}
		if strings.Count(log.String(), "message is dead") != 2 {
			t.Errorf("log is %s", log)
		}
	})
}

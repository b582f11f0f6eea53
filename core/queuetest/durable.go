package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// fill leaves one message of each sort in the queue.
func fill(ctx context.Context, q core.Queue) error {
	later := message("later")
	later.Due = system().Now().Add(time.Hour)
	if err := errors.Join(
		bury(ctx, q, message("dead")),
		enqueue(ctx, q, "held"),
	); err != nil {
		return err
	}
	if _, err := one(ctx, q, "held"); err != nil {
		return err
	}
	return wrap("enqueue", q.Enqueue(ctx, []core.Message{later, message("ready")}))
}

// filled is an error unless one message of each sort is there.
func filled(ctx context.Context, q core.Queue, h Harness) error {
	if err := depth(ctx, q, "after opening", core.Depth{Ready: 2, Delayed: 1, Dead: 1}); err != nil {
		return err
	}
	pause(ctx, h.Lease)
	got, err := receive(ctx, q, 2)
	if err != nil {
		return err
	}
	letters, err := dead(ctx, q, 10, 1)
	if err != nil {
		return err
	}
	errs := []error{
		equal("media received", strings.Join(ids(got), " "), "held ready"),
		equal("dead media", media(letters), "dead"),
		equal("reason", letters[0].Reason, "no use: dead"),
	}
	for _, d := range got {
		want := map[string]int{"held": 2, "ready": 1}[d.Message.Task.ID]
		errs = append(errs, equal("attempt of "+d.Message.Task.ID, d.Attempt, want))
	}
	return errors.Join(append(errs,
		settle(ctx, q, core.Settlement{}, got...),
		depth(ctx, q, "in the end", core.Depth{Delayed: 1, Dead: 1}))...)
}

func checkReopened(t *testing.T, h Harness) error {
	q := h.open(t)
	if err := errors.Join(fill(t.Context(), q), wrap("close", q.Close())); err != nil {
		return err
	}
	return filled(t.Context(), h.open(t), h)
}

func checkCrash(t *testing.T, h Harness) error {
	if err := fill(t.Context(), h.open(t)); err != nil {
		return err
	}
	h.Crash(t)
	return filled(t.Context(), h.open(t), h)
}

// site is where workers find the handle of the day: a crash breaks the old one.
type site struct{ handle atomic.Pointer[core.Queue] }

func (s *site) set(q core.Queue) { s.handle.Store(&q) }
func (s *site) queue() core.Queue {
	return *s.handle.Load()
}

// try makes a call that a crash may cut, until it works or ctx ends.
func (s *site) try(ctx context.Context, call func(context.Context, core.Queue) error) {
	for ctx.Err() == nil {
		short, cancel := context.WithTimeout(ctx, late)
		err := call(short, s.queue())
		cancel()
		if err == nil {
			return
		}
		pause(ctx, between)
	}
}

// consume settles what comes, until ctx ends.
func consume(ctx context.Context, now *site, done *tally) {
	for ctx.Err() == nil {
		now.try(ctx, func(ctx context.Context, q core.Queue) error {
			got, err := q.Receive(ctx, 7, soon)
			if err != nil || len(got) == 0 {
				return err
			}
			done.add(got) // a crash may swallow the answer of a settlement that worked
			return settle(ctx, q, core.Settlement{}, got...)
		})
	}
}

// checkCrashMidRun kills the engine while some workers enqueue and others
// receive. What was enqueued without an error has to come, in the end.
func checkCrashMidRun(t *testing.T, h Harness) error {
	const (
		producers = 10
		each      = 60 // messages of a producer, three at a time
		consumers = 10
		crashes   = 2
	)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var (
		now      site
		done     = newTally()
		workers  sync.WaitGroup
		sending  sync.WaitGroup
		enqueued atomic.Int32
	)
	consuming, stop := context.WithCancel(ctx)
	defer stop()
	now.set(h.open(t))
	for p := range producers {
		sending.Go(func() {
			for i := 0; i < each; i += 3 {
				batch := messages(fmt.Sprintf("p%d.%d.", p, i), 3)
				now.try(ctx, func(ctx context.Context, q core.Queue) error { return q.Enqueue(ctx, batch) })
				enqueued.Add(3)
			}
		})
	}
	for i := range crashes {
		want := int32(producers * each * (i + 1) / (crashes + 2)) // the middle of the run
		for enqueued.Load() < want && ctx.Err() == nil {
			pause(ctx, time.Millisecond)
		}
		h.Crash(t)
		now.set(h.open(t))
		if i == 0 { // until now nobody has taken anything away
			for range consumers {
				workers.Go(func() { consume(consuming, &now, done) })
			}
		}
	}
	sending.Wait()
	err := empty(ctx, now.queue())
	for err != nil && ctx.Err() == nil { // what was settled in vain comes again, after its lease
		pause(ctx, between)
		err = empty(ctx, now.queue())
	}
	stop()
	workers.Wait()
	return errors.Join(err, equal("messages received", done.count(), producers*each))
}

// empty is an error unless nothing is left.
func empty(ctx context.Context, q core.Queue) error {
	got, err := q.Depth(ctx)
	return errors.Join(wrap("depth", err), equal("depth after all workers are done", got, core.Depth{}))
}

package memory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

const lease = time.Minute

func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

func message(id string, due time.Time) core.Message {
	return core.Message{Version: core.MessageVersion, Due: due, Task: core.Task{ID: id}}
}

// frozen is a queue whose time only a wait moves on.
func frozen(t *testing.T, messages ...core.Message) (*memory.Queue, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(noon())
	q := memory.NewQueue(memory.Config{Clock: c, Lease: lease})
	if err := q.Enqueue(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	return q, c
}

// TestQueueWaits moves a clock by as much as a receiver has to wait.
func TestQueueWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		due  time.Duration // of a message; none if negative
		wait time.Duration
		got  int
		took time.Duration
	}{
		"nothing there":          {-1, 10 * time.Second, 0, 10 * time.Second},
		"nothing there, no wait": {-1, 0, 0, 0},
		"due":                    {0, 10 * time.Second, 1, 0},
		"due in time":            {3 * time.Second, 10 * time.Second, 1, 3 * time.Second},
		"due at the last moment": {10 * time.Second, 10 * time.Second, 1, 10 * time.Second},
		"due too late":           {11 * time.Second, 10 * time.Second, 0, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var messages []core.Message
			if tt.due >= 0 {
				messages = append(messages, message("a", noon().Add(tt.due)))
			}
			q, c := frozen(t, messages...)
			got, err := q.Receive(t.Context(), 10, tt.wait)
			if took := c.Now().Sub(noon()); len(got) != tt.got || err != nil || took != tt.took {
				t.Errorf("%d messages after %v, error %v; want %d after %v", len(got), took, err, tt.got, tt.took)
			}
		})
	}
}

func TestQueueLease(t *testing.T) {
	t.Parallel()
	q, c := frozen(t, message("a", time.Time{}))
	for attempt := 1; attempt <= 3; attempt++ {
		got, err := q.Receive(t.Context(), 10, 2*lease)
		if err != nil || len(got) != 1 || got[0].Attempt != attempt {
			t.Fatalf("received %+v, error %v; want attempt %d", got, err, attempt)
		}
		if want := noon().Add(time.Duration(attempt-1) * lease); !c.Now().Equal(want) {
			t.Errorf("attempt %d at %v, want %v", attempt, c.Now(), want)
		}
	}
}

func TestQueueLongestDueFirst(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return noon().Add(time.Duration(s) * time.Second) }
	q, c := frozen(t, message("c", at(3)), message("a", at(1)), message("d", at(3)), message("now", time.Time{}), message("b", at(2)))
	c.Advance(time.Hour)
	var order string
	for range 5 {
		got, err := q.Receive(t.Context(), 1, 0)
		if err != nil || len(got) != 1 {
			t.Fatalf("received %v, error %v", got, err)
		}
		order += got[0].Message.Task.ID + " "
	}
	if order != "now a b c d " {
		t.Errorf("order %q", order)
	}
}

// TestQueueSharesNothing changes a message after it was enqueued, and one that
// was received.
func TestQueueSharesNothing(t *testing.T) {
	t.Parallel()
	q, _ := frozen(t)
	messages := []core.Message{message("a", time.Time{})}
	if err := q.Enqueue(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	messages[0].Task.ID = "changed"
	got, err := q.Receive(t.Context(), 1, 0)
	if err != nil || len(got) != 1 || got[0].Message.Task.ID != "a" {
		t.Errorf("received %+v, error %v; want a", got, err)
	}
}

func TestQueueForeignReceipt(t *testing.T) {
	t.Parallel()
	q, _ := frozen(t, message("a", time.Time{}))
	for _, receipt := range []any{nil, "1", 1} {
		d := core.Delivery{Receipt: receipt}
		if err := errors.Join(q.Settle(t.Context(), []core.Settlement{{Delivery: d}}), q.Extend(t.Context(), []core.Delivery{d})); err != nil {
			t.Error(err)
		}
	}
	if depth, err := q.Depth(t.Context()); err != nil || depth.Ready != 1 {
		t.Errorf("depth %+v, error %v; want 1 ready", depth, err)
	}
}

func TestQueueRefusesWhatJSONCannotHold(t *testing.T) {
	t.Parallel()
	q, _ := frozen(t, message("a", time.Time{}))
	bad := message("b", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
	got, err := q.Receive(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"enqueue": q.Enqueue(t.Context(), []core.Message{message("c", time.Time{}), bad}),
		"settle":  q.Settle(t.Context(), []core.Settlement{{Delivery: got[0], Again: &bad}}),
	} {
		if core.KindOf(err) != core.Invalid {
			t.Errorf("%s: error %v, want one of kind invalid", what, err)
		}
	}
	if depth, err := q.Depth(t.Context()); err != nil || depth != (core.Depth{Ready: 1}) {
		t.Errorf("depth %+v, error %v; want nothing changed", depth, err)
	}
}

// TestQueueEnds makes every call to a queue that is closed, and with a context
// that has ended.
func TestQueueEnds(t *testing.T) {
	t.Parallel()
	calls := func(ctx context.Context, q *memory.Queue) map[string]error {
		_, receive := q.Receive(ctx, 1, time.Hour)
		_, dead := q.Dead(ctx, 1)
		_, redrive := q.Redrive(ctx, nil)
		_, depth := q.Depth(ctx)
		return map[string]error{
			"enqueue": q.Enqueue(ctx, nil), "receive": receive, "extend": q.Extend(ctx, nil),
			"settle": q.Settle(ctx, nil), "dead": dead, "redrive": redrive, "depth": depth,
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q, _ := frozen(t)
	for call, err := range calls(ctx, q) {
		if !errors.Is(err, context.Canceled) || core.KindOf(err) != core.Unavailable {
			t.Errorf("%s after its context ended: error %v", call, err)
		}
	}
	if err := errors.Join(q.Close(), q.Close()); err != nil {
		t.Error(err)
	}
	for call, err := range calls(t.Context(), q) {
		if core.KindOf(err) != core.Unavailable {
			t.Errorf("%s of a closed queue: error %v", call, err)
		}
	}
}

func TestCloseWakesReceivers(t *testing.T) {
	t.Parallel()
	q := memory.NewQueue(memory.Config{})
	done := make(chan error)
	go func() {
		_, err := q.Receive(t.Context(), 1, time.Hour)
		done <- err
	}()
	if err := q.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; core.KindOf(err) != core.Unavailable {
		t.Errorf("receive: error %v, want one of kind unavailable", err)
	}
}

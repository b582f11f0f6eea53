package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// TestWakes: whatever makes a message ready wakes who waits elsewhere, long
// before that one would look again by itself.
func TestWakes(t *testing.T) {
	t.Parallel()
	const delay = 300 * time.Millisecond
	later := func(m core.Message) core.Message {
		m.Due = time.Now().Add(delay)
		return m
	}
	for name, test := range map[string]struct {
		act  func(context.Context, core.Queue, core.Delivery) error
		want string
	}{
		"enqueued": {func(ctx context.Context, q core.Queue, _ core.Delivery) error { return q.Enqueue(ctx, messages(1)) }, "m0"},
		"enqueued, delayed": {func(ctx context.Context, q core.Queue, _ core.Delivery) error {
			return q.Enqueue(ctx, []core.Message{later(message("m0"))})
		}, "m0"},
		"again": {func(ctx context.Context, q core.Queue, d core.Delivery) error {
			return q.Settle(ctx, []core.Settlement{{Delivery: d, Again: &d.Message}})
		}, "held"},
		"again, delayed": {func(ctx context.Context, q core.Queue, d core.Delivery) error {
			put := later(d.Message)
			return q.Settle(ctx, []core.Settlement{{Delivery: d, Again: &put}})
		}, "held"},
		"redriven": {func(ctx context.Context, q core.Queue, d core.Delivery) error {
			err := q.Settle(ctx, []core.Settlement{{Delivery: d, Dead: "x"}})
			_, redriven := q.Redrive(ctx, nil)
			return errors.Join(err, redriven)
		}, "held"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, e := t.Context(), start(t)
			q, other := e.queue(t, time.Hour), e.queue(t, time.Hour)
			must(t, q.Enqueue(ctx, []core.Message{message("held")}))
			held := receive(t, q, "held")
			acted := make(chan error, 1)
			time.AfterFunc(50*time.Millisecond, func() { acted <- test.act(ctx, q, held[0]) })
			begin := time.Now()
			got, err := other.Receive(ctx, 1, 4*time.Second)
			took := time.Since(begin)
			if err := errors.Join(err, <-acted); err != nil || len(got) != 1 || got[0].Message.Task.ID != test.want {
				t.Fatalf("received %+v, %v; want %s", got, err, test.want)
			}
			if took > 2*time.Second {
				t.Errorf("it came after %v", took)
			}
		})
	}
}

// TestManyWait: one connection blocks, however many wait, and all get something.
func TestManyWait(t *testing.T) {
	t.Parallel()
	const many = 100
	ctx, e := t.Context(), start(t)
	q, client := e.queue(t, time.Minute), e.client(t)
	var waiting sync.WaitGroup
	errs := make(chan error, many)
	for range many {
		waiting.Go(func() {
			got, err := q.Receive(ctx, 1, 20*time.Second)
			if err == nil && len(got) != 1 {
				err = fmt.Errorf("received %d", len(got))
			}
			errs <- err
		})
	}
	blocked := func() int {
		list, err := client.ClientList(ctx).Result()
		must(t, err)
		return strings.Count(list, "cmd=xread ")
	}
	for deadline := time.Now().Add(5 * time.Second); blocked() == 0 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	if n := blocked(); n != 1 {
		t.Errorf("%d connections block, want 1", n)
	}
	must(t, q.Enqueue(ctx, messages(many)))
	waiting.Wait()
	for range many {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestCloseWakes: who waits does not keep a queue from closing.
func TestCloseWakes(t *testing.T) {
	t.Parallel()
	q := start(t).queue(t, time.Minute)
	errs := make(chan error, 3)
	for range cap(errs) {
		go func() {
			_, err := q.Receive(context.Background(), 1, time.Hour)
			errs <- err
		}()
	}
	time.Sleep(20 * time.Millisecond) // mostly they wait by now
	must(t, q.Close())
	for range cap(errs) {
		if err := <-errs; core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "it is closed") {
			t.Errorf("who waited gets %v, want that it is closed", err)
		}
	}
}

// TestReadOutlastsListener: a read that nobody listens to any more serves the
// next who waits.
func TestReadOutlastsListener(t *testing.T) {
	t.Parallel()
	e := start(t)
	q, client := e.queue(t, time.Minute), e.client(t)
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		if _, err := q.Receive(ctx, 1, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("receive returns %v, want that it was cancelled", err)
		}
	}
	list, err := client.ClientList(t.Context()).Result()
	must(t, err)
	if n := strings.Count(list, "cmd=xread "); n != 1 {
		t.Errorf("%d connections block, want 1", n)
	}
	time.AfterFunc(20*time.Millisecond, func() { _ = q.Enqueue(context.Background(), messages(1)) })
	receive(t, q, "m0")
}

package queuetest

import (
	"context"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// flawed is a handle on a queue in memory. Its function fields stand in for one
// method each, to plant a defect; a missing one leaves the method good.
type flawed struct {
	core.Queue

	enqueue func(context.Context, core.Queue, []core.Message) error
	receive func(context.Context, core.Queue, int, time.Duration) ([]core.Delivery, error)
	extend  func(context.Context, core.Queue, []core.Delivery) error
	settle  func(context.Context, core.Queue, []core.Settlement) error
	dead    func(context.Context, core.Queue, int) ([]core.DeadLetter, error)
	redrive func(context.Context, core.Queue, []string) (int, error)
	depth   func(context.Context, core.Queue) (core.Depth, error)
}

func (f flawed) Enqueue(ctx context.Context, messages []core.Message) error {
	if f.enqueue == nil {
		return f.Queue.Enqueue(ctx, messages)
	}
	return f.enqueue(ctx, f.Queue, messages)
}

func (f flawed) Receive(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	if f.receive == nil {
		return f.Queue.Receive(ctx, most, wait)
	}
	return f.receive(ctx, f.Queue, most, wait)
}

func (f flawed) Extend(ctx context.Context, deliveries []core.Delivery) error {
	if f.extend == nil {
		return f.Queue.Extend(ctx, deliveries)
	}
	return f.extend(ctx, f.Queue, deliveries)
}

func (f flawed) Settle(ctx context.Context, settlements []core.Settlement) error {
	if f.settle == nil {
		return f.Queue.Settle(ctx, settlements)
	}
	return f.settle(ctx, f.Queue, settlements)
}

func (f flawed) Dead(ctx context.Context, most int) ([]core.DeadLetter, error) {
	if f.dead == nil {
		return f.Queue.Dead(ctx, most)
	}
	return f.dead(ctx, f.Queue, most)
}

func (f flawed) Redrive(ctx context.Context, ids []string) (int, error) {
	if f.redrive == nil {
		return f.Queue.Redrive(ctx, ids)
	}
	return f.redrive(ctx, f.Queue, ids)
}

func (f flawed) Depth(ctx context.Context) (core.Depth, error) {
	if f.depth == nil {
		return f.Queue.Depth(ctx)
	}
	return f.depth(ctx, f.Queue)
}

// Close leaves the queue alone: other handles share it.
func (flawed) Close() error { return nil }

// The harness of a queue in memory, whose "engine" survives because nothing is
// killed.
const testLease = time.Second

func newQueue(lease time.Duration) *memory.Queue {
	return memory.NewQueue(memory.Config{Clock: clock.System{}, Lease: lease})
}

func harness(f flawed) Harness {
	q := newQueue(testLease)
	return Harness{
		Open:  func(*testing.T) core.Queue { f.Queue = q; return f },
		Lease: testLease,
		Crash: func(*testing.T) {},
	}
}

// received changes what a good queue delivers.
func received(change func(*core.Delivery)) flawed {
	return flawed{receive: func(ctx context.Context, q core.Queue, most int, wait time.Duration) ([]core.Delivery, error) {
		all, err := q.Receive(ctx, most, wait)
		for i := range all {
			change(&all[i])
		}
		return all, err
	}}
}

// settled changes how deliveries are settled.
func settled(change func(*core.Settlement)) flawed {
	return flawed{settle: func(ctx context.Context, q core.Queue, all []core.Settlement) error {
		for i := range all {
			change(&all[i])
		}
		return q.Settle(ctx, all)
	}}
}

// enqueued changes what is stored.
func enqueued(change func([]core.Message) []core.Message) flawed {
	return flawed{enqueue: func(ctx context.Context, q core.Queue, all []core.Message) error {
		return q.Enqueue(ctx, change(append([]core.Message(nil), all...)))
	}}
}

// buried changes the dead letters that are listed.
func buried(change func([]core.DeadLetter) []core.DeadLetter) flawed {
	return flawed{dead: func(ctx context.Context, q core.Queue, most int) ([]core.DeadLetter, error) {
		all, err := q.Dead(ctx, most)
		return change(all), err
	}}
}

// counted changes the depth.
func counted(change func(*core.Depth)) flawed {
	return flawed{depth: func(ctx context.Context, q core.Queue) (core.Depth, error) {
		d, err := q.Depth(ctx)
		change(&d)
		return d, err
	}}
}

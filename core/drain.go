package core

import (
	"context"
	"sync"
	"time"
)

// Drain works like [Worker.Run] until the queue has nothing more that is due, or
// ctx ends: for a program that is called now and then and has no time of its own.
// The error is the queue's; it can be reached no more then. A panic in its
// goroutines ends the work and is raised here, as by [Worker.Work].
func (w *Worker) Drain(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	q := &draining{Queue: w.cfg.Queue, empty: stop}
	worker := &Worker{cfg: w.cfg, dropped: func(d []Delivery) { q.leave(len(d)) }, burst: &burst{log: w.cfg.Log, stop: stop}}
	worker.cfg.Queue = q
	worker.Run(ctx)
	worker.burst.raise()
	return q.failed
}

// draining is a queue that says when it is empty.
type draining struct {
	Queue

	empty func() // called when nothing is due and nothing in hand, or after an error

	mu     sync.Mutex
	inHand int
	failed error
}

// Receive looks, and waits only while something is in hand.
func (q *draining) Receive(ctx context.Context, most int, wait time.Duration) ([]Delivery, error) {
	const short = 200 * time.Millisecond // a look with no wait may miss what is there
	got, err := q.Queue.Receive(ctx, most, min(wait, short))
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inHand += len(got)
	if err != nil && ctx.Err() == nil {
		q.failed = err
		q.empty()
	}
	if len(got) == 0 && q.inHand == 0 {
		q.empty()
	}
	return got, err
}

// Settle ends deliveries.
func (q *draining) Settle(ctx context.Context, settlements []Settlement) error {
	err := q.Queue.Settle(ctx, settlements)
	if err == nil { // else the worker drops them
		q.leave(len(settlements))
	}
	return err
}

// leave notes that so many are in hand no more.
func (q *draining) leave(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inHand -= n
}

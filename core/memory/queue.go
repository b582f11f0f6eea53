package memory

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Config is what a queue is made of.
type Config struct {
	Clock clock.Clock   // default: the system's
	Lease time.Duration // how long a delivery is its receiver's; default a minute
}

// Queue is a [core.Queue] in memory. Make one with [NewQueue].
type Queue struct {
	clock clock.Clock
	lease time.Duration

	mu      sync.Mutex
	closed  bool
	changed chan struct{} // closed, and made anew, when something may have become due
	last    uint64        // the latest number given to an entry or a dead letter
	order   entries
	byID    map[uint64]*entry
	dead    []core.DeadLetter // the oldest first
}

// receipt names one delivery of an entry.
type receipt struct {
	id      uint64
	attempt int
}

// NewQueue returns an empty queue.
func NewQueue(cfg Config) *Queue {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Lease <= 0 {
		cfg.Lease = time.Minute
	}
	return &Queue{clock: cfg.Clock, lease: cfg.Lease, changed: make(chan struct{}), byID: make(map[uint64]*entry)}
}

// Enqueue stores copies of the messages, all or none.
func (q *Queue) Enqueue(ctx context.Context, messages []core.Message) error {
	bodies, err := encode(messages)
	if err != nil {
		return err
	}
	defer q.mu.Unlock()
	if err := q.enter(ctx); err != nil {
		return err
	}
	for i, m := range messages {
		q.add(m.Due, bodies[i])
	}
	q.wake()
	return nil
}

// Receive returns up to most messages that are due, the longest due first.
func (q *Queue) Receive(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	deadline := q.clock.Now().Add(wait)
	for {
		got, next, changed, err := q.take(ctx, most)
		left := deadline.Sub(q.clock.Now())
		if err != nil || len(got) > 0 || left <= 0 || most <= 0 {
			return got, err
		}
		if !next.IsZero() {
			left = min(left, next.Sub(q.clock.Now()))
		}
		q.pause(ctx, left, changed)
	}
}

// take hands out what is due now. Where that is nothing, it tells when the next
// entry is due (zero if there is none), and what to watch meanwhile.
func (q *Queue) take(ctx context.Context, most int) ([]core.Delivery, time.Time, <-chan struct{}, error) {
	defer q.mu.Unlock()
	if err := q.enter(ctx); err != nil {
		return nil, time.Time{}, nil, err
	}
	now := q.clock.Now()
	var got []core.Delivery
	for len(got) < most && len(q.order) > 0 && !q.order[0].at.After(now) {
		e := q.order[0]
		m, err := decode(e.body)
		if err != nil {
			return nil, time.Time{}, nil, err
		}
		e.attempt++
		q.move(e, now.Add(q.lease))
		got = append(got, core.Delivery{Message: m, Attempt: e.attempt, Receipt: receipt{e.id, e.attempt}})
	}
	var next time.Time
	if len(q.order) > 0 {
		next = q.order[0].at
	}
	return got, next, q.changed, nil
}

// pause waits for d, for a change or for the end of ctx.
func (q *Queue) pause(ctx context.Context, d time.Duration, changed <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	}()
	_ = q.clock.Sleep(ctx, d) // the caller looks at its own context
}

// Extend begins the lease of deliveries anew.
func (q *Queue) Extend(ctx context.Context, deliveries []core.Delivery) error {
	defer q.mu.Unlock()
	if err := q.enter(ctx); err != nil {
		return err
	}
	for _, d := range deliveries {
		if e := q.held(d); e != nil {
			q.move(e, q.clock.Now().Add(q.lease))
		}
	}
	return nil
}

// Settle ends deliveries, all or none of them.
func (q *Queue) Settle(ctx context.Context, settlements []core.Settlement) error {
	again := make([]core.Message, len(settlements))
	for i, s := range settlements {
		if s.Again != nil {
			again[i] = *s.Again
		}
	}
	bodies, err := encode(again)
	if err != nil {
		return err
	}
	defer q.mu.Unlock()
	if err := q.enter(ctx); err != nil {
		return err
	}
	for i, s := range settlements {
		e := q.held(s.Delivery)
		switch {
		case e == nil:
			continue
		case s.Again != nil:
			q.add(s.Again.Due, bodies[i])
		case s.Dead != "":
			if err := q.bury(e, s.Dead); err != nil {
				return err
			}
		}
		heap.Remove(&q.order, e.index)
		delete(q.byID, e.id)
	}
	q.wake()
	return nil
}

// Dead lists up to most dead letters, the oldest first.
func (q *Queue) Dead(ctx context.Context, most int) ([]core.DeadLetter, error) {
	defer q.mu.Unlock()
	if err := q.enter(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(q.dead[:max(0, min(most, len(q.dead)))]), nil
}

// Redrive puts dead letters back; no IDs means all.
func (q *Queue) Redrive(ctx context.Context, ids []string) (int, error) {
	defer q.mu.Unlock()
	if err := q.enter(ctx); err != nil {
		return 0, err
	}
	var chosen []core.Message
	left := make([]core.DeadLetter, 0, len(q.dead))
	for _, l := range q.dead {
		if len(ids) > 0 && !slices.Contains(ids, l.ID) {
			left = append(left, l)
			continue
		}
		chosen = append(chosen, l.Message.Revived())
	}
	bodies, err := encode(chosen)
	if err != nil {
		return 0, err
	}
	for _, body := range bodies {
		q.add(time.Time{}, body)
	}
	q.dead = left
	q.wake()
	return len(chosen), nil
}

// Depth counts what is in the queue.
func (q *Queue) Depth(ctx context.Context) (core.Depth, error) {
	defer q.mu.Unlock()
	if err := q.enter(ctx); err != nil {
		return core.Depth{}, err
	}
	now, d := q.clock.Now(), core.Depth{Dead: len(q.dead)}
	for _, e := range q.order {
		if e.attempt == 0 && e.at.After(now) {
			d.Delayed++
		} else {
			d.Ready++
		}
	}
	return d, nil
}

// Close ends the queue: waiting receivers return, and every later call is an
// error of kind Unavailable. What was in it is gone.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
	return nil
}

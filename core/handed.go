package core

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Work submits deliveries that somebody else has received, such as those that a
// platform hands to a function, and settles each by its own outcome. It returns
// once all are settled, or when ctx ends: then it submits nothing new and
// finishes the batches under way. What it returns is not settled, and has to
// come again; without a queue that is everything that was not done. A panic in its
// goroutines ends the work and is raised here, so that it need not end the process.
func (w *Worker) Work(ctx context.Context, deliveries []Delivery) (left []Delivery) {
	if len(deliveries) == 0 {
		return nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	h := &handed{
		queue: w.cfg.Queue, clock: w.cfg.Clock, log: w.cfg.Log,
		ended: stop, open: len(deliveries), done: make([]bool, len(deliveries)),
	}
	for i, d := range deliveries {
		h.waiting = append(h.waiting, Delivery{Message: d.Message, Attempt: d.Attempt, Receipt: handedReceipt{i, d.Receipt}})
	}
	worker := &Worker{cfg: w.cfg, dropped: h.drop, burst: &burst{log: w.cfg.Log, stop: stop}}
	worker.cfg.Queue = h
	worker.run(ctx)
	worker.burst.raise()
	for i, d := range deliveries {
		if !h.done[i] {
			left = append(left, d)
		}
	}
	return left
}

// handed is a queue of deliveries that were received already.
type handed struct {
	Queue // of the rest, nothing is asked

	queue Queue // settles; nil keeps nothing
	clock clock.Clock
	log   *slog.Logger
	ended func() // called when none is open any more

	mu      sync.Mutex
	waiting []Delivery
	open    int    // neither settled nor dropped
	done    []bool // settled
}

// handedReceipt is a delivery's place among those handed over, and its receipt.
type handedReceipt struct {
	place   int
	receipt any
}

// Receive returns what is left of the deliveries.
func (h *handed) Receive(ctx context.Context, most int, wait time.Duration) ([]Delivery, error) {
	h.mu.Lock()
	some := h.waiting[:min(most, len(h.waiting))]
	h.waiting = h.waiting[len(some):]
	h.mu.Unlock()
	if len(some) > 0 {
		return some, nil
	}
	return nil, h.clock.Sleep(ctx, wait)
}

// Extend does nothing: whoever received the deliveries knows how long they are
// ours.
func (h *handed) Extend(context.Context, []Delivery) error { return nil }

// Settle passes endings on, and notes which deliveries have ended. What is given
// up goes by itself: a queue may have no place for dead letters.
func (h *handed) Settle(ctx context.Context, settlements []Settlement) error {
	var dead, others []Settlement
	for _, s := range settlements {
		if s.Dead != "" {
			dead = append(dead, s)
		} else {
			others = append(others, s)
		}
	}
	if len(others) > 0 {
		h.end(ctx, others)
	}
	if len(dead) > 0 {
		h.end(ctx, dead)
	}
	return nil
}

// end settles some deliveries; what cannot be settled has to come again.
func (h *handed) end(ctx context.Context, settlements []Settlement) {
	defer h.drop(deliveriesOf(settlements))
	theirs := slices.Clone(settlements)
	if h.queue == nil { // nothing can take the place of a delivery
		settlements = slices.DeleteFunc(theirs, func(s Settlement) bool { return s.Again != nil || s.Dead != "" })
	} else {
		for i := range theirs {
			theirs[i].Delivery.Receipt = theirs[i].Delivery.Receipt.(handedReceipt).receipt //nolint:forcetypeassert // they are ours
		}
		if err := h.queue.Settle(ctx, theirs); err != nil {
			h.log.WarnContext(ctx, "messages could not be settled, they come again", "messages", len(theirs), "error", err)
			return
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range settlements {
		h.done[s.Delivery.Receipt.(handedReceipt).place] = true //nolint:forcetypeassert // they are ours
	}
}

// drop notes that nothing more is done about deliveries.
func (h *handed) drop(deliveries []Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open -= len(deliveries); h.open == 0 {
		h.ended()
	}
}

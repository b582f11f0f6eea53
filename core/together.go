package core

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Together is the handover without a queue for a process that takes several
// callbacks at once: what comes in at about the same time shares calls, and each
// message is answered once its own outcome is known. Nothing is kept: what the
// deadline of ctx cuts off has failed, and is submitted no more unless its call is
// under way. Make one with [NewTogether], and let it [Together.Run].
type Together struct {
	worker *Worker
	desk   *desk
}

// NewTogether returns a handover that works as cfg says; its Queue is ignored.
func NewTogether(cfg WorkerConfig) *Together {
	d := &desk{more: newWake()}
	cfg.Queue = d
	w := NewWorker(cfg)
	w.dropped = d.drop
	return &Together{worker: w, desk: d}
}

// Run submits what is handed over until ctx ends, and then finishes what is under
// way.
func (t *Together) Run(ctx context.Context) { t.worker.Run(ctx) }

// HandOver submits the messages together with what others hand over, and waits
// for their outcomes. What is not due yet is submitted all the same.
func (t *Together) HandOver(ctx context.Context, messages []Message) []Outcome {
	requests := make([]*request, len(messages))
	for i, m := range messages {
		requests[i] = &request{message: m, answer: make(chan Outcome, 1)}
	}
	t.desk.put(requests)
	all := make([]Outcome, len(messages))
	for i, r := range requests {
		select {
		case all[i] = <-r.answer:
		case <-ctx.Done():
			t.desk.withdraw(r)
			all[i] = Outcome{Task: r.message.Task, State: Failed, Err: Errorf(Unavailable, "not done in time")}
		}
	}
	return all
}

// request is a message that somebody waits for.
type request struct {
	message Message
	answer  chan Outcome // takes one
}

// desk is where requests lie until a worker takes them: a queue whose messages
// last as long as somebody waits.
type desk struct {
	Queue // of the rest, nothing is asked

	more wake

	mu      sync.Mutex
	waiting []*request
}

func (d *desk) put(requests []*request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = append(d.waiting, requests...)
	d.more.ring()
}

// withdraw takes back a request that nobody has taken.
func (d *desk) withdraw(r *request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = slices.DeleteFunc(d.waiting, func(w *request) bool { return w == r })
}

// Receive takes requests, and waits for some.
func (d *desk) Receive(ctx context.Context, most int, _ time.Duration) ([]Delivery, error) {
	for {
		d.mu.Lock()
		taken := d.waiting[:min(most, len(d.waiting))]
		d.waiting = slices.Clone(d.waiting[len(taken):])
		d.mu.Unlock()
		if len(taken) > 0 {
			all := make([]Delivery, len(taken))
			for i, r := range taken {
				all[i] = Delivery{Message: r.message, Attempt: 1, Receipt: r}
			}
			return all, nil
		}
		select {
		case <-d.more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Extend does nothing: a request is its taker's.
func (d *desk) Extend(context.Context, []Delivery) error { return nil }

// Settle answers requests. One that would have to come again has failed.
func (d *desk) Settle(_ context.Context, settlements []Settlement) error {
	for _, s := range settlements {
		o := s.Outcome
		if o.State == "" { // put back at a shutdown
			o = Outcome{Task: s.Delivery.Message.Task, State: Failed, Err: Errorf(Unavailable, "shutting down")}
		}
		s.Delivery.Receipt.(*request).answer <- o //nolint:forcetypeassert // they are ours
	}
	return nil
}

// drop answers requests whose coverage cannot be asked.
func (d *desk) drop(deliveries []Delivery) {
	for _, of := range deliveries {
		of.Receipt.(*request).answer <- Outcome{ //nolint:forcetypeassert // they are ours
			Task: of.Message.Task, State: Failed, Err: Errorf(Internal, "the store could not be asked what is covered"),
		}
	}
}

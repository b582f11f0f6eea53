package core

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// WorkerConfig is what a Worker is made of. Submitter is required.
type WorkerConfig struct {
	Queue     Queue // nil is enough for [Worker.Work]
	Submitter *Submitter

	// Linger is how long a batch of one target waits for a second one. While one more
	// comes in each linger a fuller call is worth the wait, up to 20 lingers in all.
	// Default 100 ms.
	Linger   time.Duration
	Deadline time.Duration // how long one batch may take; default 20 s
	InFlight int           // batches of a provider under way at once; default 16
	// A message is dead after so many failed submissions, 20 by default, unless it
	// is younger than Age, a day by default: an outage is no reason to give up.
	Tries int
	Age   time.Duration

	Clock  clock.Clock    // default: the system's
	Random func() float64 // in [0,1), for jitter; default: always 0.5
	Log    *slog.Logger   // default: discard
}

// Worker empties the queue: it gathers messages until a call is full or the
// linger is over, waits for the call's turn, drops what is covered by then,
// submits the rest, and settles each message by its own outcome. Several
// workers, in several processes, share a queue and a store.
//
// A message is dead once its target is refused for good, or after as many tries
// and as long as the configuration allows. Waiting for quota is no try.
type Worker struct {
	cfg WorkerConfig
	// dropped is told of deliveries that are neither submitted nor settled, so that
	// they come again when their leases end.
	dropped func([]Delivery)
	burst   *burst // nil: a panic ends the process
}

// NewWorker returns a worker; what cfg leaves out has its default.
func NewWorker(cfg WorkerConfig) *Worker {
	if cfg.Linger <= 0 {
		cfg.Linger = 100 * time.Millisecond
	}
	if cfg.Deadline <= 0 {
		cfg.Deadline = 20 * time.Second
	}
	if cfg.InFlight <= 0 {
		cfg.InFlight = 16
	}
	if cfg.Tries <= 0 {
		cfg.Tries = 20
	}
	if cfg.Age <= 0 {
		cfg.Age = 24 * time.Hour
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Random == nil {
		cfg.Random = func() float64 { return 0.5 }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Worker{cfg: cfg, dropped: func([]Delivery) {}}
}

// Run works until ctx ends. It then submits nothing new, finishes the batches
// under way, puts back what it had received and not submitted, and returns.
func (w *Worker) Run(ctx context.Context) {
	held := w.run(ctx)
	w.putBack(context.WithoutCancel(ctx), held)
}

// run works until ctx ends and the batches under way have, and returns what it
// had received and not submitted.
func (w *Worker) run(ctx context.Context) []Delivery {
	var running sync.WaitGroup
	hands := hands{Worker: w, lanes: make(map[events.Provider]*lane), room: newWake()}
	for provider, refresher := range w.cfg.Submitter.cfg.Refreshers {
		l := &lane{
			Worker: w, refresher: refresher, room: hands.room, wake: newWake(), more: newWake(),
			open: make(map[groupKey]*openBatch), pool: pool{linger: linger{single: w.cfg.Linger}},
		}
		hands.lanes[provider] = l
		running.Go(func() {
			defer w.burst.keep(ctx)
			l.run(ctx)
		})
	}
	hands.run(ctx)
	running.Wait()
	return hands.held()
}

// putBack gives back what was not submitted, so that another process need not
// wait for the leases to end.
func (w *Worker) putBack(ctx context.Context, held []Delivery) {
	ended := make([]Settlement, len(held))
	for i, d := range held {
		again := d.Message
		ended[i] = Settlement{Delivery: d, Again: &again}
	}
	w.settle(ctx, ended)
}

// settle ends deliveries. What cannot be settled comes again when its lease
// ends, and is covered then.
func (w *Worker) settle(ctx context.Context, ended []Settlement) {
	if len(ended) == 0 {
		return
	}
	for _, s := range ended {
		if t := s.Delivery.Message.Task; s.Dead != "" {
			w.cfg.Log.ErrorContext(ctx, "message is dead", "provider", t.Provider, "media_id", t.ID, "reason", s.Dead)
		}
	}
	if err := w.cfg.Queue.Settle(ctx, ended); err != nil {
		w.cfg.Log.WarnContext(ctx, "messages could not be settled, they come again", "messages", len(ended), "error", err)
		w.dropped(deliveriesOf(ended))
	}
}

func deliveriesOf(settlements []Settlement) []Delivery {
	all := make([]Delivery, len(settlements))
	for i, s := range settlements {
		all[i] = s.Delivery
	}
	return all
}

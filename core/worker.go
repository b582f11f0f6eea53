package core

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// WorkerConfig is what a Worker is made of. Queue and Refreshers are required.
type WorkerConfig struct {
	Queue      Queue
	Refreshers map[events.Provider]*Refresher
	// Coverage drops what was submitted already; nil submits everything.
	Coverage *Coverage
	// Follow is told of every job that came into being; nil for nobody.
	Follow interface{ Track(outcomes ...Outcome) }

	Linger   time.Duration             // how long an unfilled batch waits for more; default 100 ms
	Deadline time.Duration             // how long one batch may take; default 30 s
	InFlight int                       // batches under way at once; default 16
	Tries    int                       // failed submissions before a message is dead; default 20
	NextDay  func(time.Time) time.Time // when a spent quota is new again; default: in an hour

	Clock  clock.Clock    // default: the system's
	Random func() float64 // in [0,1), for jitter; default: always 0.5
	Log    *slog.Logger   // default: discard
}

// Worker empties the queue: it gathers messages until a call is full or the
// linger is over, drops what is covered, submits the rest, and settles each
// message by its own outcome. Several workers, in several processes, share a
// queue and a store.
//
// A message is dead once its target is refused for good, or after as many tries
// as the configuration allows. Waiting for quota is no try.
type Worker struct{ cfg WorkerConfig }

// NewWorker returns a worker; what cfg leaves out has its default.
func NewWorker(cfg WorkerConfig) *Worker {
	if cfg.Linger <= 0 {
		cfg.Linger = 100 * time.Millisecond
	}
	if cfg.Deadline <= 0 {
		cfg.Deadline = 30 * time.Second
	}
	if cfg.InFlight <= 0 {
		cfg.InFlight = 16
	}
	if cfg.Tries <= 0 {
		cfg.Tries = 20
	}
	if cfg.NextDay == nil {
		cfg.NextDay = func(now time.Time) time.Time { return now.Add(time.Hour) }
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
	return &Worker{cfg}
}

// Run works until ctx ends. It then submits nothing new, finishes the batches
// under way and returns; what it had received and not submitted comes again when
// its lease ends.
func (w *Worker) Run(ctx context.Context) {
	finishing := context.WithoutCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, w.cfg.InFlight)
	p := &pool{limit: w.limit}
	for ctx.Err() == nil {
		w.fill(ctx, p)
		for p.ready(w.cfg.Clock.Now(), w.cfg.Linger) {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			batch := w.reserve(ctx, p)
			if len(batch) == 0 {
				<-slots
				continue
			}
			running.Go(func() {
				defer func() { <-slots }()
				w.submit(finishing, batch)
			})
		}
	}
}

// limit is how many targets go into one call of a task.
func (w *Worker) limit(t Task) int {
	if r, ok := w.cfg.Refreshers[t.Provider]; ok {
		return max(1, r.cfg.Provider.Limit(t.Options.TaskType, t.Target))
	}
	return 1
}

// fill tops the pool up: at once if there is something to do, otherwise it waits
// for the next message.
func (w *Worker) fill(ctx context.Context, p *pool) {
	const (
		idle  = 5 * time.Second // how long a question to an empty queue lasts
		pause = time.Second     // after the queue could not be reached
		most  = 400             // messages in hand: some calls' worth, with their doubles
	)
	wait := idle
	if !p.empty() {
		wait = p.since(w.cfg.Clock.Now(), w.cfg.Linger)
	}
	got, err := w.cfg.Queue.Receive(ctx, most-p.size(), wait)
	if err != nil && ctx.Err() == nil {
		w.cfg.Log.WarnContext(ctx, "could not receive from the queue", "error_kind", KindOf(err), "error", err)
		_ = w.cfg.Clock.Sleep(ctx, pause) // an end of ctx ends the loop as well
	}
	p.add(w.cfg.Clock.Now(), got)
}

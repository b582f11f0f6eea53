package core

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Pacer holds calls back so that they stay below a rate.
type Pacer interface {
	// Wait returns when the next call may go out, or ctx's error.
	Wait(ctx context.Context) error
	// Depart returns when a call that has had its turn may leave, or ctx's error.
	Depart(ctx context.Context) error
	// Observe takes note of how a call ended that left at a time.
	Observe(sent time.Time, err error)
	// Instances returns how many share the limit, as far as is known: at least 1,
	// and [Crowd] while nobody can tell.
	Instances() int
}

// Crowd is so many instances that nothing of a limit is left for one: what a
// [Pacer] goes by until the others are known.
const Crowd = 1000

// RefresherConfig is what a Refresher is made of. Only Provider is required.
type RefresherConfig struct {
	Provider Provider
	Retry    Retry
	InFlight int            // batches under way at once; default 4
	Pace     Pacer          // default: no limit
	Clock    clock.Clock    // default: the system's
	Random   func() float64 // in [0,1), for jitter; default: always 0.5
	Log      *slog.Logger   // default: discard
}

// Refresher submits tasks of one provider and says of each what became of it.
type Refresher struct{ cfg RefresherConfig }

// NewRefresher returns a refresher; what cfg leaves out has its default.
func NewRefresher(cfg RefresherConfig) *Refresher {
	cfg.Retry = cfg.Retry.withDefaults()
	if cfg.InFlight <= 0 {
		cfg.InFlight = 4
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
	return &Refresher{cfg}
}

// Refresh submits the tasks in as few calls as possible and returns an outcome
// for each, in their order. It works until everything is decided, ctx ends, or
// the account is refused; it starts no wait that would outlive ctx's deadline.
func (r *Refresher) Refresh(ctx context.Context, tasks []Task) []Outcome {
	return r.refresh(ctx, tasks, calling{})
}

// turn returns when the next call may go out, or ctx's error.
func (r *Refresher) turn(ctx context.Context) error {
	if r.cfg.Pace == nil {
		return ctx.Err()
	}
	return r.cfg.Pace.Wait(ctx)
}

// depart returns when a call that has had its turn may leave, or ctx's error.
func (r *Refresher) depart(ctx context.Context) error {
	if r.cfg.Pace == nil {
		return ctx.Err()
	}
	return r.cfg.Pace.Depart(ctx)
}

// instances is how many share the platform's limit, as far as is known.
func (r *Refresher) instances() int {
	if r.cfg.Pace == nil {
		return 1
	}
	return r.cfg.Pace.Instances()
}

// calling is how calls are made.
type calling struct {
	turn   bool // the tasks make one batch, and its first call has waited for its turn already
	finish bool // a call under way outlives the context
}

// refresh is Refresh, with calls made in a certain way.
func (r *Refresher) refresh(ctx context.Context, tasks []Task, how calling) []Outcome {
	batches := Plan(tasks, r.cfg.Provider.Limit)
	verdicts := make([]map[string]verdict, len(batches))
	var refused sync.Map // by callSort: once the account is refused, no call helps
	var running sync.WaitGroup
	burst := burst{log: r.cfg.Log}
	slots := make(chan struct{}, r.cfg.InFlight)
	for i, b := range batches {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			defer burst.keep(ctx)
			run := run{
				Refresher: r, refused: &refused, hasTurn: how.turn, finish: how.finish,
				calls: r.cfg.Retry.Calls, verdicts: make(map[string]verdict, len(b.IDs)),
			}
			run.settle(ctx, b, run.call(ctx, b))
			verdicts[i] = run.verdicts
		})
	}
	running.Wait()
	burst.raise()
	return outcomes(tasks, batches, verdicts)
}

// verdict is what was learnt about one target of a batch.
type verdict struct {
	state OutcomeState
	jobID string
	err   error
}

// outcomes spreads what was learnt about targets over the tasks that named them.
func outcomes(tasks []Task, batches []Batch, verdicts []map[string]verdict) []Outcome {
	learnt := make(map[outcomeKey]verdict, len(tasks))
	for i, b := range batches {
		for id, v := range verdicts[i] {
			learnt[outcomeKey{planKey{b.Target, b.Options.canonical()}, id}] = v
		}
	}
	all := make([]Outcome, len(tasks))
	for i, t := range tasks {
		v := learnt[t.key()]
		all[i] = Outcome{Task: t, State: v.state, JobID: v.jobID, Err: v.err}
	}
	return all
}

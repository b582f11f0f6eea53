// Package service puts the parts together: from a configuration to a running
// service. What [New] builds is what the mains run and what tests start.
//
// It may import everything below it: core with its drivers, events, and the
// other packages of functions.
package service

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// Options are what a configuration does not say: the engines that it names, and
// the parts that tests and the demo replace.
type Options struct {
	// Queue hands over from callback to refresh; nil submits before a callback is
	// answered. Store is durable state; nil keeps nothing. Whoever opened them
	// closes them.
	Queue core.Queue
	Store core.Store
	// Health is an error once the engines cannot be used any more; default: never.
	Health func() error

	Log    *slog.Logger      // default: discard
	Clock  clock.Clock       // default: the system's
	Random func() float64    // jitter in [0,1); default: math/rand
	HTTP   http.RoundTripper // to the providers; default: the drivers' own
	// Credentials are asked for each call to Alibaba, in the place of those of the
	// configuration: the role of a function, which changes.
	Credentials func(context.Context) (aliyun.Credentials, error)
	// Together lets callbacks that come in at the same time share calls where there
	// is no queue; it needs the background work of [Service.Serve].
	Together bool
	// Follow overrides how often jobs are asked about.
	Follow core.FollowerConfig
}

// withDefaults is the options with every default filled in.
func (o Options) withDefaults() Options {
	if o.Health == nil {
		o.Health = func() error { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return o
}

// Service is everything that a process needs to serve. Start its background
// work and its HTTP server with [Service.Serve], or use Handler alone.
type Service struct {
	Handler  http.Handler
	Counts   *callback.Counts
	Follower *core.Follower

	works
	providers []events.Provider
	intake    *core.Intake
	queue     core.Queue // nil for none
	lasting   bool       // whether jobs outlive the process
	dryRun    bool       // what is in the queue stays there
	health    func() error
	clock     clock.Clock
	log       *slog.Logger
	draining  chan struct{}
	company   company
}

// New builds a service. The configuration must have credentials for one provider
// at least; an endpoint that cannot be used is an error of kind Invalid.
func New(cfg config.Config, o Options) (*Service, error) {
	o = o.withDefaults()
	accounts, err := newAccounts(cfg, o)
	if err != nil {
		return nil, err
	}
	uploads, forget, err := newCredentials(cfg, o, accounts)
	if err != nil {
		return nil, err
	}
	w := newWorks(cfg, o, accounts)
	w.background = append(w.background, forget)
	s := &Service{
		Counts: &callback.Counts{}, Follower: w.follower, works: w, providers: slices.Sorted(maps.Keys(accounts)),
		queue: o.Queue, lasting: o.Store != nil, dryRun: cfg.DryRun, health: o.Health,
		clock: o.Clock, log: o.Log, draining: make(chan struct{}),
	}
	s.intake = &core.Intake{
		Rules: cfg.Rules, Handover: w.handover, Follow: w.follower, History: w.history, DryRun: cfg.DryRun,
		Libraries: accounts.libraries(), Clock: o.Clock, Log: o.Log,
	}
	callbacks := callback.Config{Intake: s.intake, Counts: s.Counts, Clock: o.Clock, Log: o.Log}
	if err := verifiers(cfg, o, &callbacks); err != nil {
		return nil, err
	}
	s.Handler = s.routes(cfg, uploads, callbacks, refresh.Config{
		Providers: accounts.providers(), Meters: w.meters, Streams: accounts.streams(),
		Submitter: w.submitter, Queue: o.Queue, Spending: w.spending, Follower: w.follower,
		DryRun: cfg.DryRun, Clock: o.Clock, Log: o.Log,
	})
	return s, nil
}

// Providers are those that are set up.
func (s *Service) Providers() []events.Provider { return s.providers }

// Emptied reports whether no message is due or in hand. Delayed ones do not count.
func (s *Service) Emptied(ctx context.Context) (bool, error) {
	if s.queue == nil {
		return true, nil
	}
	depth, err := s.queue.Depth(ctx)
	return err == nil && depth.Ready == 0, err
}

// Idle reports whether nothing is on its way: the queue is emptied and no job is
// being followed.
func (s *Service) Idle(ctx context.Context) (bool, error) {
	if emptied, err := s.Emptied(ctx); err != nil || !emptied {
		return false, err
	}
	jobs, err := s.Follower.Pending(ctx)
	return jobs == 0, err
}

// Dead lists the oldest dead letters.
func (s *Service) Dead(ctx context.Context) ([]core.DeadLetter, error) {
	if s.queue == nil {
		return nil, nil
	}
	const most = 100
	return s.queue.Dead(ctx, most)
}

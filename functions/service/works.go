package service

import (
	"context"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// works is what stands behind the handlers: from a message to its job's end.
type works struct {
	meters     map[events.Provider]core.Meter
	handover   core.Handover
	submitter  *core.Submitter
	follower   *core.Follower
	history    *core.History  // nil without a store
	spending   *core.Spending // nil without a store
	worker     *core.Worker
	peers      []func(context.Context) // to be run while there is work
	background []func(context.Context) // to be run for as long as the process is
}

// newWorks builds the works. Without a store, jobs are remembered in memory, and
// coverage, history and quota are off; without a queue, messages are submitted at
// once. In a dry run, what is in the queue stays there.
func newWorks(cfg config.Config, o Options, accounts accounts) works {
	w := works{meters: accounts.meters(cfg, o)}
	providers, regions := accounts.providers(), accounts.regions()
	refreshers := make(map[events.Provider]*core.Refresher, len(providers))
	for name, provider := range providers {
		refreshers[name] = core.NewRefresher(core.RefresherConfig{
			Provider: provider, Pace: w.pace(cfg, o, name, regions[name]), Clock: o.Clock, Random: o.Random, Log: o.Log,
		})
	}

	submitter := core.SubmitterConfig{
		Refreshers: refreshers, Clock: o.Clock, Log: o.Log,
	}
	jobs := o.Store
	if o.Store == nil {
		jobs = memory.NewStore(o.Clock)
	} else {
		w.history = &core.History{Store: o.Store, Regions: regions, Clock: o.Clock}
		w.spending = core.NewSpending(core.SpendingConfig{
			Meters: w.meters, Regions: regions, Store: o.Store,
			Reserve: cfg.QuotaReserve.Share(), Zone: cfg.QuotaZone.Location, Clock: o.Clock, Random: o.Random, Log: o.Log,
		})
		submitter.Spending = w.spending
		submitter.Coverage = core.NewCoverage(core.CoverageConfig{
			Store: o.Store, Regions: regions, Skew: cfg.Skew, Lease: coverageLease,
			Daily: cfg.MediaDaily, Zone: cfg.QuotaZone.Location, Clock: o.Clock,
		})
	}

	handover := &later{}
	follow := o.Follow
	follow.Providers, follow.Store, follow.Handover, follow.Clock, follow.Log = providers, jobs, handover, o.Clock, o.Log
	w.follower = core.NewFollower(follow)
	submitter.Follow = w.follower
	w.submitter = core.NewSubmitter(submitter)
	worker := core.WorkerConfig{
		Queue: o.Queue, Submitter: w.submitter, Linger: cfg.Linger, Clock: o.Clock, Random: o.Random, Log: o.Log,
	}
	w.worker = core.NewWorker(worker)
	switch {
	case o.Queue != nil:
		w.handover = core.Enqueue{Queue: o.Queue}
		if !cfg.Platform.Serverless() && !cfg.DryRun {
			w.background = append(w.background, w.worker.Run)
		}
	case o.Together:
		worker.Deadline = callback.Deadline
		together := core.NewTogether(worker)
		w.handover = together
		w.background = append(w.background, together.Run)
	default:
		w.handover = core.Direct{Submitter: w.submitter}
	}
	handover.Handover = w.handover
	if !cfg.Platform.Serverless() {
		w.background = append(w.background, w.follower.Run)
	}
	return w
}

// coverageLease is how long a reservation keeps other workers off: longer than a
// batch may take.
const coverageLease = 30 * time.Second

// later is a handover that is known only when the others are built.
type later struct{ core.Handover }

package service

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// works is what stands behind the handlers: from a message to its job's end.
type works struct {
	providers  map[events.Provider]core.Provider
	handover   core.Handover
	submitter  *core.Submitter
	follower   *core.Follower
	history    *core.History  // nil without a store
	spending   *core.Spending // nil without a store
	background []func(context.Context)
}

// newWorks builds the works. Without a store, jobs are remembered in memory, and
// coverage, history and quota are off; without a queue, messages are submitted
// at once, at a fixed rate: an instance that answers callbacks one by one has no
// time for a slow start.
func newWorks(cfg config.Config, o Options, aliyun core.Provider) works {
	w := works{providers: map[events.Provider]core.Provider{events.Aliyun: aliyun}}
	regions := map[events.Provider]string{events.Aliyun: cfg.AliyunRegion}
	refresher := core.RefresherConfig{Provider: aliyun, Clock: o.Clock, Random: o.Random, Log: o.Log}
	switch {
	case o.Queue == nil:
		refresher.Pace = steady{rate.NewLimiter(rate.Limit(cfg.AliyunRate), 1)}
	case cfg.StoreURL == "embedded:": // nobody to share with
		const share = 0.5 // of the limit, to begin with
		refresher.Pace = core.NewPace(core.PaceConfig{PerSecond: cfg.AliyunRate, First: share * cfg.AliyunRate, Clock: o.Clock, Random: o.Random})
	case o.Store == nil:
		refresher.Pace = core.NewPace(core.PaceConfig{PerSecond: cfg.AliyunRate, Clock: o.Clock, Random: o.Random})
	default:
		account := "peer/" + string(events.Aliyun) + "/" + cfg.AliyunRegion
		peers := core.NewPeers(core.PeersConfig{Store: o.Store, Key: account, Clock: o.Clock, Log: o.Log})
		refresher.Pace = core.NewPace(core.PaceConfig{PerSecond: cfg.AliyunRate, Instances: peers.Count, Clock: o.Clock, Random: o.Random})
		w.background = append(w.background, peers.Run)
	}

	submitter := core.SubmitterConfig{
		Refreshers: map[events.Provider]*core.Refresher{events.Aliyun: core.NewRefresher(refresher)}, Clock: o.Clock, Log: o.Log,
	}
	jobs := o.Store
	if o.Store == nil {
		jobs = memory.NewStore(o.Clock)
	} else {
		w.history = &core.History{Store: o.Store, Regions: regions, Clock: o.Clock}
		w.spending = core.NewSpending(core.SpendingConfig{
			Providers: w.providers, Regions: regions, Store: o.Store,
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
	follow.Providers, follow.Store, follow.Handover, follow.Clock, follow.Log = w.providers, jobs, handover, o.Clock, o.Log
	w.follower = core.NewFollower(follow)
	submitter.Follow = w.follower
	w.submitter = core.NewSubmitter(submitter)
	w.handover = core.Direct{Submitter: w.submitter}
	if o.Queue != nil {
		w.handover = core.Enqueue{Queue: o.Queue}
		worker := core.NewWorker(core.WorkerConfig{
			Queue: o.Queue, Submitter: w.submitter, Linger: cfg.Linger, Clock: o.Clock, Random: o.Random, Log: o.Log,
		})
		w.background = append(w.background, worker.Run)
	}
	handover.Handover = w.handover
	w.background = append(w.background, w.follower.Run)
	return w
}

// coverageLease is how long a reservation keeps other workers off: longer than a
// batch may take.
const coverageLease = 30 * time.Second

// later is a handover that is known only when the others are built.
type later struct{ core.Handover }

// steady is a pace that learns nothing.
type steady struct{ *rate.Limiter }

// Instances is one: others are not known.
func (steady) Instances() int { return 1 }

// Depart lets every call that had its turn leave at once.
func (steady) Depart(ctx context.Context) error { return ctx.Err() }

// Observe ignores how a call ended.
func (steady) Observe(time.Time, error) {}

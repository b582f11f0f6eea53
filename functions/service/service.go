// Package service puts the parts together: from a configuration to a running
// service. What [New] builds is what the mains run and what tests start.
//
// It may import everything below it: core with its drivers, events, and the
// other packages of functions.
package service

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"

	"golang.org/x/time/rate"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
	callbacks "github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// Options are what a configuration does not say: the parts that tests and the
// demo replace. The zero value is right for a deployment.
type Options struct {
	Log    *slog.Logger      // default: discard
	Clock  clock.Clock       // default: the system's
	Random func() float64    // jitter in [0,1); default: math/rand
	HTTP   http.RoundTripper // to the providers; default: the driver's own
	// Follow overrides how often jobs are asked about.
	Follow core.FollowerConfig
}

// Service is everything that a process needs to serve. Start its background
// work and its HTTP server with [Service.Serve], or use Handler alone.
type Service struct {
	Handler  http.Handler
	Counts   *callback.Counts
	Follower *core.Follower

	providers map[events.Provider]core.Provider
	clock     clock.Clock
	log       *slog.Logger
	draining  chan struct{}
}

// New builds a service. The configuration must have credentials; an endpoint
// that cannot be used is an error of kind Invalid.
func New(cfg config.Config, o Options) (*Service, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	provider, err := newAliyun(cfg, o)
	if err != nil {
		return nil, err
	}
	providers := map[events.Provider]core.Provider{events.Aliyun: provider}
	direct := core.Direct{Refreshers: map[events.Provider]*core.Refresher{
		events.Aliyun: core.NewRefresher(core.RefresherConfig{
			Provider: provider, Pace: rate.NewLimiter(rate.Limit(cfg.AliyunRate), 1),
			Clock: o.Clock, Random: o.Random, Log: o.Log,
		}),
	}}
	follow := o.Follow
	follow.Providers, follow.Clock, follow.Log = providers, o.Clock, o.Log
	//nolint:gocritic // direct.HandOver as a value would be direct as it is now, without Follow
	follow.Submit = func(ctx context.Context, tasks []core.Task) []core.Outcome { return direct.HandOver(ctx, tasks) }
	direct.Follow = core.NewFollower(follow)

	s := &Service{
		Counts: &callback.Counts{}, Follower: direct.Follow, providers: providers,
		clock: o.Clock, log: o.Log, draining: make(chan struct{}),
	}
	var verifier *callbacks.Verifier // none: every callback is refused
	if len(cfg.CallbackKeys) > 0 {
		if verifier, err = callbacks.NewVerifier(cfg.CallbackURLs, cfg.CallbackKeys); err != nil {
			return nil, err
		}
	}
	s.Handler = s.routes(cfg, callback.Config{
		Verifier: verifier,
		Intake: &core.Intake{
			Rules: cfg.Rules, Handover: direct, Follow: direct.Follow, DryRun: cfg.DryRun,
			Libraries: map[events.Provider]core.Library{events.Aliyun: provider}, Clock: o.Clock, Log: o.Log,
		},
		Counts: s.Counts, Clock: o.Clock, Log: o.Log,
	}, refresh.Config{
		Providers: providers, Streams: map[events.Provider]core.Streams{events.Aliyun: provider.Streams},
		Handover: direct, DryRun: cfg.DryRun, Log: o.Log,
	})
	return s, nil
}

// Job asks a provider that is set up how far a job has come.
func (s *Service) Job(ctx context.Context, provider events.Provider, id string) (core.Job, error) {
	return s.providers[provider].Job(ctx, id)
}

// newAliyun is the driver for ApsaraVideo VOD.
func newAliyun(cfg config.Config, o Options) (*aliyun.Client, error) {
	keys := aliyun.Credentials{AccessKeyID: cfg.AccessKeyID, AccessKeySecret: cfg.AccessKeySecret, SecurityToken: cfg.SecurityToken}
	return aliyun.New(aliyun.Config{
		Region: cfg.AliyunRegion, Endpoint: cfg.AliyunEndpoint, AllowHTTP: cfg.AllowHTTP,
		Credentials: func(context.Context) (aliyun.Credentials, error) { return keys, nil },
		Transport:   o.HTTP, Clock: o.Clock,
	})
}

package service

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/pace"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// huaweiPerMinute is how many calls a minute Huawei's refresh and preload get
// until the platform says Throttled, which costs no quota and halves them. The
// Chinese documentation has 100 a minute and tenant for preheating, the
// international one 10, and neither names refresh: the higher is tried first,
// because it is a day's assets at once.
const huaweiPerMinute = 100

// pace is how fast a provider is called. Instances that share a store share the
// account's limit; one without a queue answers callbacks one by one, and has no
// time for a slow start.
func (w *works) pace(cfg config.Config, o Options, provider events.Provider, region string) core.Pacer {
	var instances func() int // alone, as far as anybody knows
	if o.Queue != nil && o.Store != nil && cfg.StoreURL != "embedded:" {
		peers := pace.NewPeers(pace.PeersConfig{Store: o.Store, Key: "peer/" + string(provider) + "/" + region, Clock: o.Clock, Log: o.Log})
		w.peers = append(w.peers, peers.Run)
		instances = peers.Count
	}
	if provider == events.Huawei {
		return pace.NewMinute(pace.MinuteConfig{PerMinute: huaweiPerMinute, Instances: instances, Clock: o.Clock})
	}
	if o.Queue == nil {
		return steady{rate.NewLimiter(rate.Limit(cfg.AliyunRate), 1)}
	}
	limit := pace.Config{PerSecond: cfg.AliyunRate, Instances: instances, Clock: o.Clock, Random: o.Random}
	if cfg.StoreURL == "embedded:" { // nobody to share with
		const share = 0.5 // of the limit, to begin with
		limit.First = share * cfg.AliyunRate
	}
	return pace.New(limit)
}

// steady is a pace that learns nothing.
type steady struct{ *rate.Limiter }

// Instances is one: others are not known.
func (steady) Instances() int { return 1 }

// Depart lets every call that had its turn leave at once.
func (steady) Depart(ctx context.Context) error { return ctx.Err() }

// Observe ignores how a call ended.
func (steady) Observe(time.Time, error) {}

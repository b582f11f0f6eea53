// Package onredis is queue and store on Redis, Tair, or what speaks their
// protocol.
//
// It may import core/redis, functions/config and functions/engine.
package onredis

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
)

// Driver is for redis: and rediss:. A function does not wait for the server when
// it starts; the local server does. What go-redis logs by itself goes where the
// latest connection's log is, at debug level.
func Driver() engine.Driver {
	return engine.Driver{Schemes: []string{"redis:", "rediss:"}, Connect: connect}
}

func connect(ctx context.Context, cfg config.Config, url config.URL, o engine.Options) (engine.Server, error) {
	redis.SetLogger(o.Log)
	conn, err := redis.Connect(ctx, url.Reveal(), redis.Options{Log: o.Log, Later: cfg.Platform.Serverless()})
	if err != nil {
		return nil, err
	}
	return server{conn}, nil
}

type server struct{ conn *redis.Server }

func (s server) Queue(context.Context, core.Store) (core.Queue, error) {
	return s.conn.Queue(redis.QueueConfig{Lease: engine.Lease}), nil //nolint:contextcheck // it dials when it is used
}

func (s server) Store(context.Context) (core.Store, error) {
	return s.conn.Store(), nil //nolint:contextcheck // it dials when it is used
}

// Health is nil: a server that is out now may be back in a moment.
func (s server) Health() error { return nil }

// Close is left to queue and store, which know when the last of them has ended.
func (s server) Close() error { return nil }

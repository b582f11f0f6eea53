package engine

import (
	"context"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
	"github.com/vodrefresh/vodrefresh/core/redis"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// server is an engine that queue and store can share.
type server interface {
	queue(ctx context.Context) (core.Queue, error)
	store(ctx context.Context) (core.Store, error)
}

// opener opens one configuration's queue and store; one address is one server.
type opener struct {
	cfg     config.Config
	options Options
	engine  *Engine
	servers map[config.URL]server
}

func (o *opener) queue(ctx context.Context) error {
	if o.cfg.QueueURL == "direct:" {
		return nil
	}
	s, err := o.server(ctx, o.cfg.QueueURL)
	if err != nil {
		return named("QUEUE_URL", o.cfg.QueueURL, err)
	}
	queue, err := s.queue(ctx)
	if err != nil {
		return named("QUEUE_URL", o.cfg.QueueURL, err)
	}
	o.engine.Queue = queue
	o.engine.closers = append(o.engine.closers, queue.Close)
	return nil
}

func (o *opener) store(ctx context.Context) error {
	if o.cfg.StoreURL == "none:" {
		return nil
	}
	s, err := o.server(ctx, o.cfg.StoreURL)
	if err != nil {
		return named("STORE_URL", o.cfg.StoreURL, err)
	}
	store, err := s.store(ctx)
	if err != nil {
		return named("STORE_URL", o.cfg.StoreURL, err)
	}
	o.engine.Store = store
	o.engine.closers = append(o.engine.closers, store.Close)
	return nil
}

// named says which variable an engine's error is about.
func named(name string, url config.URL, err error) error {
	return &core.Error{Kind: core.KindOf(err), Message: name + "=" + strings.TrimSuffix(url.String(), ":") + ": " + err.Error(), Err: err}
}

// server connects to an address, or returns the connection that there is.
func (o *opener) server(ctx context.Context, url config.URL) (server, error) {
	if s, ok := o.servers[url]; ok {
		return s, nil
	}
	s, err := o.connect(ctx, url)
	if err == nil {
		o.servers[url] = s
	}
	return s, err
}

func (o *opener) connect(ctx context.Context, url config.URL) (server, error) {
	switch url.Scheme() {
	case "embedded:":
		embedded, err := jetstream.Start(ctx, jetstream.Config{Dir: o.cfg.DataDir, Log: o.options.Log, Clock: o.options.Clock})
		if err != nil {
			return nil, err
		}
		o.engine.closers = append(o.engine.closers, embedded.Close)
		o.engine.health = embedded.Health
		conn, err := embedded.Connect()
		return o.nats(conn, err)
	case "nats:", "tls:":
		servers, copies := url.NATS()
		conn, err := jetstream.Connect(ctx, servers, jetstream.Options{Replicas: copies, Log: o.options.Log, Clock: o.options.Clock})
		return o.nats(conn, err)
	default:
		conn, err := redis.Connect(ctx, url.Reveal(), redis.Options{Log: o.options.Log})
		if err != nil {
			return nil, err
		}
		return overRedis{conn}, nil
	}
}

func (o *opener) nats(conn *jetstream.Conn, err error) (server, error) {
	if err != nil {
		return nil, err
	}
	o.engine.closers = append(o.engine.closers, conn.Close)
	return overNATS{conn}, nil
}

type overNATS struct{ *jetstream.Conn }

func (n overNATS) queue(ctx context.Context) (core.Queue, error) {
	return jetstream.OpenQueue(ctx, n.Conn, jetstream.QueueConfig{Lease: lease})
}

func (n overNATS) store(ctx context.Context) (core.Store, error) {
	return jetstream.OpenStore(ctx, n.Conn, jetstream.StoreConfig{})
}

type overRedis struct{ *redis.Server }

func (r overRedis) queue(context.Context) (core.Queue, error) {
	return r.Queue(redis.QueueConfig{Lease: lease}), nil //nolint:contextcheck // it dials when it is used
}

func (r overRedis) store(context.Context) (core.Store, error) {
	return r.Store(), nil //nolint:contextcheck // it dials when it is used
}

// Package onnats is queue and store on NATS JetStream: embedded in this process,
// with its files in DATA_DIR, or a cluster.
//
// It may import core/jetstream, functions/config and functions/engine.
package onnats

import (
	"context"
	"errors"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
)

// Driver is for embedded:, nats: and tls:.
func Driver() engine.Driver {
	return engine.Driver{Schemes: []string{"embedded:", "nats:", "tls:"}, Connect: connect}
}

func connect(ctx context.Context, cfg config.Config, url config.URL, o engine.Options) (engine.Server, error) {
	if url.Scheme() == "embedded:" {
		return start(ctx, cfg, o)
	}
	servers, copies := url.NATS()
	conn, err := jetstream.Connect(ctx, servers, jetstream.Options{Replicas: copies, Log: o.Log, Clock: o.Clock})
	if err != nil {
		return nil, err
	}
	return server{conn: conn}, nil
}

// start runs a server in this process.
func start(ctx context.Context, cfg config.Config, o engine.Options) (engine.Server, error) {
	embedded, err := jetstream.Start(ctx, jetstream.Config{Dir: cfg.DataDir, Log: o.Log, Clock: o.Clock})
	if err != nil && ctx.Err() == nil { // it is about the folder
		return nil, &core.Error{Kind: core.KindOf(err), Message: "DATA_DIR: " + err.Error(), Err: err}
	}
	if err != nil {
		return nil, err
	}
	conn, err := embedded.Connect()
	if err != nil {
		return nil, errors.Join(err, embedded.Close())
	}
	return server{conn, embedded}, nil
}

type server struct {
	conn     *jetstream.Conn
	embedded *jetstream.Server // nil for a cluster
}

func (s server) Queue(ctx context.Context, _ core.Store) (core.Queue, error) {
	return jetstream.OpenQueue(ctx, s.conn, jetstream.QueueConfig{Lease: engine.Lease})
}

func (s server) Store(ctx context.Context) (core.Store, error) {
	return jetstream.OpenStore(ctx, s.conn, jetstream.StoreConfig{})
}

func (s server) Health() error {
	if s.embedded == nil {
		return nil
	}
	return s.embedded.Health()
}

func (s server) Close() error {
	err := s.conn.Close()
	if s.embedded != nil {
		err = errors.Join(err, s.embedded.Close())
	}
	return err
}

// Package engine opens the queue and the store that a configuration names, with
// the drivers that a program has built in: its sub-packages.
//
// It may import core and functions/config; only its sub-packages import the
// drivers of core, so that a program links those it names and no others.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// Options are what a configuration does not say. Log may be nil for nobody,
// Clock for the machine's.
type Options struct {
	Log   *slog.Logger
	Clock clock.Clock
}

// Driver knows an engine.
type Driver struct {
	// Schemes are those of its addresses, colon included, such as "redis:".
	Schemes []string
	// Connect connects to an address, or opens what is at it.
	Connect func(ctx context.Context, cfg config.Config, url config.URL, o Options) (Server, error)
}

// Server is an engine that is open. Queue and store can share one.
type Server interface {
	// Queue opens the queue; a driver that needs a store beside it takes the one
	// given, nil for none.
	Queue(ctx context.Context, store core.Store) (core.Queue, error)
	// Store opens the store.
	Store(ctx context.Context) (core.Store, error)
	// Health is an error once the engine cannot be used any more, for as long as
	// this process runs.
	Health() error
	// Close ends the use of the engine; queue and store are closed before.
	Close() error
}

// Lease is how long a message is a worker's own: twice what a batch may take, so
// that there is time to record what became of it.
const Lease = 40 * time.Second

// Engine is an open queue and store. Close it when everything that uses them has
// ended.
type Engine struct {
	Queue core.Queue // nil with QUEUE_URL=direct:
	Store core.Store // nil with STORE_URL=none:

	servers map[config.URL]Server
	closers []func() error // in the order in which they were opened
}

// Open opens what the configuration names. An error closes what was open, and
// says what is wrong in the operator's words: a folder that cannot be written
// to or is another process's, files that are damaged, a server that cannot be
// reached.
func Open(ctx context.Context, cfg config.Config, o Options, drivers ...Driver) (*Engine, error) {
	e := &Engine{servers: make(map[config.URL]Server)}
	open := opener{cfg: cfg, options: o, drivers: drivers, engine: e}
	err := open.store(ctx)
	if err == nil {
		err = open.queue(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Health is an error once an engine cannot be used any more, such as an embedded
// server that has lost its disk.
func (e *Engine) Health() error {
	for _, s := range e.servers {
		if err := s.Health(); err != nil {
			return err
		}
	}
	return nil
}

// Close closes everything, the latest first.
func (e *Engine) Close() error {
	var all []error
	for _, closer := range slices.Backward(e.closers) {
		all = append(all, closer())
	}
	e.closers = nil
	return errors.Join(all...)
}

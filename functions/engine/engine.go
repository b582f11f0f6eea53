// Package engine opens the queue and the store that a configuration names. The
// local server has all of them built in: NATS JetStream in this process or as a
// cluster, and Redis.
//
// It may import core with its drivers and functions/config.
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

// Engine is an open queue and store. Close it when everything that uses them has
// ended.
type Engine struct {
	Queue core.Queue // nil with QUEUE_URL=direct:
	Store core.Store // nil with STORE_URL=none:

	health  func() error   // of the embedded server
	closers []func() error // in the order in which they were opened
}

// Health is an error once the embedded server has lost its disk.
func (e *Engine) Health() error { return e.health() }

// lease is how long a message is a worker's own: twice what a batch may take, so
// that there is time to record what became of it.
const lease = 40 * time.Second

// Open opens what the configuration names. An error closes what was open, and
// says what is wrong in the operator's words: a folder that cannot be written
// to or is another process's, files that are damaged, a server that cannot be
// reached.
func Open(ctx context.Context, cfg config.Config, o Options) (*Engine, error) {
	e := &Engine{health: func() error { return nil }}
	open := opener{cfg: cfg, options: o, engine: e, servers: make(map[config.URL]server)}
	err := open.queue(ctx)
	if err == nil {
		err = open.store(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
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

package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// opener opens one configuration's queue and store; one address is one server.
type opener struct {
	cfg     config.Config
	options Options
	drivers []Driver
	engine  *Engine
}

func (o *opener) store(ctx context.Context) error {
	if o.cfg.StoreURL == "none:" {
		return nil
	}
	s, err := o.server(ctx, o.cfg.StoreURL)
	if err != nil {
		return named("STORE_URL", o.cfg.StoreURL, err)
	}
	store, err := s.Store(ctx)
	if err != nil {
		return named("STORE_URL", o.cfg.StoreURL, err)
	}
	o.engine.Store = store
	o.engine.closers = append(o.engine.closers, store.Close)
	return nil
}

func (o *opener) queue(ctx context.Context) error {
	if o.cfg.QueueURL == "direct:" {
		return nil
	}
	s, err := o.server(ctx, o.cfg.QueueURL)
	if err != nil {
		return named("QUEUE_URL", o.cfg.QueueURL, err)
	}
	queue, err := s.Queue(ctx, o.engine.Store)
	if err != nil {
		return named("QUEUE_URL", o.cfg.QueueURL, err)
	}
	o.engine.Queue = queue
	o.engine.closers = append(o.engine.closers, queue.Close)
	return nil
}

// named says which variable an engine's error is about.
func named(name string, url config.URL, err error) error {
	return &core.Error{Kind: core.KindOf(err), Message: name + "=" + strings.TrimSuffix(url.String(), ":") + ": " + err.Error(), Err: err}
}

// server connects to an address, or returns the connection that there is.
func (o *opener) server(ctx context.Context, url config.URL) (Server, error) {
	if s, ok := o.engine.servers[url]; ok {
		return s, nil
	}
	i := slices.IndexFunc(o.drivers, func(d Driver) bool { return slices.Contains(d.Schemes, url.Scheme()) })
	if i < 0 {
		return nil, core.Errorf(core.Invalid, "%s is not built in", url.Scheme())
	}
	s, err := o.drivers[i].Connect(ctx, o.cfg, url, o.options)
	if err != nil {
		return nil, err
	}
	o.engine.servers[url] = s
	o.engine.closers = append(o.engine.closers, s.Close)
	return s, nil
}

package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onaws"
	"github.com/vodrefresh/vodrefresh/functions/lambda/invocation"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// Build makes the handler of a deployment from its environment, given as
// NAME=value lines ([os.Environ]), and writes its log. Nothing is asked over the
// network. An error is in the log already, with every variable that is wrong.
func Build(ctx context.Context, environ []string, to io.Writer) (*invocation.Handler, error) {
	cfg, err := config.Lambda.Load(environ)
	log := newLog(to, cfg.LogLevel, environ)
	if err != nil {
		return nil, refused(ctx, log, err)
	}
	engines, err := engine.Open(ctx, cfg, engine.Options{Log: log}, onaws.Driver())
	if err != nil {
		return nil, refused(ctx, log, err)
	}
	s, err := service.New(cfg, service.Options{Queue: engines.Queue, Store: engines.Store, Health: engines.Health, Log: log})
	if err != nil {
		return nil, refused(ctx, log, errors.Join(err, engines.Close()))
	}
	for _, note := range cfg.Notes() {
		log.WarnContext(ctx, "configuration", "note", note)
	}
	queue, _ := engines.Queue.(invocation.Queue)
	return invocation.New(invocation.Config{
		Function: cfg.Function, HTTP: s.Handler, Queue: queue, Work: s.Work, Tick: s.Tick, Clock: clock.System{}, Log: log,
	}), nil
}

// refused logs why there is no start.
func refused(ctx context.Context, log *slog.Logger, err error) error {
	log.ErrorContext(ctx, "no start", "error", err)
	if wrong, ok := errors.AsType[*core.Error](err); ok {
		for _, f := range wrong.Fields {
			log.ErrorContext(ctx, "configuration", "field", f.Field, "value", fmt.Sprint(f.Value), "detail", f.Detail)
		}
	}
	return err
}

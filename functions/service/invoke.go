package service

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/callback"
)

// What follows is for platforms that call a function with something else than a
// request, and let it run only until it answers. Each works until it is done or
// ctx ends, and then finishes the calls under way, which takes up to 20 s: end ctx
// so much before the platform does.

// Work submits messages that the platform has received from the queue. What it
// returns has not been settled and has to come again; in a dry run that is all.
func (s *Service) Work(ctx context.Context, deliveries []core.Delivery) (left []core.Delivery) {
	if s.dryRun {
		s.log.InfoContext(ctx, "dry run: not submitted, left in the queue", "messages", len(deliveries))
		return deliveries
	}
	s.inCompany(ctx, func(ctx context.Context) { left = s.worker.Work(ctx, deliveries) })
	return left
}

// Accept takes bodies out of a queue that VOD sends its callbacks to, and says of
// each whether it has to come again; see [callback.Inbox].
func (s *Service) Accept(ctx context.Context, bodies [][]byte) []error {
	in := callback.Inbox{Config: callback.Config{Intake: s.intake, Counts: s.Counts, Clock: s.clock, Log: s.log}, Bury: s.queue}
	return in.Accept(ctx, bodies)
}

// Drain empties the queue until nothing is due. A queue whose messages the
// platform delivers, or none, is left alone; so is every queue in a dry run.
func (s *Service) Drain(ctx context.Context) (err error) {
	if _, delivered := s.queue.(mover); s.queue == nil || delivered || s.dryRun {
		return nil
	}
	s.inCompany(ctx, func(ctx context.Context) { err = s.worker.Drain(ctx) })
	return err
}

// mover is a queue that is to be told once a minute to send what has become due,
// because the platform delivers its messages and nobody else looks.
type mover interface {
	Move(ctx context.Context) (int, error)
}

// Tick does what a server does all the time, and is to be called once a minute: it
// sends what has become due, empties the queue, asks about jobs, and logs what is
// left of the quota. A panic in one of these is an error, and ends no other.
func (s *Service) Tick(ctx context.Context) error {
	parts := []func(context.Context) error{
		s.move, s.Drain,
		func(ctx context.Context) error { s.Follower.Tick(ctx); return nil },
		func(ctx context.Context) error { s.logQuota(ctx); return nil },
	}
	failed := make([]error, len(parts))
	var running sync.WaitGroup
	for i, part := range parts {
		running.Go(func() { failed[i] = s.guarded(ctx, part) })
	}
	running.Wait()
	return errors.Join(failed...)
}

// move sends what has become due to a queue that does not do so by itself.
func (s *Service) move(ctx context.Context) (err error) {
	if queue, ok := s.queue.(mover); ok {
		_, err = queue.Move(ctx)
	}
	return err
}

// guarded does some work that runs by itself, where a panic would end the process.
func (s *Service) guarded(ctx context.Context, work func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "panic", "panic", panicText(p), "stack", string(debug.Stack()))
			err = core.Errorf(core.Internal, "an internal error; the log says more")
		}
	}()
	return work(ctx)
}

// logQuota logs what is left of the day, for whoever watches the log.
func (s *Service) logQuota(ctx context.Context) {
	for _, name := range slices.Sorted(maps.Keys(s.meters)) {
		quota, err := s.meters[name].Quota(ctx)
		if err != nil {
			s.log.WarnContext(ctx, "what is left of the quota cannot be told", "provider", name, "error_kind", core.KindOf(err), "error", err)
			continue
		}
		for task, left := range map[core.TaskType]core.Allowance{core.Refresh: quota.Refresh, core.Preload: quota.Preload} {
			s.log.InfoContext(ctx, "quota", "provider", name, "task_type", task, "left", left.Remaining, "total", left.Limit)
		}
	}
}

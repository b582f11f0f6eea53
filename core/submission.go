package core

import (
	"context"
	"errors"
	"time"
)

// submit sends out what is reserved, all of one provider, as far as the day's
// count has room for it, and returns an outcome for each.
func (s *Submitter) submit(ctx context.Context, reserved []Reservation, how calling) []Outcome {
	messages := make([]Message, len(reserved))
	for i, r := range reserved {
		messages[i] = r.Message
	}
	drawn := s.cfg.Clock.Now()
	again := s.draw(ctx, messages)
	var granted, denied []Reservation
	for i, r := range reserved {
		if again[i].IsZero() {
			granted = append(granted, r)
		} else {
			denied = append(denied, r)
		}
	}
	outcomes := s.send(ctx, granted, how, drawn)
	if len(denied) == 0 {
		return outcomes
	}
	ctx = context.WithoutCancel(ctx)
	if len(granted) == 0 {
		s.abandon(ctx, messages)
	}
	if s.cfg.Coverage != nil {
		if err := s.cfg.Coverage.Release(ctx, denied); err != nil {
			s.cfg.Log.WarnContext(ctx, "coverage could not be released, what waits is held off until its lease ends", "error", err)
		}
	}
	all := make([]Outcome, len(reserved))
	for i, r := range reserved {
		if again[i].IsZero() {
			all[i], outcomes = outcomes[0], outcomes[1:]
			continue
		}
		all[i] = Outcome{Task: r.Message.Task, State: Failed, Err: untilTomorrow(again[i]), Again: again[i]}
	}
	return all
}

// send makes the calls for what is reserved and drawn. It follows the jobs before
// it records the coverage: a crash in between costs another submission, the other
// way round it would lose what is to be done after the job.
func (s *Submitter) send(ctx context.Context, reserved []Reservation, how calling, drawn time.Time) []Outcome {
	if len(reserved) == 0 {
		return nil
	}
	messages, tasks := make([]Message, len(reserved)), make([]Task, len(reserved))
	for i, r := range reserved {
		messages[i], tasks[i] = r.Message, r.Message.Task
	}
	left := s.cfg.Clock.Now() // before the request leaves
	outcomes := s.refresh(ctx, tasks, how)
	ctx = context.WithoutCancel(ctx) // what was learnt is recorded, however late it is
	s.settle(ctx, messages, outcomes)
	s.giveBack(ctx, messages, outcomes, drawn)
	if err := s.follow(ctx, messages, outcomes, left); err != nil {
		for i, m := range messages {
			if outcomes[i].State == Refreshed && m.Task.Then != "" { // what is to follow would be lost
				outcomes[i] = Outcome{Task: m.Task, State: Failed, Err: err}
			}
		}
	}
	if s.cfg.Coverage == nil {
		return outcomes
	}
	var done, undone []Reservation
	for i, o := range outcomes {
		if o.State == Refreshed {
			done = append(done, reserved[i])
		} else {
			undone = append(undone, reserved[i])
		}
	}
	if err := errors.Join(s.cfg.Coverage.Commit(ctx, done, left), s.cfg.Coverage.Release(ctx, undone)); err != nil {
		s.cfg.Log.WarnContext(ctx, "coverage could not be recorded, doubles may be submitted again", "error", err)
	}
	return outcomes
}

// refresh submits tasks of one provider.
func (s *Submitter) refresh(ctx context.Context, tasks []Task, how calling) []Outcome {
	provider := tasks[0].Provider
	if r, ok := s.cfg.Refreshers[provider]; ok {
		return r.refresh(ctx, tasks, how)
	}
	all := make([]Outcome, len(tasks))
	for i, t := range tasks {
		all[i] = Outcome{Task: t, State: Failed, Err: Errorf(Invalid, "provider %q is not set up", provider)}
	}
	return all
}

// follow hands the jobs over to be followed. A store that is out for a moment
// must not cost what is to be done after a job.
func (s *Submitter) follow(ctx context.Context, messages []Message, outcomes []Outcome, submitted time.Time) error {
	if s.cfg.Follow == nil {
		return nil
	}
	const tries, pause = 3, 500 * time.Millisecond
	var err error
	for try := range tries {
		if try > 0 && s.cfg.Clock.Sleep(ctx, pause) != nil {
			break
		}
		if err = s.cfg.Follow.Track(ctx, messages, outcomes, submitted); err == nil {
			return nil
		}
	}
	s.cfg.Log.ErrorContext(ctx, "jobs are not followed", "error", err)
	return &Error{Kind: Unavailable, Message: "the job could not be recorded: " + err.Error(), Err: err}
}

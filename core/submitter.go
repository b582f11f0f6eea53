package core

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// Tracker is told what became of submitted messages, so that their jobs are
// followed; see [Follower].
type Tracker interface {
	// Track takes messages with their outcomes, one for each, and the time at
	// which their calls left.
	Track(ctx context.Context, messages []Message, outcomes []Outcome, submitted time.Time) error
}

// SubmitterConfig is what a Submitter is made of. Only Refreshers is required.
type SubmitterConfig struct {
	Refreshers map[events.Provider]*Refresher
	Coverage   *Coverage    // drops what was submitted already; nil submits everything
	Spending   *Spending    // keeps to the quota of the day; nil leaves that to the platform
	Follow     Tracker      // told of every job that came into being; nil for nobody
	Clock      clock.Clock  // default: the system's
	Log        *slog.Logger // default: discard
}

// Submitter is the one way to the platforms: it asks whether the day's quota
// allows a call and whether a submission covers the message already, submits,
// and records what came of it.
type Submitter struct{ cfg SubmitterConfig }

// NewSubmitter returns a submitter; what cfg leaves out has its default.
func NewSubmitter(cfg SubmitterConfig) *Submitter {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Submitter{cfg}
}

// Submit deals with messages of one provider now, and returns an outcome for
// each, in their order. What has to wait for another worker or for the next day
// has failed; its outcome says until when.
func (s *Submitter) Submit(ctx context.Context, messages []Message) []Outcome {
	return s.handle(ctx, messages, calling{})
}

// handle is Submit, with calls made in a certain way.
func (s *Submitter) handle(ctx context.Context, messages []Message, how calling) []Outcome {
	all := make([]Outcome, len(messages))
	if len(messages) == 0 {
		return all
	}
	if until := s.admit(ctx, messages); !until.IsZero() {
		err := untilTomorrow(until)
		for i, m := range messages {
			all[i] = Outcome{Task: m.Task, State: Failed, Err: err, Again: until}
		}
		return all
	}
	reservations, err := s.reserve(ctx, messages)
	if err != nil {
		s.abandon(ctx, messages)
		err = &Error{Kind: Internal, Message: "the store could not be asked what is covered: " + err.Error(), Err: err}
		for i, m := range messages {
			all[i] = Outcome{Task: m.Task, State: Failed, Err: err}
		}
		return all
	}
	var reserved []Reservation
	for _, r := range reservations {
		if r.State == Reserved {
			reserved = append(reserved, r)
		}
	}
	if len(reserved) == 0 {
		s.abandon(ctx, messages)
	}
	outcomes := s.submit(ctx, reserved, how)
	for i, r := range reservations {
		if r.State == Reserved {
			all[i], outcomes = outcomes[0], outcomes[1:]
		}
	}
	for i, r := range reservations {
		switch r.State {
		case Reserved:
		case Joined:
			all[i] = all[r.Leader]
		case Covered:
			all[i].State = OutcomeCovered
		case Busy:
			err := Errorf(Unavailable, "another worker is submitting the same, until %s at most", r.Until.Format(time.RFC3339))
			all[i] = Outcome{State: Failed, Again: r.Until, Err: err}
		case Exhausted:
			err := Errorf(QuotaExceeded, "events have used up what a day allows this media (MEDIA_DAILY), until %s", r.Until.Format(time.RFC3339))
			all[i] = Outcome{State: Failed, Again: r.Until, Err: err}
		}
		all[i].Task = messages[i].Task
	}
	return all
}

func untilTomorrow(until time.Time) error {
	return Errorf(QuotaExceeded, "the quota of the day is spent, or kept for requests by hand, until %s", until.Format(time.RFC3339))
}

// spend is what messages of one call would take of the day.
func spend(messages []Message) Spend {
	first := messages[0].Task
	s := Spend{Provider: first.Provider, TaskType: first.Options.TaskType, Manual: first.Manual()}
	for _, m := range messages {
		s.URLs += max(1, m.Task.URLs)
	}
	return s
}

// admit returns when messages of one sort are to come again, zero for now.
func (s *Submitter) admit(ctx context.Context, messages []Message) time.Time {
	if s.cfg.Spending == nil {
		return time.Time{}
	}
	return s.cfg.Spending.Admit(ctx, spend(messages))
}

// covered asks coverage which messages need not wait for their turn.
func (s *Submitter) covered(ctx context.Context, messages []Message) ([]bool, error) {
	if s.cfg.Coverage == nil || len(messages) == 0 {
		return make([]bool, len(messages)), nil
	}
	return s.cfg.Coverage.Covered(ctx, messages)
}

// reserve asks coverage; without one, everything is to be submitted.
func (s *Submitter) reserve(ctx context.Context, messages []Message) ([]Reservation, error) {
	if s.cfg.Coverage != nil {
		return s.cfg.Coverage.Reserve(ctx, messages)
	}
	all := make([]Reservation, len(messages))
	for i, m := range messages {
		all[i] = Reservation{Message: m, State: Reserved, Leader: i}
	}
	return all, nil
}

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

// send makes the calls for what is reserved and drawn. It follows the jobs before it records the coverage: a crash in
// between costs another submission, the other way round it would lose what is to
// be done after the job.
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

// abandon says that messages which were admitted are not submitted after all.
func (s *Submitter) abandon(ctx context.Context, messages []Message) {
	if s.cfg.Spending != nil {
		s.cfg.Spending.Observe(ctx, spend(messages), Errorf(Unavailable, "nothing was left to submit"))
	}
}

// settle tells what the messages took of the day, and those that it refused when
// to come again.
func (s *Submitter) settle(ctx context.Context, messages []Message, outcomes []Outcome) {
	if s.cfg.Spending == nil {
		return
	}
	var taken []Message
	var spent, other error
	for i, o := range outcomes {
		switch {
		case o.State == Refreshed:
			taken = append(taken, messages[i])
		case KindOf(o.Err) == QuotaExceeded:
			spent = o.Err
		default:
			other = cmp.Or(o.Err, other, error(Errorf(NotFound, "nothing was accepted")))
		}
	}
	switch {
	case spent != nil:
	case len(taken) > 0:
		s.cfg.Spending.Observe(ctx, spend(taken), nil)
		return
	default:
		s.cfg.Spending.Observe(ctx, spend(messages), other)
		return
	}
	until := s.cfg.Spending.Observe(ctx, spend(messages), spent)
	for i := range outcomes {
		if KindOf(outcomes[i].Err) == QuotaExceeded {
			outcomes[i].Again = until
		}
	}
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

package core

import (
	"context"
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

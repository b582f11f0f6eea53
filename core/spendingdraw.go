package core

import (
	"context"
	"time"
)

// tally is what counts for a batch, nil where the platform can be asked.
func (s *Spending) tally(b Spend) *Tally {
	if r := s.remainders[b.Provider]; r != nil {
		return r.tally
	}
	return nil
}

// Draw counts a batch that is about to be submitted, of as many targets as URLs
// says, and returns how many of them may go: all, unless a [Tally] has no room for
// some, which come again at until. What is then not accepted has to go to
// [Spending.Return]. A store that is out lets all go, because the platform refuses
// by itself.
func (s *Spending) Draw(ctx context.Context, b Spend) (granted int, until time.Time) {
	tally := s.tally(b)
	if tally == nil {
		return b.URLs, time.Time{}
	}
	keep := s.reserve(tally.cfg.Daily)
	if b.Manual {
		keep = 0
	}
	granted, err := tally.take(ctx, b.TaskType, b.URLs, keep)
	if err != nil {
		s.uncounted(ctx, b, err)
		return b.URLs, time.Time{}
	}
	if granted < b.URLs {
		until = s.spread(s.midnight(s.cfg.Clock.Now()))
	}
	return granted, until
}

// Return gives back what was drawn at a time and not accepted.
func (s *Spending) Return(ctx context.Context, b Spend, drawn time.Time) {
	tally := s.tally(b)
	if tally == nil || b.URLs == 0 {
		return
	}
	if err := tally.giveBack(ctx, b.TaskType, b.URLs, drawn); err != nil {
		s.uncounted(ctx, b, err)
	}
}

// uncounted logs that the count is not right any more.
func (s *Spending) uncounted(ctx context.Context, b Spend, err error) {
	s.cfg.Log.WarnContext(ctx, "the day's count could not be kept, the platform's own refusal holds", "provider", b.Provider,
		"task_type", b.TaskType, "targets", b.URLs, "error_kind", KindOf(err), "error", err)
}

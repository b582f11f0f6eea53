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
// some, which come again at until and make the others wait as well. What is then
// not accepted has to go to [Spending.Return]. A store that is out lets all go,
// because the platform refuses by itself.
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
		until = s.spread(s.used(ctx, b, tally.cfg.Daily))
	}
	return granted, until
}

// used begins the wait for a new day in which a batch has found no room, so that
// whoever asks hears of it, and returns when it ends.
func (s *Spending) used(ctx context.Context, b Spend, daily int) (until time.Time) {
	g := s.gate(b)
	g.mu.Lock()
	defer g.mu.Unlock()
	now := s.cfg.Clock.Now()
	left := reading{Allowance: Allowance{Limit: daily}}
	if !b.Manual {
		left.Remaining = s.reserve(daily)
	}
	s.change(ctx, g, func(w dayWait) dayWait {
		switch {
		case w.due(now): // that was the day before
			w = dayWait{}
		case w.waits():
			return w
		}
		return s.short(w, b, left, now)
	})
	return g.wait.again(now)
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

package core

import (
	"cmp"
	"context"
	"time"
)

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

// draw counts what is about to be submitted, and returns when each message comes
// again that the day has no room for; zero for those that may go.
func (s *Submitter) draw(ctx context.Context, messages []Message) []time.Time {
	again := make([]time.Time, len(messages))
	if s.cfg.Spending == nil {
		return again
	}
	for sort, places := range drawings(messages) {
		sort.URLs = len(places)
		granted, until := s.cfg.Spending.Draw(ctx, sort)
		for _, place := range places[granted:] {
			again[place] = until
		}
	}
	return again
}

// giveBack returns what was drawn and not accepted.
func (s *Submitter) giveBack(ctx context.Context, messages []Message, outcomes []Outcome, drawn time.Time) {
	if s.cfg.Spending == nil {
		return
	}
	for sort, places := range drawings(messages) {
		for _, place := range places {
			if outcomes[place].State != Refreshed {
				sort.URLs++
			}
		}
		s.cfg.Spending.Return(ctx, sort, drawn)
	}
}

// drawings are the places of messages by what they are drawn from.
func drawings(messages []Message) map[Spend][]int {
	places := make(map[Spend][]int, 1)
	for i, m := range messages {
		sort := Spend{Provider: m.Task.Provider, TaskType: m.Task.Options.TaskType, Manual: m.Task.Manual()}
		places[sort] = append(places[sort], i)
	}
	return places
}

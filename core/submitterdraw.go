package core

import (
	"context"
	"time"
)

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

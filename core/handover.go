package core

import (
	"context"

	"github.com/vodrefresh/vodrefresh/events"
)

// Handover takes tasks off the caller's hands. When HandOver returns, each task
// is finished, has failed, or is Queued, which means that it is durable and a
// crash cannot lose it: only then may a callback be answered with success.
type Handover interface {
	// HandOver returns an outcome for each task, in their order. It ends when
	// ctx does.
	HandOver(ctx context.Context, tasks []Task) []Outcome
}

// Direct is the handover without a queue: the tasks are submitted at once, and
// what the deadline of ctx cuts off has failed.
type Direct struct {
	Refreshers map[events.Provider]*Refresher
	// Follow is told of every job that came into being; nil for nobody.
	Follow *Follower
}

// HandOver submits the tasks, provider by provider.
func (d Direct) HandOver(ctx context.Context, tasks []Task) []Outcome {
	all := make([]Outcome, len(tasks))
	groups := make(map[events.Provider][]int, 1)
	for i, t := range tasks {
		groups[t.Provider] = append(groups[t.Provider], i)
	}
	for provider, members := range groups {
		group := make([]Task, len(members))
		for i, m := range members {
			group[i] = tasks[m]
		}
		for i, o := range d.refresh(ctx, provider, group) {
			all[members[i]] = o
		}
	}
	if d.Follow != nil {
		d.Follow.Track(all...)
	}
	return all
}

// refresh submits tasks of one provider.
func (d Direct) refresh(ctx context.Context, provider events.Provider, tasks []Task) []Outcome {
	if refresher, ok := d.Refreshers[provider]; ok {
		return refresher.Refresh(ctx, tasks)
	}
	all := make([]Outcome, len(tasks))
	for i, t := range tasks {
		all[i] = Outcome{Task: t, State: Failed, Err: Errorf(Invalid, "provider %q is not set up", provider)}
	}
	return all
}

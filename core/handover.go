package core

import (
	"context"
	"time"
)

// Handover takes messages off the caller's hands. When HandOver returns, each
// is finished, has failed, or is Queued, which means that it is durable and a
// crash cannot lose it: only then may a callback be answered with success.
type Handover interface {
	// HandOver returns an outcome for each message, in their order. It ends when
	// ctx does.
	HandOver(ctx context.Context, messages []Message) []Outcome
}

// Enqueue is the handover to a queue.
type Enqueue struct{ Queue Queue }

// enqueuing is how long a queue may take: a broken one is to be noticed while
// the sender still waits for the answer.
const enqueuing = 2 * time.Second

// HandOver enqueues the messages, all or none. Where the queue is full or broken
// they have failed with an error of kind Internal, because the fault is ours and
// not the platform's.
func (e Enqueue) HandOver(ctx context.Context, messages []Message) []Outcome {
	all := make([]Outcome, len(messages))
	if len(messages) == 0 {
		return all
	}
	ctx, cancel := context.WithTimeout(ctx, enqueuing)
	defer cancel()
	err := e.Queue.Enqueue(ctx, messages)
	if err != nil {
		err = &Error{Kind: Internal, Message: "the queue did not take the task: " + err.Error(), Err: err}
	}
	for i, m := range messages {
		all[i] = Outcome{Task: m.Task, State: Queued}
		if err != nil {
			all[i] = Outcome{Task: m.Task, State: Failed, Err: err}
		}
	}
	return all
}

// Direct is the handover without a queue: messages are submitted at once, whenever
// they are due, and what the deadline of ctx cuts off has failed. What is given up
// has failed too, for good: there are no dead letters.
type Direct struct {
	Submitter *Submitter
	Finish    bool // cut off no call that is under way: its quota may be spent
}

// HandOver submits the messages, those that draw on one quota by themselves.
func (d Direct) HandOver(ctx context.Context, messages []Message) []Outcome {
	all := make([]Outcome, len(messages))
	for _, places := range drawings(messages) {
		var group []Message
		var members []int
		for _, i := range places {
			m := messages[i]
			if m.GiveUp != "" {
				all[i] = Outcome{Task: m.Task, State: Failed, Err: Errorf(Invalid, "%s", m.GiveUp)}
				continue
			}
			group, members = append(group, m), append(members, i)
		}
		for i, o := range d.Submitter.handle(ctx, group, calling{finish: d.Finish}) {
			all[members[i]] = o
		}
	}
	return all
}

package callback

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// Inbox takes what comes out of a message queue of the platform's, in place of
// HTTP: callbacks of Alibaba's that VOD sends to SMQ, and messages of our own. They
// are not signed; who may write to the queue is the account's business.
//
// Source: ApsaraVideo VOD, "MNS callbacks".
type Inbox struct {
	Config

	// Bury keeps what cannot be read, as a message that is given up; nil leaves it
	// where it is.
	Bury core.Queue
}

// Accept takes bodies, and says of each whether it has to come again. Nil means
// that it is durable, finished for good, or kept as a dead letter.
func (in Inbox) Accept(ctx context.Context, bodies [][]byte) []error {
	var (
		errs     = make([]error, len(bodies))
		messages []core.Message
		letters  []letter // of the messages, in their order
	)
	for i, body := range bodies {
		started := in.Clock.Now()
		l, m, wanted, err := in.open(ctx, body, started)
		l.place = i
		switch {
		case wanted && err == nil:
			messages, letters = append(messages, m), append(letters, l)
		default:
			errs[i] = err
		}
	}
	for i, o := range in.Intake.Handover.HandOver(ctx, messages) {
		l := letters[i]
		a, err := judge(l.event, core.Taken{Outcome: o}, nil)
		errs[l.place] = err
		in.note(ctx, l, a, cmp.Or(err, o.Err))
	}
	return errs
}

// letter is what a body was about.
type letter struct {
	place   int
	started time.Time
	event   events.Event
}

// note counts and logs what became of a body.
func (in Inbox) note(ctx context.Context, l letter, a Answer, err error) {
	handler{in.Config, events.Aliyun, nil}.note(ctx, l.started, l.event, a, err)
}

// open reads a body. It reports whether there is a message to hand over; if not,
// the body is dealt with, but for an error.
func (in Inbox) open(ctx context.Context, body []byte, now time.Time) (l letter, m core.Message, wanted bool, err error) {
	l = letter{started: now, event: events.Event{Provider: events.Aliyun, Kind: events.Unknown}}
	e, err := aliyun.Decode(body)
	if err != nil {
		return l, m, false, in.bury(ctx, l, body, &core.Error{Kind: core.Invalid, Message: err.Error(), Err: err})
	}
	if e.Type == "" {
		m, err = ownMessage(e.Raw, now)
	}
	if err != nil {
		return l, m, false, in.bury(ctx, l, body, err)
	}
	if e.Type == "" {
		l.event = events.Event{Provider: m.Task.Provider, Type: m.Task.Event, Kind: kind(m.Task), MediaID: m.Task.ID}
		if in.Intake.DryRun {
			in.Log.InfoContext(ctx, "dry run: not submitted", "task", m.Task)
			in.note(ctx, l, Answer{Verdict: Ignored, Reason: core.DryRun}, nil)
		}
		return l, m, !in.Intake.DryRun, nil
	}
	l.event = e
	m, ignored, err := in.Intake.Decide(ctx, e, time.Time{})
	if err != nil {
		in.note(ctx, l, Answer{Verdict: Verdict(core.Failed)}, err)
		return l, m, false, err
	}
	if ignored != core.Wanted {
		in.note(ctx, l, Answer{Verdict: Ignored, Reason: ignored}, nil)
		return l, m, false, nil
	}
	return l, m, true, nil
}

// ownMessage reads a message of our own. One that does not say when it was
// received was received now.
func ownMessage(body []byte, now time.Time) (m core.Message, err error) {
	var shape struct {
		Version json.RawMessage `json:"v"`
		Task    json.RawMessage `json:"task"`
		Event   json.RawMessage `json:"EventType"`
	}
	if json.Unmarshal(body, &shape) != nil || shape.Event != nil || shape.Version == nil && shape.Task == nil {
		return m, core.Errorf(core.Invalid, "neither a callback, which has an EventType, nor a message, which has v and task")
	}
	m, err = core.ParseMessage(body)
	if m.Received.IsZero() {
		m.Received = now
	}
	return m, err
}

// kind is what the event behind a task meant, as its provider names events.
func kind(t core.Task) events.Kind {
	if t.Provider == events.Huawei {
		return huawei.Kind(t.Event)
	}
	return aliyun.Kind(t.Event)
}

// bury keeps a body that cannot be read as a dead letter.
func (in Inbox) bury(ctx context.Context, l letter, body []byte, reason error) error {
	in.note(ctx, l, Answer{Verdict: Malformed}, reason)
	if in.Bury == nil {
		return reason
	}
	m := core.Message{Version: core.MessageVersion, Received: l.started, GiveUp: "cannot be read: " + reason.Error(), Body: string(body)}
	return in.Bury.Enqueue(ctx, []core.Message{m})
}

package core

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// Message is a task on its way through a queue, with what the way has taught.
// It is stored as JSON, {"v":1,"task":{…}}, never as the raw body of a callback.
type Message struct {
	Version int  `json:"v"` // 1
	Task    Task `json:"task"`
	// Due is when the message may be received; zero for at once.
	Due time.Time `json:"due,omitzero"`
	// Received is when the first callback or request about it came in. A message
	// that is put back keeps it.
	Received time.Time `json:"received,omitzero"`
	// Tries counts the submissions that failed, and FailedJobs those that were
	// accepted and whose job then failed. Waiting is not a failure.
	Tries      int `json:"tries,omitempty"`
	FailedJobs int `json:"failed_jobs,omitempty"`
	// Redriven says that the message was put back, by an operator or because its
	// job failed: it is submitted even if it is covered. [Queue.Redrive] sets it.
	Redriven bool `json:"redriven,omitempty"`
	// GiveUp is why the message is to become a dead letter as it is; empty if
	// there is hope.
	GiveUp string `json:"give_up,omitempty"`
	// Body is what came in where it could not be read: such a message has no task.
	Body string `json:"body,omitempty"`
}

// NewMessage is a message about a task that came in now.
func NewMessage(t Task, now time.Time) Message {
	return Message{Version: MessageVersion, Task: t, Received: now}
}

// Revived is the message as [Queue.Redrive] puts it back: due at once, as if it
// had never failed, and submitted even if it is covered. One that could not be
// read still has no task, and keeps its reason.
func (m Message) Revived() Message {
	m.Due, m.Tries, m.FailedJobs, m.Redriven = time.Time{}, 0, 0, true
	if m.Task != (Task{}) {
		m.GiveUp = ""
	}
	return m
}

// Check says what is wrong with a message that came from outside: its version, or
// a task that no platform could be asked about. The error is of kind Invalid.
func (m Message) Check() error {
	var wrong []FieldError
	bad := func(field string, value any, detail string) {
		wrong = append(wrong, FieldError{Field: field, Value: value, Detail: detail})
	}
	t := m.Task
	if m.Version != MessageVersion {
		bad("v", m.Version, "must be 1, the version that this program knows")
	}
	if m.GiveUp != "" && len(wrong) == 0 { // it is not submitted
		return nil
	}
	if t.Provider != events.Aliyun && t.Provider != events.Huawei {
		bad("task.provider", t.Provider, "must be aliyun or huawei")
	}
	switch t.Target {
	case Media:
		if !validMediaID(t.ID) {
			bad("task.id", Shorten(t.ID), "must be 1 to 64 printable characters without blanks and commas")
		}
	case URL:
		if !validURL(t.ID) {
			bad("task.id", Shorten(t.ID), "must be an absolute http or https URL of at most 10240 characters")
		}
	default:
		bad("task.target", t.Target, "must be media or url")
	}
	for _, f := range fieldErrors(t.Options) {
		bad("task.options."+f.Field, f.Value, f.Detail)
	}
	if len(wrong) > 0 {
		return &Error{Kind: Invalid, Message: "invalid message", Fields: wrong}
	}
	return nil
}

// ParseMessage reads a message that came from outside, and checks it. The error is
// of kind Invalid and quotes nothing that could not be read.
func ParseMessage(data []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(data, &m); err != nil {
		detail := "a value in it cannot be read"
		shape, ok := errors.AsType[*json.UnmarshalTypeError](err)
		switch {
		case !json.Valid(data):
			detail = "it is not JSON"
		case ok && shape.Field == "":
			detail = "it is no object"
		case ok:
			detail = shape.Field + " has the wrong type"
		}
		return Message{}, Errorf(Invalid, "not a message: %s", detail)
	}
	return m, m.Check()
}

// MessageVersion is the version that this program writes.
const MessageVersion = 1

// Queue is the durable hand-over from callback to refresh. A message is
// delivered at least once: a delivery that is not settled within the queue's
// lease comes again, with a higher Attempt. The order is not promised. All
// methods are safe for concurrent use, by several processes too; an error is an
// [*Error], of kind Unavailable if the queue cannot be reached or is full.
//
// core/queuetest is the suite that a driver passes.
type Queue interface {
	// Enqueue stores the messages. When it returns without error, all of them
	// survive a crash of this process and of the queue's server; an error means
	// that any of them may be stored or not.
	Enqueue(ctx context.Context, messages []Message) error
	// Receive returns up to most messages that are due. It waits up to the given
	// time for the first, then takes what is there; none is no error. Where ctx
	// ends first, the error wraps its.
	Receive(ctx context.Context, most int, wait time.Duration) ([]Delivery, error)
	// Extend begins the lease of deliveries anew. For a delivery that is settled,
	// or whose lease has passed on, it changes nothing.
	Extend(ctx context.Context, deliveries []Delivery) error
	// Settle ends deliveries, each in its own way. What is to come again or is
	// dead is durable before the delivery is gone, so a crash in between makes
	// two of it, never none. Settling a delivery that is already settled, or
	// whose lease has passed on, changes nothing.
	Settle(ctx context.Context, settlements []Settlement) error
	// Dead lists up to most dead letters, the oldest first.
	Dead(ctx context.Context, most int) ([]DeadLetter, error)
	// Redrive puts dead letters back as [Message.Revived] says; no IDs means all. It
	// returns how many there were. IDs that do not exist are ignored.
	Redrive(ctx context.Context, ids []string) (int, error)
	// Depth counts what is in the queue.
	Depth(ctx context.Context) (Depth, error)
	// Close ends the connection. What is not settled comes again.
	Close() error
}

// Delivery is a message that was received and is ours until its lease ends.
type Delivery struct {
	Message Message
	// Attempt is 1 for the first delivery, counted by the queue. A message put in
	// the place of another, or redriven, begins at 1.
	Attempt int
	// Receipt is the driver's own handle; it means nothing to others.
	Receipt any
}

// Settlement says how a delivery ends. The zero value, but for the delivery,
// means that it is done.
type Settlement struct {
	Delivery Delivery
	Again    *Message // put this in its place, to come when it is due
	Dead     string   // the reason, if it is given up
	// Outcome is what led to this, for whoever waits for it; the zero value if the
	// delivery was put back as it was. Drivers ignore it.
	Outcome Outcome
}

// DeadLetter is a message that was given up.
type DeadLetter struct {
	ID      string    `json:"id"`
	Message Message   `json:"message"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// Depth is how many messages are where.
type Depth struct {
	Ready   int `json:"ready"`   // due, or in somebody's hands
	Delayed int `json:"delayed"` // not due yet
	Dead    int `json:"dead"`
}

package envelope

import (
	"bytes"
	"encoding/json"

	"github.com/vodrefresh/vodrefresh/core"
)

// Kind says what an event is.
type Kind string

// The kinds.
const (
	HTTP  Kind = "http"  // a request that came in through an HTTP trigger
	Queue Kind = "queue" // messages of an SMQ queue
	Timer Kind = "timer" // the tick of a timer trigger
)

// Event is one event. Of Request, Messages and Tick the one that Kind names is
// filled.
type Event struct {
	Kind     Kind
	Request  Request
	Messages []Message
	Tick     Tick
}

// Decode tells the kind of an event and reads it. What is none of them is an
// error of kind Invalid that names those that are known; it does not repeat the
// event, which may hold anything.
func Decode(payload []byte) (Event, error) {
	payload = bytes.TrimSpace(payload)
	if len(payload) == 0 {
		return Event{}, core.Errorf(core.Invalid, "the event is empty; known are %s", known)
	}
	switch first(payload) {
	case '[', '"':
		return decodeQueue(payload)
	case '{':
		return decodeObject(payload)
	}
	return Event{}, unknown()
}

const known = "requests of an HTTP trigger (v1), messages of an SMQ queue (CloudEvents, one or an array) and ticks of a timer trigger"

func unknown() error {
	return core.Errorf(core.Invalid, "the event is of no kind that is known; known are %s", known)
}

// first is the first byte, zero if there is none.
func first(text []byte) byte {
	if len(text) == 0 {
		return 0
	}
	return text[0]
}

// decodeObject tells objects apart by the members that only one kind has.
func decodeObject(payload []byte) (Event, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(payload, &members); err != nil {
		return Event{}, core.Errorf(core.Invalid, "the event is not JSON")
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := members[name]; ok {
				return true
			}
		}
		return false
	}
	switch {
	case has("requestContext"):
		return decodeHTTP(payload)
	case has("data", "specversion", "EventType", "task"):
		return Event{Kind: Queue, Messages: []Message{readMessage(payload)}}, nil
	case has("triggerTime", "triggerName"):
		return decodeTimer(payload)
	}
	return Event{}, unknown()
}

package runtimetest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"
)

// Event is what a program is given.
type Event struct {
	Payload []byte
	Timeout time.Duration // until the deadline that it is told; default 30 s
	Header  http.Header   // beside or instead of the dialect's; one without values is left out
}

// timeout is the time that a program has.
func (e Event) timeout() time.Duration { return cmp.Or(e.Timeout, 30*time.Second) }

// Result is what a program answered to an event.
type Result struct {
	Payload []byte
	Failed  bool // the program says that the function failed; Failure is its payload
	Failure Failure
	Header  http.Header   // of the answer
	Took    time.Duration // from the event's departure to the answer
}

// Failure is how a function's error is reported.
type Failure struct {
	Message string            `json:"errorMessage"`
	Type    string            `json:"errorType"`
	Stack   []json.RawMessage `json:"stackTrace"`
}

// inHand is an event on its way.
type inHand struct {
	event    Event
	id       string
	departed time.Time
	answer   chan Result // has room for one
}

package core

import (
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// Task is one media or URL to refresh or preload, and why.
type Task struct {
	Provider events.Provider `json:"provider"`
	Target   Target          `json:"target"`
	ID       string          `json:"id"` // media ID or URL
	Options  Options         `json:"options"`
	// Then is submitted with the same options once the job has ended well;
	// empty for nothing.
	Then TaskType `json:"then,omitempty"`
	// Event and EventTime say which event led here; both are empty for a
	// request by hand.
	Event     string    `json:"event,omitempty"`
	EventTime time.Time `json:"event_time,omitzero"`
	// Signed is when the provider signed the callback, and Identity tells its
	// event from others; see [Identity]. Both are empty where nobody knows.
	Signed   time.Time `json:"signed,omitzero"`
	Identity string    `json:"identity,omitempty"`
	// URLs is how many play URLs the task is about, as far as the event tells;
	// zero if it does not.
	URLs int `json:"urls,omitempty"`
}

// Manual reports whether a person asked for the task, not an event.
func (t Task) Manual() bool { return t.Event == "" }

// MaxMediaID is the most characters that a media ID may have.
const MaxMediaID = 64

// validMediaID accepts printable ASCII without blanks and commas: a comma
// would name a second media on the wire, and no provider's ID has either.
func validMediaID(id string) bool {
	if id == "" || len(id) > MaxMediaID {
		return false
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c > '~' || c == ',' {
			return false
		}
	}
	return true
}

package callback

import (
	"maps"
	"sync"

	"github.com/vodrefresh/vodrefresh/events"
)

// Verdict is what became of a callback, in a word: the state of the task's
// outcome, or why there was none.
type Verdict string

// The verdicts that are no outcome of a task.
const (
	Ignored   Verdict = "ignored"   // verified, and no rule wants it
	Refused   Verdict = "refused"   // the signature does not hold
	Malformed Verdict = "malformed" // not a callback: too long, or not JSON
	Replayed  Verdict = "replayed"  // dealt with before: nothing is done
	Confirmed Verdict = "confirmed" // a subscription, which now sends
)

// Count is a key of [Counts]; both parts have few values, so that it can
// become a metric.
type Count struct {
	EventType string // "unknown" for what no decoder knows
	Verdict   Verdict
}

// Counts is how many callbacks ended how. It is safe for concurrent use; the
// zero value is ready.
type Counts struct {
	mu sync.Mutex
	n  map[Count]int
}

// Add counts one callback. An unknown event type is counted as such, because
// whoever sends callbacks could otherwise make any number of counters.
func (c *Counts) Add(e events.Event, v Verdict) {
	count := Count{e.Type, v}
	if e.Kind == events.Unknown {
		count.EventType = string(events.Unknown)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[Count]int)
	}
	c.n[count]++
}

// All returns a copy of the counts.
func (c *Counts) All() map[Count]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}

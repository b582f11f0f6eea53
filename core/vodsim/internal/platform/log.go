package platform

import (
	"slices"
	"sync"
)

// maxCalls is how many calls are remembered; older ones are forgotten.
const maxCalls = 10_000

// Log holds the last 10,000 calls. The zero value is empty.
type Log[Call any] struct {
	mu    sync.Mutex
	calls []Call
}

// Add adds a call.
func (l *Log[Call]) Add(call Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) >= maxCalls {
		l.calls = slices.Delete(l.calls, 0, maxCalls/10)
	}
	l.calls = append(l.calls, call)
}

// Calls returns the calls in the order in which they were added.
func (l *Log[Call]) Calls() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

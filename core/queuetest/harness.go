package queuetest

import (
	"context"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Harness is one queue that begins empty, of one check alone.
type Harness struct {
	// Open returns a new handle on the queue, as another process would have it.
	// All handles, also after a Close, share what is durable. The suite closes
	// them.
	Open func(t *testing.T) core.Queue
	// Lease is what the queue was made with. The suite waits for leases to end
	// again and again; about a second keeps it short and is not too short for a
	// slow machine.
	Lease time.Duration
	// Crash kills the engine without warning and starts it again. Handles that
	// were opened before may be broken afterwards; the suite opens new ones. It
	// may run while calls are under way. Nil for a queue that lives in this
	// process only and cannot outlive it.
	Crash func(t *testing.T)
}

// open is a handle that is closed when the check ends.
func (h Harness) open(t *testing.T) core.Queue {
	t.Helper()
	q := h.Open(t)
	t.Cleanup(func() { _ = q.Close() }) // a crash may have closed it already
	return q
}

// The suite's own patience, in real time.
const (
	late    = 3 * time.Second        // how long after its time something may happen on a slow machine
	soon    = 200 * time.Millisecond // one wait of a Receive that is repeated anyway
	quiet   = 500 * time.Millisecond // how long nothing has to come before we believe it
	between = 20 * time.Millisecond  // before the same question is asked again
)

// system is the clock that the engine lives by.
func system() clock.Clock { return clock.System{} }

// pause waits, or returns early if ctx ends.
func pause(ctx context.Context, d time.Duration) { _ = system().Sleep(ctx, d) }

package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Harness is one store that begins empty, of one check alone.
type Harness struct {
	// Open returns a new handle on the store, as another process would have it.
	// All handles, also after a Close, share what is durable. The suite closes
	// them.
	Open func(t *testing.T) core.Store
	// Crash kills the engine without warning and starts it again. Handles that
	// were opened before may be broken afterwards; the suite opens new ones. It
	// may run while calls are under way. Nil for a store that lives in this
	// process only and cannot outlive it.
	Crash func(t *testing.T)
}

// open is a handle that is closed when the check ends.
func (h Harness) open(t *testing.T) core.Store {
	t.Helper()
	s := h.Open(t)
	t.Cleanup(func() { _ = s.Close() }) // a crash may have closed it already
	return s
}

// The suite's own patience, in real time.
const (
	life    = time.Second           // of a record that expires
	late    = 5 * time.Second       // how long a call may take on a slow machine
	between = 20 * time.Millisecond // before the same call is made again
)

// now is the time that the engine lives by, in the milliseconds that any of
// them can keep.
func now() time.Time { return clock.System{}.Now().Truncate(time.Millisecond).UTC() }

// pause waits, or returns early if ctx ends.
func pause(ctx context.Context, d time.Duration) { _ = clock.System{}.Sleep(ctx, d) }

package core

import (
	"context"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// wake is a bell that one goroutine rests by. A ring that nobody hears is kept
// for the next rest; several are one.
type wake chan struct{}

func newWake() wake { return make(wake, 1) }

func (w wake) ring() {
	select {
	case w <- struct{}{}:
	default:
	}
}

// rest waits until the bell rings, the time is up (zero: never), or ctx ends.
func (w wake) rest(ctx context.Context, c clock.Clock, wait time.Duration) {
	resting, cancel := context.WithCancel(ctx)
	defer cancel()
	if wait > 0 {
		go func() {
			defer cancel()
			_ = c.Sleep(resting, wait)
		}()
	}
	select {
	case <-w:
	case <-resting.Done():
	}
}

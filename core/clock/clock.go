// Package clock is the time that the rest of the program is given, so that a
// test can hold it, move it and sleep without waiting.
//
// It may import the standard library only.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	// Now returns the current time.
	Now() time.Time
	// Sleep waits for d, or until ctx ends, and then returns ctx's error. A
	// wait of zero or less returns at once, with ctx's error if it has one.
	Sleep(ctx context.Context, d time.Duration) error
}

// System is the machine's own clock.
type System struct{}

// Now returns time.Now.
func (System) Now() time.Time { return time.Now() }

// Sleep waits on a timer that ctx can cut short.
func (System) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

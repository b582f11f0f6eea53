package ledger

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// empty is a log without pages.
type empty struct{ Log }

func (empty) Bounds(context.Context) (first, last uint64, err error) { return 1, 0, nil }

// TestHoursAreOfTheWallClock: a clock that is set back while the ledger is open must
// not make the hours go on, in which records expire by the wall clock.
func TestHoursAreOfTheWallClock(t *testing.T) {
	t.Parallel()
	l, err := Open(t.Context(), Config{Log: empty{}, Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	if text := l.opened.String(); strings.Contains(text, "m=") {
		t.Errorf("hours are counted from %s, by the clock that nobody sets", text)
	}
	if now := l.clock.Now(); hourOf(l.opened, now.Add(90*time.Minute)) != 2 {
		t.Error("in 90 minutes it is not the second hour")
	}
}

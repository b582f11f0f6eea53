package pace_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/pace"
)

// turns are the seconds after the start at which n calls go out.
func turns(t *testing.T, limit *pace.Minute, n int, observe func(i int) error) []float64 {
	t.Helper()
	start := time.Now()
	var all []float64
	for i := range n {
		if err := limit.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := time.Now()
		all = append(all, sent.Sub(start).Seconds())
		if observe != nil {
			limit.Observe(sent, observe(i))
		}
	}
	return all
}

func wantTurns(t *testing.T, got []float64, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d turns, want %d", len(got), len(want))
	}
	for i := range want {
		if d := got[i] - want[i]; d < 0 || d > 1.001 {
			t.Errorf("turn %d is at %.1f s, want %.1f s: all %v", i, got[i], want[i], got)
		}
	}
}

// A minute's worth goes out at once, and no minute has more.
func TestMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.NewMinute(pace.MinuteConfig{PerMinute: 3})
		wantTurns(t, turns(t, limit, 8, func(int) error { return nil }), 0, 0, 0, 60, 60, 60, 120, 120)
		time.Sleep(time.Hour)
		wantTurns(t, turns(t, limit, 4, nil), 0, 0, 0, 60) // nothing is saved up
	})
}

func TestMinuteIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 2
		limit := pace.NewMinute(pace.MinuteConfig{PerMinute: 4, Instances: func() int { return n }})
		wantTurns(t, turns(t, limit, 3, nil), 0, 0, 60)
		time.Sleep(time.Hour)
		n = 100
		wantTurns(t, turns(t, limit, 2, nil), 0, 60) // one at least
		n = 0
		time.Sleep(time.Hour)
		wantTurns(t, turns(t, limit, 5, nil), 0, 0, 0, 0, 60)
	})
}

// A Throttled holds all calls for 5 s and halves the rest; each minute without
// one gives a call back.
func TestMinuteSlowsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.NewMinute(pace.MinuteConfig{PerMinute: 4})
		throttled := &core.Error{Kind: core.Throttled, Code: "APIGW.0308"}
		first := func(i int) error {
			if i == 0 {
				return throttled
			}
			return nil
		}
		wantTurns(t, turns(t, limit, 8, first), 0, 5, 60, 60, 65, 120, 120, 120)
		time.Sleep(time.Hour)
		for range 6 { // throttled at every turn: one a minute is left
			if err := limit.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			limit.Observe(time.Now(), throttled)
		}
		time.Sleep(time.Hour)
		wantTurns(t, turns(t, limit, 2, nil), 0, 60)
	})
}

// Halved is what an instance may send, and not what all of them may.
func TestMinuteSlowsDownItsShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.NewMinute(pace.MinuteConfig{PerMinute: 32, Instances: func() int { return 4 }})
		turns(t, limit, 1, func(int) error { return &core.Error{Kind: core.Throttled, Code: "APIGW.0308"} })
		time.Sleep(2 * time.Minute)
		wantTurns(t, turns(t, limit, 5, nil), 0, 0, 0, 0, 60)
	})
}

// Calls that were under way together are throttled together.
func TestMinuteIsThrottledOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.NewMinute(pace.MinuteConfig{PerMinute: 8})
		var sent []time.Time
		for range 4 {
			if err := limit.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			sent = append(sent, time.Now())
		}
		time.Sleep(time.Second)
		for _, at := range sent {
			limit.Observe(at, &core.Error{Kind: core.Throttled})
		}
		time.Sleep(2 * time.Minute)
		wantTurns(t, turns(t, limit, 5, nil), 0, 0, 0, 0, 60)
	})
}

func TestMinuteEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.NewMinute(pace.MinuteConfig{PerMinute: 1})
		turns(t, limit, 1, nil)
		soon, cancelSoon := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancelSoon()
		start := time.Now()
		if err := limit.Wait(soon); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 0 {
			t.Errorf("a turn beyond the deadline: %v after %v", err, time.Since(start))
		}
		cancelled, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		for range 2 { // at the head of the line, and behind it
			waiting.Go(func() {
				if err := limit.Wait(cancelled); !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled: %v", err)
				}
			})
		}
		time.Sleep(10 * time.Second)
		cancel()
		waiting.Wait()
		if err := limit.Wait(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
	})
}

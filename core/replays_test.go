package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

func TestReplays(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]func(c clock.Clock) *core.Replays{
		"in a store":  func(c clock.Clock) *core.Replays { return core.NewReplays(memory.NewStore(c), c) },
		"in a memory": func(c clock.Clock) *core.Replays { return core.NewReplays(nil, c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := clock.NewFake(noon())
			replays := with(now)
			seen := func(id string, want bool) {
				t.Helper()
				if got, err := replays.Seen(t.Context(), id); err != nil || got != want {
					t.Errorf("%.9s seen: %t, %v, want %t", id, got, err, want)
				}
			}
			remember := func(id string, d time.Duration) {
				t.Helper()
				if err := replays.Remember(t.Context(), id, now.Now().Add(d)); err != nil {
					t.Error(err)
				}
			}
			long := strings.Repeat("x", 2000)
			seen("a", false)
			seen("a", false) // asking remembers nothing
			remember("a", time.Hour)
			remember("a", time.Hour)
			remember(long, 2*time.Hour)
			seen("a", true)
			seen("b", false)
			seen(long, true)
			now.Advance(time.Hour - time.Nanosecond)
			seen("a", true)
			now.Advance(time.Nanosecond)
			seen("a", false)
			seen(long, true)
			remember("a", time.Hour)
			seen("a", true)
		})
	}
}

// A store is shared and outlives a process; one that is out is told.
func TestReplaysInAStore(t *testing.T) {
	t.Parallel()
	store := &ledger{Store: memory.NewStore(nil)}
	a, b := core.NewReplays(store, clock.System{}), core.NewReplays(store, clock.System{})
	if err := a.Remember(t.Context(), "x", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if seen, err := b.Seen(t.Context(), "x"); err != nil || !seen {
		t.Errorf("another process has seen it: %t, %v", seen, err)
	}
	store.breaks(down())
	if seen, err := a.Seen(t.Context(), "x"); core.KindOf(err) != core.Unavailable || seen {
		t.Errorf("without its store: %t, %v", seen, err)
	}
	if err := a.Remember(t.Context(), "y", time.Now()); core.KindOf(err) != core.Unavailable {
		t.Errorf("without its store: %v", err)
	}
}

// A memory has room for 10,000 messages, and forgets the oldest.
func TestReplaysForgetTheOldest(t *testing.T) {
	t.Parallel()
	replays := core.NewReplays(nil, clock.System{})
	for i := range 10_001 {
		if err := replays.Remember(t.Context(), fmt.Sprint(i), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]bool{"0": false, "1": true, "10000": true} {
		if seen, err := replays.Seen(t.Context(), id); err != nil || seen != want {
			t.Errorf("%s seen: %t, %v, want %t", id, seen, err, want)
		}
	}
}

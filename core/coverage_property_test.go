package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// change is a media's change at a true time, and the message that came of it.
type change struct {
	at, received time.Time
	message      core.Message
}

// offset is how far a clock is off the true time, such that no two are further
// apart than the skew.
func offset(t *rapid.T, whose string) time.Duration {
	return time.Duration(rapid.IntRange(0, int(skew/time.Millisecond)).Draw(t, whose+" is ahead by ms")) * time.Millisecond
}

// drawChange is one that happened now and is received a little later, by one of
// several receivers. Its time may be told, signed, missing or far off.
func drawChange(t *rapid.T, n int, now time.Time, provider time.Duration) change {
	received := now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "latency in ms")) * time.Millisecond)
	e := events.Event{Provider: events.Aliyun, Type: "TranscodeComplete", MediaID: "m", JobIDs: []string{fmt.Sprint(n)}}
	var signed time.Time
	switch rapid.IntRange(0, 5).Draw(t, "time is told") {
	case 0: // not at all
	case 1: // by a clock that is mad
		e.Time = now.Add(time.Hour)
	case 2: // to the millisecond
		e.Time = now.Add(provider)
	default:
		e.Time = now.Add(provider).Truncate(time.Second)
	}
	if rapid.Bool().Draw(t, "signed") {
		signed = received.Add(provider).Truncate(time.Second)
	}
	m := core.Message{Received: received.Add(offset(t, "receiver")), Task: core.Task{
		Provider: e.Provider, Target: core.Media, ID: e.MediaID, Options: core.Options{TaskType: core.Refresh},
		Event: e.Type, EventTime: e.Time, Signed: signed, Identity: core.Identity(e),
	}}
	return change{now, received, m}
}

// TestCoverageNeverLeavesStale plays changes, receivers, workers, failures and
// crashes at random, with clocks apart as far as the skew allows: after every
// change, a call leaves.
func TestCoverageNeverLeavesStale(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		truth := clock.NewFake(noon())
		store, provider := memory.NewStore(truth), offset(t, "provider")
		var (
			open, all []change
			left      time.Time // when the latest call that was answered left
		)
		for n := range rapid.IntRange(2, 8).Draw(t, "changes") {
			truth.Advance(time.Duration(rapid.IntRange(0, 4000).Draw(t, "ms between changes")) * time.Millisecond)
			c := drawChange(t, n, truth.Now(), provider)
			all, open = append(all, c), append(open, c)
			if rapid.Bool().Draw(t, "repeated") {
				open = append(open, c)
			}
			for range rapid.IntRange(0, len(open)).Draw(t, "deliveries") {
				open = deliver(t, truth, store, open, &left)
			}
		}
		for len(open) > 0 {
			open = deliver(t, truth, store, open, &left)
		}
		for _, c := range all {
			if left.Before(c.at) {
				t.Fatalf("changed at %v, and the last call left at %v", c.at, left)
			}
		}
	})
}

// deliver gives one of the open messages to a worker, and returns those that are
// open then.
func deliver(t *rapid.T, truth *clock.Fake, store core.Store, open []change, left *time.Time) []change {
	i := rapid.IntRange(0, len(open)-1).Draw(t, "message")
	c := open[i]
	rest := slices.Concat(open[:i], open[i+1:])
	ahead := offset(t, "worker")
	now := shifted{truth, ahead}
	truth.Advance(max(0, c.received.Sub(truth.Now()))) // it has to be there first
	worker := core.NewCoverage(core.CoverageConfig{Store: store, Skew: skew, Lease: lease, Clock: now})
	reservations, err := worker.Reserve(t.Context(), []core.Message{c.message})
	if err != nil {
		t.Fatal(err)
	}
	switch reservations[0].State {
	case core.Covered:
		return rest
	case core.Busy:
		truth.Advance(lease)
		return append(rest, c)
	default:
	}
	submitted, leaves := now.Now(), truth.Now()
	truth.Advance(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms of the call")) * time.Millisecond)
	switch rapid.IntRange(0, 4).Draw(t, "end of the call") {
	case 0:
		err = worker.Release(t.Context(), reservations)
		rest = append(rest, c)
	case 1: // killed
		rest = append(rest, c)
	default:
		*left = leaves
		err = worker.Commit(t.Context(), reservations, submitted)
	}
	if err != nil {
		t.Fatal(err)
	}
	return rest
}

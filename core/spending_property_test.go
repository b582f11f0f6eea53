package core_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// flight is a batch on its way.
type flight struct {
	by    *core.Spending
	batch core.Spend
	left  time.Time
	probe bool // it left after a refusal, with nothing accepted since
}

// airspace is an account with all its processes and the batches on their way.
type airspace struct {
	*rapid.T

	clock     *clock.Fake
	store     core.Store
	processes []*core.Spending
	flying    []flight
	closed    bool      // the platform has refused, and has taken nothing since
	until     time.Time // what was told last
}

func (a *airspace) start() *core.Spending {
	return core.NewSpending(core.SpendingConfig{
		Store: a.store, Clock: a.clock,
		Random: func() float64 { return rapid.Float64Range(0, 0.999).Draw(a.T, "random") },
	})
}

// advance moves the time. No batch is on its way for longer than a probe holds
// others off.
func (a *airspace) advance(d time.Duration) {
	a.clock.Advance(max(0, d))
	for _, f := range a.flying {
		if a.late(f) {
			f.by.Observe(a.Context(), f.batch, coded(core.Unavailable, ""))
		}
	}
	a.flying = slices.DeleteFunc(a.flying, a.late)
}

func (a *airspace) late(f flight) bool { return a.clock.Now().Sub(f.left) >= time.Minute }

// takeOff asks for a batch, and wants no probe beside another.
func (a *airspace) takeOff() {
	p := rapid.SampledFrom([]int{0, 1, 2}).Draw(a.T, "process")
	b := core.Spend{Provider: events.Aliyun, TaskType: core.Refresh, URLs: 20, Manual: rapid.Bool().Draw(a.T, "manual")}
	until := a.processes[p].Admit(a.Context(), b)
	if !until.IsZero() {
		a.until = until
		if until.Before(a.clock.Now()) {
			a.Fatalf("comes again at %v, and it is %v", until, a.clock.Now())
		}
		return
	}
	for _, f := range a.flying {
		if a.closed && f.probe {
			a.Fatalf("a probe at %v, and one of %v is on its way", a.clock.Now(), f.left)
		}
	}
	a.flying = append(a.flying, flight{a.processes[p], b, a.clock.Now(), a.closed})
}

// land ends a batch.
func (a *airspace) land() {
	if len(a.flying) == 0 {
		return
	}
	i := rapid.IntRange(0, len(a.flying)-1).Draw(a.T, "batch")
	f := a.flying[i]
	a.flying = slices.Delete(a.flying, i, i+1)
	switch rapid.IntRange(0, 3).Draw(a.T, "end") {
	case 0:
		f.by.Observe(a.Context(), f.batch, coded(core.Unavailable, ""))
	case 1:
		f.by.Observe(a.Context(), f.batch, nil)
		a.closed = false
		for i := range a.flying {
			a.flying[i].probe = false
		}
	default:
		a.until = f.by.Observe(a.Context(), f.batch, spent())
		if !a.until.After(a.clock.Now()) {
			a.Fatalf("refused at %v, and comes again at %v", a.clock.Now(), a.until)
		}
		a.closed = true
		a.advance(5 * time.Second) // until the others have heard of it
	}
}

// kill starts a process anew; nobody hears of what it had on its way.
func (a *airspace) kill() {
	i := rapid.SampledFrom([]int{0, 1, 2}).Draw(a.T, "process")
	a.flying = slices.DeleteFunc(a.flying, func(f flight) bool { return f.by == a.processes[i] })
	a.processes[i] = a.start()
}

// TestSpendingNeverProbesTwice plays the days of an account at random.
func TestSpendingNeverProbesTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := clock.NewFake(today(23, 50, 0))
		a := &airspace{T: t, clock: c, store: memory.NewStore(c)}
		a.processes = []*core.Spending{a.start(), a.start(), a.start()}
		for range rapid.IntRange(10, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				a.kill()
			case 1:
				a.advance(a.until.Sub(c.Now())) // until something is due
			case 2:
				a.advance(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
			case 3, 4, 5, 6:
				a.takeOff()
			default:
				a.land()
			}
		}
	})
}

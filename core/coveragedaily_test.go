package core_test

import (
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// daily is a worker whose events may cause that many submissions of a media in a
// day, which ends at midnight in Beijing: 4 h after noon UTC.
func (w *world) daily(n int) worker {
	return worker{w, core.NewCoverage(core.CoverageConfig{Store: w.store, Skew: skew, Lease: lease, Clock: w.clock, Daily: n}), 0}
}

// changed is the next event of the media, ten seconds after the one before.
func (w *world) changed() core.Message {
	w.clock.Advance(10 * time.Second)
	return w.event("TranscodeComplete", int(w.clock.Now().Sub(noon())/time.Second))
}

const exhausted = core.Exhausted

func TestCoverageDaily(t *testing.T) {
	t.Parallel()
	const perDay = 12
	spend := func(w *world, a worker) {
		for range perDay {
			a.do(only(w.changed()), reserved)
		}
	}
	for name, test := range map[string]struct {
		run   func(w *world, a worker)
		calls int
	}{
		"twelve a day": {func(w *world, a worker) {
			spend(w, a)
			waits := a.reserve(only(w.changed()), exhausted)
			if want := noon().Add(4 * time.Hour); !waits[0].Until.Equal(want) {
				w.t.Errorf("exhausted until %v, want %v", waits[0].Until, want)
			}
			a.do(only(w.changed(), w.changed()), exhausted, exhausted)
		}, perDay},
		"duplicates cost nothing": {func(w *world, a worker) {
			for range perDay {
				e := w.changed()
				a.do(only(e, e, e), reserved, joined, joined)
				a.do(only(e), covered)
			}
			a.do(only(w.changed()), exhausted)
		}, perDay},
		"what is covered is no more exhausted": {func(w *world, a worker) {
			early := w.changed()
			spend(w, a)
			a.do(only(early), covered)
		}, perDay},
		"by hand, and redriven": {func(w *world, a worker) {
			spend(w, a)
			redriven := w.changed()
			redriven.Redriven = true
			byHand := core.Message{Received: w.clock.Now(), Task: tasks("m")[0]}
			a.do(only(byHand), reserved)
			a.do(only(redriven), reserved)
			a.do(only(w.changed()), exhausted)
		}, perDay + 2},
		"by hand does not count": {func(w *world, a worker) {
			for range perDay {
				w.changed()
				a.do(only(core.Message{Received: w.clock.Now(), Task: tasks("m")[0]}), reserved)
			}
			spend(w, a)
			a.do(only(w.changed()), exhausted)
		}, 2 * perDay},
		"joins a request by hand": {func(w *world, a worker) {
			spend(w, a)
			a.do(only(w.changed(), core.Message{Received: w.clock.Now(), Task: tasks("m")[0]}), exhausted, reserved)
			e := w.changed()
			a.do(only(core.Message{Received: w.clock.Now(), Task: tasks("m")[0]}, e), reserved, joined)
			a.do(only(e), covered)
		}, perDay + 2},
		"the next day": {func(w *world, a worker) {
			spend(w, a)
			e := w.changed()
			w.clock.Advance(noon().Add(4*time.Hour - time.Nanosecond).Sub(w.clock.Now()))
			a.do(only(e), exhausted)
			w.clock.Advance(time.Nanosecond)
			a.do(only(e), reserved)
			for range perDay - 1 {
				a.do(only(w.changed()), reserved)
			}
			if waits := a.reserve(only(w.changed()), exhausted); !waits[0].Until.Equal(noon().Add(28 * time.Hour)) {
				w.t.Errorf("exhausted until %v", waits[0].Until)
			}
		}, 2 * perDay},
		"what was released does not count": {func(w *world, a worker) {
			for range 2 * perDay {
				failed := a.reserve(only(w.changed()), reserved)
				a.call(failed)
				a.release(failed)
			}
			spend(w, a)
			a.do(only(w.changed()), exhausted)
		}, 3 * perDay},
		"what is under way counts": {func(w *world, a worker) {
			for range perDay - 1 {
				a.do(only(w.changed()), reserved)
			}
			hd := func(o *core.Options) { o.Definitions = "HD" }
			flight := a.reserve(only(with(w.changed(), hd)), reserved)
			a.reserve(only(w.changed()), exhausted)
			a.release(flight)
			a.do(only(w.changed()), reserved)
		}, perDay},
		"under way over midnight": {func(w *world, a worker) {
			spend(w, a)
			w.clock.Advance(noon().Add(4 * time.Hour).Sub(w.clock.Now()))
			a.reserve(only(w.changed()), reserved)
		}, perDay},
		"a media and task type of its own": {func(w *world, a worker) {
			spend(w, a)
			other, preload := w.changed(), w.changed()
			other.Task.ID = "n"
			preload.Task.Options.TaskType = core.Preload
			a.do(only(other, preload), reserved, reserved)
		}, perDay + 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test.run(w, w.daily(perDay))
			if w.calls != test.calls {
				t.Errorf("%d calls, want %d", w.calls, test.calls)
			}
		})
	}
}

func TestCoverageDailyZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := worker{w, core.NewCoverage(core.CoverageConfig{Store: w.store, Clock: w.clock, Daily: 1, Zone: time.UTC}), 0}
	a.do(only(w.changed()), reserved)
	if waits := a.reserve(only(w.changed()), exhausted); !waits[0].Until.Equal(noon().Add(12 * time.Hour)) {
		t.Errorf("exhausted until %v, want midnight UTC", waits[0].Until)
	}
}

func TestCoverageWithoutDaily(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.daily(0)
	for range 100 {
		a.do(only(w.changed()), reserved)
	}
}

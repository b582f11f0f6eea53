package core_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// coveredBy asks which messages are covered.
func (w worker) coveredBy(messages []core.Message) []bool {
	w.t.Helper()
	got, err := w.Covered(w.t.Context(), messages)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func TestCoverageTellsWhatIsCovered(t *testing.T) {
	t.Parallel()
	hd := func(o *core.Options) { o.Definitions = "HD" }
	for name, test := range map[string]struct {
		change func(*core.Message) // of the message that was submitted
		later  int                 // seconds
		want   bool
	}{
		"the same":              {func(*core.Message) {}, 0, true},
		"a narrower one":        {func(m *core.Message) { *m = with(*m, hd) }, 0, true},
		"a wider one":           {func(m *core.Message) { m.Task.Options.ResultType = "Multiple" }, 0, false},
		"another of the second": {func(m *core.Message) { m.Task.Identity = "another" }, 0, false},
		"of the second before":  {func(m *core.Message) { m.Task.Identity, m.Task.EventTime = "another", noon().Add(-1) }, 0, true},
		"a newer one":           {func(m *core.Message) { m.Task.Identity, m.Task.EventTime = "another", noon().Add(9*time.Second) }, 9, false},
		"another media":         {func(m *core.Message) { m.Task.ID = "n" }, 0, false},
		"another task type":     {func(m *core.Message) { m.Task.Options.TaskType = core.Preload }, 0, false},
		"another provider":      {func(m *core.Message) { m.Task.Provider = events.Huawei }, 0, false},
		"a URL":                 {func(m *core.Message) { m.Task.Target = core.URL }, 0, false},
		"asked for by hand":     {func(m *core.Message) { m.Task.Event = "" }, 0, false},
		"redriven":              {func(m *core.Message) { m.Redriven = true }, 0, false},
		"without a time of its own": {func(m *core.Message) {
			m.Task.Identity, m.Task.EventTime, m.Received = "", time.Time{}, time.Time{}
		}, 0, false},
		"after so long that it is forgotten": {func(*core.Message) {}, 8 * 24 * 60 * 60, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a, b := w.worker(0), w.worker(0)
			first, never := w.event("TranscodeComplete", 0), w.event("TranscodeComplete", 0)
			never.Task.ID = "never"
			if got := a.coveredBy(only(first)); !slices.Equal(got, []bool{false}) {
				t.Errorf("before the call: %v", got)
			}
			a.do(only(first), reserved)
			w.clock.Advance(time.Duration(test.later) * time.Second)
			m := first
			test.change(&m)
			if got, want := b.coveredBy(only(never, m, never)), []bool{false, test.want, false}; !slices.Equal(got, want) {
				t.Errorf("covered: %v, want %v", got, want)
			}
		})
	}
}

// It neither reserves nor minds a reservation: only what was submitted covers.
func TestCoverageReservesNothingUnasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.worker(0), w.worker(0)
	e := w.event("TranscodeComplete", 0)
	ask := func(want bool) {
		t.Helper()
		if got := b.coveredBy(only(e, e)); !slices.Equal(got, []bool{want, want}) {
			t.Errorf("covered: %v, want %v", got, want)
		}
	}
	ask(false)
	flight := a.reserve(only(e), reserved)
	ask(false)
	a.release(flight)
	ask(false)
	flight = a.reserve(only(e), reserved)
	a.commit(flight, a.call(flight))
	ask(true)
	if got := b.coveredBy(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// Whatever has happened, what it calls covered Reserve does too, and the other way
// round: in every order of a media's events.
func TestCoverageAgreesWithItself(t *testing.T) {
	t.Parallel()
	for _, narrow := range []bool{false, true} {
		for _, order := range permutations(transcoding(newWorld(t), narrow)) {
			w := newWorld(t)
			a := w.worker(0)
			w.clock.Advance(3 * time.Second)
			for _, m := range order {
				told := a.coveredBy(order)
				reservations, err := a.Reserve(t.Context(), only(m))
				if err != nil {
					t.Fatal(err)
				}
				if i := slices.IndexFunc(order, func(o core.Message) bool { return o.Task.Identity == m.Task.Identity }); told[i] != (reservations[0].State == covered) {
					t.Fatalf("%s: covered is %v, but %s", inOrder(order), told[i], reservations[0].State)
				}
				a.commit(reservations, a.call(reservations))
			}
			if slices.Contains(a.coveredBy(order), false) {
				t.Errorf("%s: not all are covered in the end", inOrder(order))
			}
		}
	}
}

func TestCoverageCannotTell(t *testing.T) {
	t.Parallel()
	broken := core.Errorf(core.Unavailable, "broken")
	w := newWorld(t)
	messages := only(w.event("TranscodeComplete", 0))
	for name, test := range map[string]struct {
		store fault
		want  error
	}{
		"cannot be read":           {fault{Store: w.store, get: broken}, broken},
		"cannot be written":        {fault{Store: w.store, put: broken}, nil},
		"others are always faster": {fault{Store: w.store, conflict: true}, nil},
	} {
		c := core.NewCoverage(core.CoverageConfig{Store: test.store, Clock: w.clock})
		if got, err := c.Covered(t.Context(), messages); !errors.Is(err, test.want) || !slices.Equal(got, []bool{false}) {
			t.Errorf("%s: covered %v, error %v, want %v", name, got, err, test.want)
		}
	}
}

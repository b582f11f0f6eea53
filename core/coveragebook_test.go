package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// key is where the coverage of the one media of these tests is kept.
const key = "coverage/aliyun/cn-shanghai/Refresh/m"

// kept is that record.
func (w *world) kept() core.Record {
	w.t.Helper()
	found, err := w.store.Get(w.t.Context(), []string{key})
	if err != nil {
		w.t.Fatal(err)
	}
	return found[0]
}

// TestCoverageIsBounded submits far more sorts of events, scopes and leases for
// one media than are remembered.
func TestCoverageIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.worker(0)
	for definition := range 40 {
		var all []core.Message
		for i := range 40 {
			e := w.message(events.Event{Provider: events.Aliyun, Type: "StreamTranscodeComplete", MediaID: "m", Time: w.clock.Now(), JobIDs: []string{fmt.Sprint(definition, i)}})
			e.Task.Options.Definitions = core.List(fmt.Sprintf("D%d", definition))
			all = append(all, e)
		}
		a.do(all, slices.Concat([]core.ReservationState{reserved}, slices.Repeat([]core.ReservationState{joined}, 39))...)
		w.clock.Advance(time.Second)
	}
	if got := w.kept(); len(got.Value) > 32<<10 || !got.Expires.Equal(w.clock.Now().Add(7*24*time.Hour-time.Second)) {
		t.Errorf("%d bytes that expire at %v, want at most 32 KiB and a week", len(got.Value), got.Expires)
	}

	again := func(definition, job int) core.Message {
		at := noon().Add(time.Duration(definition) * time.Second)
		e := w.message(events.Event{Provider: events.Aliyun, Type: "StreamTranscodeComplete", MediaID: "m", Time: at, JobIDs: []string{fmt.Sprint(definition, job)}})
		e.Task.Options.Definitions = core.List(fmt.Sprintf("D%d", definition))
		return e
	}
	a.reserve(only(again(39, 39)), covered)
	a.reserve(only(again(39, 0)), reserved) // forgotten, and in doubt
	a.reserve(only(again(24, 39)), covered) // the oldest scope that is remembered
	a.reserve(only(again(23, 39)), reserved)
}

func TestCoverageLeasesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.worker(0)
	narrow := func(i int) []core.Message {
		return only(with(w.event("TranscodeComplete", 0), func(o *core.Options) { o.Definitions = core.List(fmt.Sprintf("D%d", i)) }))
	}
	for i := range 32 {
		a.reserve(narrow(i), reserved)
	}
	a.reserve(narrow(32), busy)
	w.clock.Advance(lease)
	a.reserve(narrow(32), reserved)
}

func TestCoverageReleasedLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.worker(0)
	held := a.reserve(only(w.event("TranscodeComplete", 0)), reserved)
	if w.kept().Revision == "" {
		t.Error("a reservation left no record")
	}
	a.release(held)
	if got := w.kept(); got.Revision != "" {
		t.Errorf("%s is left", got.Value)
	}
	a.release(held) // once more
}

// TestCoverageWiderTakesOver: a wider submission takes the narrower ones' place,
// and what they covered stays covered.
func TestCoverageWiderTakesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.worker(0)
	stream := with(w.event("StreamTranscodeComplete", 0), func(o *core.Options) { o.Definitions = "HD" })
	a.do(only(stream), reserved)
	a.do(only(w.event("TranscodeComplete", 0)), reserved)
	if got := string(w.kept().Value); strings.Contains(got, "HD") {
		t.Errorf("the narrower scope is still there: %s", got)
	}
	a.do(only(stream), covered)
}

func TestCoverageOfUnreadableRecord(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"no JSON": "{", "other JSON": `{"scopes":"all"}`, "empty": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if _, err := w.store.Put(t.Context(), []core.Record{{Key: key, Value: []byte(value)}}); err != nil {
				t.Fatal(err)
			}
			a := w.worker(0)
			a.do(only(w.event("TranscodeComplete", 0)), reserved)
			a.do(only(w.event("TranscodeComplete", 0)), covered)
		})
	}
}

// TestCoverageByDefault makes a coverage of a store alone.
func TestCoverageByDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := core.NewCoverage(core.CoverageConfig{Store: w.store})
	m := w.event("TranscodeComplete", 0)
	m.Received = time.Time{} // now, then
	for _, want := range []core.ReservationState{reserved, covered} {
		got, err := c.Reserve(t.Context(), only(m))
		if err != nil || got[0].State != want {
			t.Fatalf("reservation %+v, error %v; want %s", got[0], err, want)
		}
		if err := c.Commit(t.Context(), got, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

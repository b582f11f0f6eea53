package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

const (
	skew  = 2 * time.Second
	lease = 30 * time.Second
)

// shifted is a clock that is off another one.
type shifted struct {
	clock.Clock

	by time.Duration
}

func (s shifted) Now() time.Time { return s.Clock.Now().Add(s.by) }

// world is a store, the workers around it and the calls that they make.
type world struct {
	t     *testing.T
	clock *clock.Fake // the provider's
	store core.Store
	calls int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := clock.NewFake(noon())
	return &world{t: t, clock: c, store: memory.NewStore(c)}
}

// worker is one instance, whose clock is off by some time.
type worker struct {
	*world
	*core.Coverage

	off time.Duration
}

func (w *world) worker(off time.Duration) worker {
	return worker{w, core.NewCoverage(core.CoverageConfig{
		Store: w.store, Regions: map[events.Provider]string{events.Aliyun: "cn-shanghai"},
		Skew: skew, Lease: lease, Clock: shifted{w.clock, off},
	}), off}
}

// now is the worker's time.
func (w worker) now() time.Time { return w.clock.Now().Add(w.off) }

// reserve wants these states, in order.
func (w worker) reserve(messages []core.Message, want ...core.ReservationState) []core.Reservation {
	w.t.Helper()
	reservations, err := w.Reserve(w.t.Context(), messages)
	if err != nil {
		w.t.Fatal(err)
	}
	if got := statesOf(reservations); !slices.Equal(got, want) {
		w.t.Fatalf("states %v, want %v", got, want)
	}
	return reservations
}

func statesOf(reservations []core.Reservation) []core.ReservationState {
	all := make([]core.ReservationState, len(reservations))
	for i, r := range reservations {
		all[i] = r.State
	}
	return all
}

// call is the request for what is reserved; submitted is read before it leaves.
func (w worker) call(reservations []core.Reservation) (submitted time.Time) {
	for _, r := range reservations {
		if r.State == core.Reserved {
			w.calls++
		}
	}
	return w.now()
}

func (w worker) commit(reservations []core.Reservation, submitted time.Time) {
	w.t.Helper()
	if err := w.Commit(w.t.Context(), reservations, submitted); err != nil {
		w.t.Fatal(err)
	}
}

func (w worker) release(reservations []core.Reservation) {
	w.t.Helper()
	if err := w.Release(w.t.Context(), reservations); err != nil {
		w.t.Fatal(err)
	}
}

// do submits what is not covered, and wants these states.
func (w worker) do(messages []core.Message, want ...core.ReservationState) {
	w.t.Helper()
	reservations := w.reserve(messages, want...)
	w.commit(reservations, w.call(reservations))
}

// event is one that happened some seconds after noon and is received now, by an
// instance whose clock is right.
func (w *world) event(eventType string, second int) core.Message {
	at := noon().Add(time.Duration(second) * time.Second)
	return w.message(events.Event{Provider: events.Aliyun, Type: eventType, MediaID: "m", Time: at, Status: events.Success, JobIDs: []string{"job of " + eventType}})
}

func (w *world) message(e events.Event) core.Message {
	return core.Message{Received: w.clock.Now(), Task: core.Task{
		Provider: e.Provider, Target: core.Media, ID: e.MediaID, Options: core.Options{TaskType: core.Refresh},
		Event: e.Type, EventTime: e.Time, Identity: core.Identity(e),
	}}
}

// with sets options of a message.
func with(m core.Message, change func(*core.Options)) core.Message {
	change(&m.Task.Options)
	return m
}

func only(messages ...core.Message) []core.Message { return messages }

const (
	reserved = core.Reserved
	joined   = core.Joined
	covered  = core.Covered
	busy     = core.Busy
)

// TestCoverage is one table of what can happen between an event and the calls
// that it may cost. Time moves only where a case says so.
func TestCoverage(t *testing.T) {
	t.Parallel()
	hd := func(o *core.Options) { o.Definitions = "HD" }
	tests := map[string]struct {
		run   func(w *world, a, b worker)
		calls int
	}{
		"duplicate x3, one after the other": {func(w *world, a, _ worker) {
			e := w.event("TranscodeComplete", 0)
			a.do(only(e), reserved)
			a.do(only(e), covered)
			w.clock.Advance(time.Hour)
			e.Received = w.clock.Now() // the provider's third try came late
			a.do(only(e), covered)
		}, 1},
		"duplicate x3, in one batch": {func(w *world, a, _ worker) {
			e := w.event("TranscodeComplete", 0)
			a.do(only(e, e, e), reserved, joined, joined)
			a.do(only(e), covered)
		}, 1},
		"late old event after a newer refresh": {func(w *world, a, _ worker) {
			w.clock.Advance(10 * time.Second)
			a.do(only(w.event("TranscodeComplete", 9)), reserved)
			a.do(only(w.event("FileUploadComplete", 8)), covered)
		}, 1},
		"new event after a refresh": {func(w *world, a, _ worker) {
			a.do(only(w.event("FileUploadComplete", 0)), reserved)
			w.clock.Advance(time.Second)
			a.do(only(w.event("TranscodeComplete", 1)), reserved)
		}, 2},
		"new event during a refresh in flight": {func(w *world, a, b worker) {
			flight := a.reserve(only(w.event("FileUploadComplete", 0)), reserved)
			submitted := a.call(flight)
			w.clock.Advance(time.Second)
			next := w.event("TranscodeComplete", 1)
			waits := b.reserve(only(next), busy)
			if want := noon().Add(lease); !waits[0].Until.Equal(want) {
				w.t.Errorf("busy until %v, want %v", waits[0].Until, want)
			}
			a.commit(flight, submitted)
			w.clock.Advance(lease)
			b.do(only(next), reserved)
		}, 2},
		"event that waited for quota": {func(w *world, a, _ worker) {
			first, second := w.event("FileUploadComplete", 0), w.event("TranscodeComplete", 5)
			w.clock.Advance(12 * time.Hour)
			a.do(only(first), reserved)
			a.do(only(second), covered)
		}, 1},
		"equal seconds": {func(w *world, a, _ worker) {
			a.do(only(w.event("FileUploadComplete", 0)), reserved)
			a.do(only(w.event("TranscodeComplete", 0)), reserved)
		}, 2},
		"equal seconds, submitted just in doubt": {func(w *world, a, _ worker) {
			w.clock.Advance(time.Second + skew - time.Nanosecond)
			a.do(only(w.event("FileUploadComplete", 0)), reserved)
			a.do(only(w.event("TranscodeComplete", 0)), reserved)
		}, 2},
		"equal seconds, submitted beyond doubt": {func(w *world, a, _ worker) {
			w.clock.Advance(time.Second + skew)
			a.do(only(w.event("FileUploadComplete", 0)), reserved)
			a.do(only(w.event("TranscodeComplete", 0)), covered)
		}, 1},
		"within one second, told to the millisecond": {func(w *world, a, _ worker) {
			e := w.message(events.Event{Provider: events.Aliyun, Type: "AIMediaAuditComplete", MediaID: "m", Time: noon().Add(540 * time.Millisecond)})
			a.do(only(e), reserved)
			a.do(only(w.event("TranscodeComplete", 0)), reserved)
		}, 2},
		"submit failed (released)": {func(w *world, a, b worker) {
			e := w.event("TranscodeComplete", 0)
			failed := a.reserve(only(e), reserved)
			a.call(failed)
			b.reserve(only(e), busy)
			a.release(failed)
			b.do(only(e), reserved)
			a.do(only(e), covered)
		}, 2},
		"process killed between reserve and answer": {func(w *world, a, b worker) {
			e := w.event("TranscodeComplete", 0)
			a.call(a.reserve(only(e), reserved)) // and nothing more is heard of it
			w.clock.Advance(lease - time.Nanosecond)
			b.reserve(only(e), busy)
			w.clock.Advance(time.Nanosecond)
			b.do(only(e), reserved)
		}, 2},
		"lease expired, and answered late": {func(w *world, a, b worker) {
			e := w.event("TranscodeComplete", 0)
			slow := a.reserve(only(e), reserved)
			submitted := a.call(slow)
			w.clock.Advance(lease)
			quick := b.reserve(only(e), reserved)
			again := b.call(quick)
			a.commit(slow, submitted)
			b.do(only(e), covered)
			b.commit(quick, again)
			a.do(only(e), covered)
		}, 2},
		"lease expired, and released late": {func(w *world, a, b worker) {
			e := w.event("TranscodeComplete", 0)
			slow := a.reserve(only(e), reserved)
			w.clock.Advance(lease)
			quick := b.reserve(only(e), reserved)
			a.release(slow) // which is not b's
			a.reserve(only(e), busy)
			b.commit(quick, b.call(quick))
			a.do(only(e), covered)
		}, 1},
		"two workers at once": {func(w *world, a, b worker) {
			e := w.event("TranscodeComplete", 0)
			first := a.reserve(only(e), reserved)
			b.reserve(only(e), busy)
			a.commit(first, a.call(first))
			b.do(only(e), covered)
		}, 1},
		"narrower options after all (dropped)": {func(w *world, a, _ worker) {
			a.do(only(w.event("TranscodeComplete", 1)), reserved)
			a.do(only(with(w.event("StreamTranscodeComplete", 0), hd)), covered)
		}, 1},
		"all after narrower (submitted)": {func(w *world, a, _ worker) {
			a.do(only(with(w.event("StreamTranscodeComplete", 1), hd)), reserved)
			a.do(only(w.event("TranscodeComplete", 0)), reserved)
			a.do(only(with(w.event("StreamTranscodeComplete", 0), hd)), covered)
		}, 2},
		"all during narrower in flight": {func(w *world, a, b worker) {
			flight := a.reserve(only(with(w.event("StreamTranscodeComplete", 0), hd)), reserved)
			b.do(only(w.event("TranscodeComplete", 1)), reserved)
			a.commit(flight, a.call(flight))
			a.do(only(w.event("TranscodeComplete", 1)), covered)
		}, 2},
		"other task type, media, provider": {func(w *world, a, _ worker) {
			e := w.event("TranscodeComplete", 0)
			media, provider := e, e
			media.Task.ID, provider.Task.Provider = "n", events.Huawei
			a.do(only(e, with(e, func(o *core.Options) { o.TaskType = core.Preload }), media, provider), reserved, reserved, reserved, reserved)
		}, 4},
		"receiver 2 s behind": {func(w *world, a, b worker) {
			w.clock.Advance(time.Second)
			a.do(only(w.event("FileUploadComplete", 1)), reserved)
			w.clock.Advance(time.Second)
			next := w.event("TranscodeComplete", 2)
			next.Received = next.Received.Add(-skew)
			b.do(only(next), reserved)
		}, 2},
		"receiver 2 s ahead": {func(w *world, a, b worker) {
			first := w.event("FileUploadComplete", 0)
			first.Received = first.Received.Add(skew)
			a.do(only(first), reserved)
			w.clock.Advance(time.Second)
			b.do(only(w.event("TranscodeComplete", 1)), reserved)
		}, 2},
		"worker 2 s ahead": {func(w *world, _, _ worker) {
			a := w.worker(skew)
			a.do(only(w.event("FileUploadComplete", 0)), reserved)
			a.do(only(w.event("TranscodeComplete", 0)), reserved) // later in the same second
			w.clock.Advance(time.Second)
			a.do(only(w.event("StreamTranscodeComplete", 0)), reserved)
			a.do(only(w.event("MediaBaseChangeComplete", 0)), covered)
		}, 3},
		"worker 2 s behind": {func(w *world, _, b worker) {
			a := w.worker(-skew)
			w.clock.Advance(2*skew + time.Second)
			a.do(only(w.event("FileUploadComplete", 0)), reserved)
			b.do(only(w.event("TranscodeComplete", 0)), covered)
		}, 1},
		"event time missing": {func(w *world, a, _ worker) {
			e := w.event("SnapshotComplete", 0)
			e.Task.EventTime, e.Task.Identity = time.Time{}, ""
			a.do(only(e), reserved)
			a.do(only(e), reserved)                                 // nothing tells it from another one
			a.do(only(w.event("FileUploadComplete", -1)), reserved) // our clock's second is not the event's
			a.do(only(w.event("TranscodeComplete", 0)), reserved)
			w.clock.Advance(time.Second + skew)
			a.do(only(w.event("StreamTranscodeComplete", 3)), reserved)
			a.do(only(e), covered) // a redelivery keeps the first receipt
		}, 5},
		"event time missing, receiver 2 s behind": {func(w *world, a, b worker) {
			w.clock.Advance(2 * time.Second)
			a.do(only(w.event("TranscodeComplete", 2)), reserved)
			w.clock.Advance(time.Second - time.Nanosecond)
			e := w.event("SnapshotComplete", 0)
			e.Received = e.Received.Add(-skew)
			e.Task.EventTime, e.Task.Identity = time.Time{}, ""
			b.do(only(e), reserved)
		}, 2},
		"event time missing, but not its jobs": {func(w *world, a, _ worker) {
			e := w.message(events.Event{Provider: events.Aliyun, Type: "TranscodeComplete", MediaID: "m", JobIDs: []string{"1", "2"}})
			a.do(only(e), reserved)
			a.do(only(e), covered)
		}, 1},
		"event time in the future": {func(w *world, a, _ worker) {
			a.do(only(w.event("TranscodeComplete", 3600)), reserved)
			w.clock.Advance(time.Second)
			a.do(only(w.event("FileUploadComplete", 1)), reserved) // not held back by it
			w.clock.Advance(time.Hour)
			a.do(only(w.event("FileUploadComplete", 3601)), reserved)
		}, 3},
		"event time forged, but signed": {func(w *world, a, _ worker) {
			forged := w.event("TranscodeComplete", 1)
			forged.Task.Signed = noon().Add(-time.Minute) // a callback overheard
			a.do(only(forged), reserved)
			a.do(only(w.event("FileUploadComplete", 0)), reserved)
		}, 2},
		"manual request": {func(w *world, a, b worker) {
			e := w.event("TranscodeComplete", 0)
			a.do(only(e), reserved)
			manual := core.Message{Received: noon(), Task: core.Task{Provider: events.Aliyun, Target: core.Media, ID: "m", Options: e.Task.Options}}
			a.do(only(manual), reserved)
			a.do(only(manual), reserved)
			flight := a.reserve(only(manual), reserved)
			b.do(only(manual), reserved) // nor does it wait
			a.commit(flight, a.call(flight))
			w.clock.Advance(time.Second + skew)
			b.do(only(manual), reserved)
			b.do(only(w.event("FileUploadComplete", 0)), covered) // but it is recorded
		}, 6},
		"redrive": {func(w *world, a, _ worker) {
			e := w.event("TranscodeComplete", 0)
			a.do(only(e), reserved)
			redriven := e
			redriven.Redriven = true
			a.do(only(redriven), reserved)
			a.do(only(e), covered)
		}, 2},
		"redrive of what was never submitted": {func(w *world, a, _ worker) {
			w.clock.Advance(5 * time.Second)
			e := w.event("TranscodeComplete", 5)
			e.Redriven = true
			a.do(only(e), reserved)
			a.do(only(w.event("TranscodeComplete", 5)), covered)
			a.do(only(w.event("FileUploadComplete", 4)), covered)
		}, 1},
		"URLs are nobody's event": {func(_ *world, a, _ worker) {
			m := core.Message{Task: core.Task{Provider: events.Aliyun, Target: core.URL, ID: strings.Repeat("https://media.example.com/", 100)}}
			a.do(only(m, m), reserved, reserved)
			a.release(a.reserve(only(m), reserved))
		}, 2},
		"a week later": {func(w *world, a, _ worker) {
			e := w.event("TranscodeComplete", 0)
			a.do(only(e), reserved)
			w.clock.Advance(7*24*time.Hour - time.Second)
			a.do(only(e), covered)
			w.clock.Advance(time.Second)
			a.do(only(e), reserved)
		}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.run(w, w.worker(0), w.worker(0))
			if w.calls != tt.calls {
				t.Errorf("%d calls, want %d", w.calls, tt.calls)
			}
		})
	}
}

// permutations are all orders of messages.
func permutations(messages []core.Message) [][]core.Message {
	if len(messages) < 2 {
		return [][]core.Message{messages}
	}
	var all [][]core.Message
	for i, m := range messages {
		rest := slices.Concat(messages[:i], messages[i+1:])
		for _, order := range permutations(rest) {
			all = append(all, append([]core.Message{m}, order...))
		}
	}
	return all
}

// transcoding is what a media with three streams sends, and one stream twice.
func transcoding(w *world, narrow bool) []core.Message {
	w.clock.Advance(3 * time.Second)
	final := w.event("TranscodeComplete", 3)
	all := only(final)
	for i, definition := range []string{"LD", "SD", "HD"} {
		stream := w.message(events.Event{
			Provider: events.Aliyun, Type: "StreamTranscodeComplete", MediaID: "m",
			Time: noon().Add(time.Duration(i+1) * time.Second), Status: events.Success, JobIDs: []string{definition},
		})
		if narrow {
			stream.Task.Options.Definitions = core.List(definition)
		}
		all = append(all, stream)
	}
	return append(all, all[1])
}

// TestCoverageOfTranscoding takes the streams of a media and its final event in
// every order.
func TestCoverageOfTranscoding(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		narrow, batch bool
		wait          time.Duration // between the last event and the first call
		calls         func(order []core.Message) int
	}{
		"in one batch":           {false, true, 0, once},
		"in one batch, narrowed": {true, true, 0, once},
		"long after":             {false, false, time.Minute, once},
		"one by one":             {false, false, 0, byEventTime},
		"one by one, narrowed": {true, false, 0, func(order []core.Message) int {
			if last := slices.IndexFunc(order, isFinal); !slices.ContainsFunc(order[:last], isHD) {
				return byScope(order) + 1 // HD and all are of the same second
			}
			return byScope(order)
		}},
		"long after, narrowed": {true, false, time.Minute, byScope},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, order := range permutations(transcoding(newWorld(t), tt.narrow)) {
				w := newWorld(t)
				a := w.worker(0)
				w.clock.Advance(3*time.Second + tt.wait)
				groups := [][]core.Message{order}
				if !tt.batch {
					groups = slices.Collect(slices.Chunk(order, 1))
				}
				for _, messages := range groups {
					reservations, err := a.Reserve(t.Context(), messages)
					if err != nil {
						t.Fatal(err)
					}
					a.commit(reservations, a.call(reservations))
				}
				if want := tt.calls(order); w.calls != want {
					t.Errorf("%s: %d calls, want %d", inOrder(order), w.calls, want)
				}
				for _, m := range order {
					a.do(only(m), covered)
				}
			}
		})
	}
}

func inOrder(order []core.Message) string {
	var b strings.Builder
	for _, m := range order {
		fmt.Fprintf(&b, "%s %s at %s, ", m.Task.Event, m.Task.Options.Definitions, m.Task.EventTime.Format(time.TimeOnly))
	}
	return b.String()
}

func once([]core.Message) int { return 1 }

// byEventTime counts the events that are no older than any before, but for
// doubles.
func byEventTime(order []core.Message) int {
	var newest time.Time
	seen, calls := map[string]bool{}, 0
	for _, m := range order {
		if !seen[m.Task.Identity] && !m.Task.EventTime.Before(newest) {
			calls++
			newest = m.Task.EventTime
		}
		seen[m.Task.Identity] = true
	}
	return calls
}

// byScope counts the final event and the different streams before it.
func byScope(order []core.Message) int {
	before := map[core.List]bool{}
	for _, m := range order[:slices.IndexFunc(order, isFinal)] {
		before[m.Task.Options.Definitions] = true
	}
	return 1 + len(before)
}

func isFinal(m core.Message) bool { return m.Task.Options.Definitions == "" }
func isHD(m core.Message) bool    { return m.Task.Options.Definitions == "HD" }

// TestCoverageRace lets workers meet the same events: each is submitted once.
func TestCoverageRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const media = 20
	var messages []core.Message
	for i := range media {
		messages = append(messages, w.message(events.Event{Provider: events.Aliyun, Type: "TranscodeComplete", MediaID: fmt.Sprintf("m%d", i), Time: noon(), JobIDs: []string{"1"}}))
	}
	var (
		workers sync.WaitGroup
		calls   atomic.Int32
	)
	for range 50 {
		c := w.worker(0).Coverage
		workers.Go(func() {
			left := messages
			for len(left) > 0 {
				reservations, err := c.Reserve(t.Context(), left)
				if err != nil {
					t.Error(err)
					return
				}
				left = nil
				for _, r := range reservations {
					switch r.State {
					case core.Reserved:
						calls.Add(1)
					case core.Busy:
						left = append(left, r.Message)
					default:
					}
				}
				if err := c.Commit(t.Context(), reservations, noon()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	if got := calls.Load(); got != media {
		t.Errorf("%d calls for %d media", got, media)
	}
}

// fault is a store that fails, or is always changed by somebody else.
type fault struct {
	core.Store

	get, put error
	conflict bool
}

func (f fault) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if f.get != nil {
		return nil, f.get
	}
	return f.Store.Get(ctx, keys)
}

func (f fault) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if f.put != nil || f.conflict {
		return make([]string, len(records)), f.put
	}
	return f.Store.Put(ctx, records)
}

func TestCoverageWithoutStore(t *testing.T) {
	t.Parallel()
	broken := core.Errorf(core.Unavailable, "broken")
	w := newWorld(t)
	messages := only(w.event("TranscodeComplete", 0))
	reservations := w.worker(0).reserve(messages, reserved)
	for name, store := range map[string]fault{
		"cannot be read":    {w.store, broken, nil, false},
		"cannot be written": {w.store, nil, broken, false},
	} {
		c := core.NewCoverage(core.CoverageConfig{Store: store})
		messages[0].Task.ID = "another"
		if _, err := c.Reserve(t.Context(), messages); !errors.Is(err, broken) {
			t.Errorf("%s: reserve: error %v, want %v", name, err, broken)
		}
		if err := c.Commit(t.Context(), reservations, noon()); !errors.Is(err, broken) {
			t.Errorf("%s: commit: error %v, want %v", name, err, broken)
		}
		if err := c.Release(t.Context(), reservations); !errors.Is(err, broken) {
			t.Errorf("%s: release: error %v, want %v", name, err, broken)
		}
	}
}

func TestCoverageUnderSiege(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	free := w.worker(0).reserve(only(w.event("TranscodeComplete", 0)), reserved)
	m := w.event("TranscodeComplete", 0)
	m.Task.ID = "another"
	c := core.NewCoverage(core.CoverageConfig{Store: fault{Store: w.store, conflict: true}, Clock: w.clock})
	got, err := c.Reserve(t.Context(), only(m))
	if err != nil || got[0].State != core.Busy || !got[0].Until.Equal(noon().Add(time.Second)) {
		t.Errorf("reservation %+v, error %v, want it busy for a second", got[0], err)
	}
	if err := c.Commit(t.Context(), free, noon()); core.KindOf(err) != core.Unavailable {
		t.Errorf("commit: error %v, want one of kind unavailable", err)
	}
}

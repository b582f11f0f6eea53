package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	type step struct {
		event events.Event
		want  bool
	}
	transcoded := func(change func(*events.Event)) events.Event {
		e := event("TranscodeComplete")
		e.Streams = []events.Stream{{Format: "mp4", Definition: "SD", JobID: "1"}, {Format: "mp4", Definition: "HD", JobID: "2"}}
		if change != nil {
			change(&e)
		}
		return e
	}
	first := transcoded(nil)
	second := transcoded(func(e *events.Event) { e.Time = at().Add(time.Hour) })
	stream := func(definition string, hours int) events.Event {
		e := event("StreamTranscodeComplete")
		e.Time, e.Streams = at().Add(time.Duration(hours)*time.Hour), []events.Stream{{Format: "mp4", Definition: definition}}
		return e
	}
	unknown := transcoded(func(e *events.Event) { e.Time = time.Time{} })
	for name, steps := range map[string][]step{
		"first upload":            {{first, false}},
		"replacement":             {{first, false}, {second, true}, {second, true}},
		"duplicate":               {{first, false}, {first, false}, {second, true}, {first, false}},
		"another order of stream": {{first, false}, {transcoded(func(e *events.Event) { e.Time, e.Streams[0], e.Streams[1] = second.Time, e.Streams[1], e.Streams[0] }), true}},
		"a stream twice in it":    {{first, false}, {transcoded(func(e *events.Event) { e.Time, e.Streams = second.Time, append(e.Streams, e.Streams[0]) }), true}},
		"other streams":           {{first, false}, {transcoded(func(e *events.Event) { e.Time, e.Streams = second.Time, e.Streams[:1] }), false}},
		"each stream of its own":  {{stream("LD", 0), false}, {stream("SD", 0), false}, {stream("HD", 0), false}, {stream("SD", 1), true}},
		"no streams":              {{event("FileUploadComplete"), false}, {event("FileUploadComplete"), false}, {first, false}},
		"other media":             {{first, false}, {transcoded(func(e *events.Event) { e.Time, e.MediaID = second.Time, "m2" }), false}},
		"other provider":          {{first, false}, {transcoded(func(e *events.Event) { e.Time, e.Provider = second.Time, events.Huawei }), false}},
		"without time":            {{unknown, false}, {unknown, true}, {first, true}},
		"without time, with jobs": {{transcoded(func(e *events.Event) { e.Time, e.JobIDs = time.Time{}, []string{"1"} }), false}, {transcoded(func(e *events.Event) { e.Time, e.JobIDs = time.Time{}, []string{"1"} }), false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := clock.NewFake(noon())
			h := &core.History{Store: memory.NewStore(now), Clock: now}
			for i, s := range steps {
				got, err := h.Earlier(t.Context(), s.event, time.Hour)
				if err != nil || got != s.want {
					t.Errorf("event %d came after an earlier one: %t, %v; want %t", i, got, err, s.want)
				}
			}
		})
	}
}

func TestHistoryForgets(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(noon())
	h := &core.History{Store: memory.NewStore(now), Clock: now}
	first, second := event("TranscodeComplete"), event("TranscodeComplete")
	second.Time = at().Add(time.Hour)
	for _, step := range []struct {
		wait time.Duration
		e    events.Event
		want bool
	}{{0, first, false}, {time.Hour - 1, second, true}, {1, second, false}, {0, first, true}} {
		now.Advance(step.wait)
		if got, err := h.Earlier(t.Context(), step.e, time.Hour); err != nil || got != step.want {
			t.Errorf("at %v: earlier %t, %v; want %t", now.Now(), got, err, step.want)
		}
	}
}

// A media ID is known within its region only.
func TestHistoryIsARegionsOwn(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(noon())
	store := memory.NewStore(now)
	first, second := event("TranscodeComplete"), event("TranscodeComplete")
	second.Time = at().Add(time.Hour)
	for _, step := range []struct {
		region string
		event  events.Event
		want   bool
	}{{"cn-shanghai", first, false}, {"ap-southeast-1", second, false}, {"cn-shanghai", second, true}} {
		h := &core.History{Store: store, Clock: now, Regions: map[events.Provider]string{events.Aliyun: step.region}}
		if got, err := h.Earlier(t.Context(), step.event, time.Hour); err != nil || got != step.want {
			t.Errorf("%s: earlier %t, %v; want %t", step.region, got, err, step.want)
		}
	}
}

// faster is a store in which somebody else writes just before us, once.
type faster struct {
	core.Store

	first func()
}

func (f *faster) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if first := f.first; first != nil {
		f.first = nil
		first()
	}
	return f.Store.Put(ctx, records)
}

// Of two deliveries at the same time, the one that comes second takes the other
// for what it is: the same event, or an earlier one.
func TestHistoryRaces(t *testing.T) {
	t.Parallel()
	first, second := event("TranscodeComplete"), event("TranscodeComplete")
	second.Time = at().Add(time.Hour)
	for name, test := range map[string]struct {
		other events.Event
		want  bool
	}{"the same": {second, false}, "another": {first, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := clock.NewFake(noon())
			store := &faster{Store: memory.NewStore(now)}
			h := &core.History{Store: store, Clock: now}
			store.first = func() {
				if _, err := h.Earlier(t.Context(), test.other, time.Hour); err != nil {
					t.Error(err)
				}
			}
			if got, err := h.Earlier(t.Context(), second, time.Hour); err != nil || got != test.want {
				t.Errorf("earlier %t, %v; want %t", got, err, test.want)
			}
		})
	}
}

func TestHistoryWithoutStore(t *testing.T) {
	t.Parallel()
	down := coded(core.Unavailable, "down")
	for name, store := range map[string]fault{"not read": {get: down}, "not written": {put: down}} {
		now := clock.NewFake(noon())
		store.Store = memory.NewStore(now)
		h := &core.History{Store: store, Clock: now}
		if got, err := h.Earlier(t.Context(), event("TranscodeComplete"), time.Hour); got || core.KindOf(err) != core.Unavailable {
			t.Errorf("%s: earlier %t, error %v", name, got, err)
		}
	}
}

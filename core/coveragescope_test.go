package core_test

import (
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

// TestCoverageScopes submits one set of options and asks whether another is
// covered by that. Each pair is tried both ways round.
func TestCoverageScopes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wide, narrow core.Options
		back         bool // the narrow one covers the wide one too
	}{
		"equal":                      {core.Options{}, core.Options{}, true},
		"all formats":                {core.Options{}, core.Options{Formats: "mp4"}, false},
		"more formats":               {core.Options{Formats: "m3u8,mp4"}, core.Options{Formats: "mp4"}, false},
		"formats in another order":   {core.Options{Formats: "m3u8,mp4"}, core.Options{Formats: "mp4,m3u8"}, true},
		"all definitions":            {core.Options{}, core.Options{Definitions: "HD,SD"}, false},
		"more definitions":           {core.Options{Definitions: "HD,LD,SD"}, core.Options{Definitions: "SD,HD"}, false},
		"all stream types":           {core.Options{}, core.Options{StreamType: "video"}, false},
		"Multiple":                   {core.Options{ResultType: "Multiple"}, core.Options{ResultType: "Single"}, false},
		"Single is the default":      {core.Options{ResultType: "Single"}, core.Options{}, true},
		"slices":                     {core.Options{SliceFlag: "true"}, core.Options{SliceFlag: "false"}, false},
		"no slices are the default":  {core.Options{SliceFlag: "false", SliceCount: 20}, core.Options{}, true},
		"more slices":                {core.Options{SliceFlag: "true", SliceCount: 6}, core.Options{SliceFlag: "true"}, false},
		"5 slices are the default":   {core.Options{SliceFlag: "true", SliceCount: 5}, core.Options{SliceFlag: "true"}, true},
		"user data passes through":   {core.Options{UserData: `{"a":1}`}, core.Options{}, true},
		"wider in every dimension":   {core.Options{ResultType: "Multiple", SliceFlag: "true"}, core.Options{Formats: "mp4", Definitions: "HD"}, false},
		"wider with equal dimension": {core.Options{Formats: "mp4"}, core.Options{Formats: "mp4", Definitions: "HD"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			back := core.Reserved
			if tt.back {
				back = core.Covered
			}
			inTurn(t, tt.wide, tt.narrow, core.Covered)
			inTurn(t, tt.narrow, tt.wide, back)
			if !tt.back { // in one batch the wider one leads, wherever it stands
				together(t, tt.narrow, tt.wide, core.Joined, core.Reserved)
			}
			together(t, tt.wide, tt.narrow, core.Reserved, core.Joined)
		})
	}
	for name, tt := range map[string][2]core.Options{
		"formats against definitions":  {{Formats: "mp4"}, {Definitions: "HD"}},
		"formats that overlap":         {{Formats: "mp4,ts"}, {Formats: "mp4,flv"}},
		"Multiple against all formats": {{ResultType: "Multiple", Formats: "mp4"}, {}},
		"slices against all formats":   {{SliceFlag: "true", Formats: "m3u8"}, {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTurn(t, tt[0], tt[1], core.Reserved)
			inTurn(t, tt[1], tt[0], core.Reserved)
			together(t, tt[0], tt[1], core.Reserved, core.Reserved)
		})
	}
}

// A refresh that has something to follow is not covered by one that has not: the
// preload would be lost.
func TestCoverageKeepsFollowUps(t *testing.T) {
	t.Parallel()
	plain := func(w *world) core.Message { return meaning(w, core.Options{}) }
	then := func(w *world) core.Message {
		m := meaning(w, core.Options{Formats: "mp4"})
		m.Task.Then = core.Preload
		return m
	}
	wide := func(w *world) core.Message {
		m := plain(w)
		m.Task.Then = core.Preload
		return m
	}
	for name, tt := range map[string]struct {
		first, second func(*world) core.Message
		want          core.ReservationState
	}{
		"none before":        {plain, then, core.Reserved},
		"none after":         {wide, plain, core.Covered},
		"the same":           {wide, wide, core.Covered},
		"narrower":           {wide, then, core.Covered},
		"narrower, but more": {then, plain, core.Reserved},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.worker(0)
			a.do(only(tt.first(w)), core.Reserved)
			a.reserve(only(tt.second(w)), tt.want)
		})
	}
	w := newWorld(t)
	w.worker(0).reserve(only(plain(w), wide(w)), core.Joined, core.Reserved)
	w = newWorld(t)
	w.worker(0).reserve(only(plain(w), then(w)), core.Reserved, core.Reserved)
}

// inTurn wants a state for the second options, once the first are submitted for
// the same event.
func inTurn(t *testing.T, first, second core.Options, want core.ReservationState) {
	t.Helper()
	w := newWorld(t)
	a := w.worker(0)
	a.do(only(meaning(w, first)), core.Reserved)
	a.reserve(only(meaning(w, second)), want)
}

// together wants these states for both options in one batch.
func together(t *testing.T, first, second core.Options, want ...core.ReservationState) {
	t.Helper()
	w := newWorld(t)
	w.worker(0).reserve(only(meaning(w, first), meaning(w, second)), want...)
}

// meaning is a message about the one event of these tests, with these options.
func meaning(w *world, o core.Options) core.Message {
	o.TaskType = core.Refresh
	return with(w.event("TranscodeComplete", 0), func(into *core.Options) { *into = o })
}

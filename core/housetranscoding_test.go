package core_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// TestHouseOfTranscoding takes the callbacks about three streams and the whole
// media in every order, with a rule on both that means all streams.
func TestHouseOfTranscoding(t *testing.T) {
	t.Parallel()
	transcoding := []happening{
		{kind: final, at: 3 * s1},
		{kind: stream, at: s1, stream: "LD"},
		{kind: stream, at: 2 * s1, stream: "SD"},
		{kind: stream, at: 3 * s1, stream: "HD"},
	}
	for name, test := range map[string]struct {
		begin, apart time.Duration
		calls        func(order []happening) int
	}{
		"at once":                {3 * s1, 0, func([]happening) int { return 1 }},
		"within the linger":      {3 * s1, s1 / 50, func([]happening) int { return 1 }},
		"one by one":             {3 * s1, s1 / 5, newest},
		"one by one, long after": {time.Minute, s1, func([]happening) int { return 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, order := range orders(transcoding) {
				synctest.Test(t, func(t *testing.T) {
					h := newHouse(t)
					a := h.start(0)
					a.Rules = rules(t, core.Rule{On: []string{final, stream}})
					h.until(test.begin)
					for _, what := range order {
						a.gets(what)
						after(test.apart)
					}
					after(time.Minute)
					if got, want := len(h.calls()), test.calls(order); got != want || h.left(t) != (core.Depth{}) {
						t.Errorf("%v: %d calls, want %d; left %+v", order, got, want, h.left(t))
					}
				})
			}
		})
	}
}

// newest counts what is no older than anything before it: it may have come after
// the submissions so far.
func newest(order []happening) int {
	calls, latest := 0, time.Duration(0)
	for _, what := range order {
		if what.at >= latest {
			calls, latest = calls+1, what.at
		}
	}
	return calls
}

// orders are all orders of events.
func orders(all []happening) [][]happening {
	if len(all) < 2 {
		return [][]happening{all}
	}
	var found [][]happening
	for i, what := range all {
		for _, rest := range orders(slices.Concat(all[:i], all[i+1:])) {
			found = append(found, append([]happening{what}, rest...))
		}
	}
	return found
}

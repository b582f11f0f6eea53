package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// timed makes a shop's platform write down when calls leave: their targets, and
// the milliseconds since now.
func timed(s *shop) (told func() []string) {
	var mu sync.Mutex
	var all []string
	began := time.Now()
	s.platform.submit = func(_ context.Context, b core.Batch) (core.Submission, error) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, fmt.Sprintf("%d at %d", len(b.IDs), time.Since(began).Milliseconds()))
		return accepted(b), nil
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// each is a list of times, in milliseconds: every gap, n times.
func each(gap, n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = gap * i
	}
	return all
}

// later are times that come so many milliseconds after those of a list.
func later(all []int, by int, times ...int) []int {
	last := all[len(all)-1]
	for _, at := range times {
		all = append(all, last+by+at)
	}
	return all
}

// A linger of 100 ms, and calls of up to 100: when does what came in at certain
// times, in milliseconds, go out?
func TestLinger(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arrivals []int
		want     []string
	}{
		"one":                              {each(0, 1), []string{"1 at 100"}},
		"a second one in time":             {each(90, 2), []string{"2 at 190"}},
		"a second one too late":            {each(101, 2), []string{"1 at 100", "1 at 201"}},
		"a third one after the second":     {[]int{0, 90, 185}, []string{"3 at 285"}},
		"a third one too late for both":    {[]int{0, 90, 195}, []string{"2 at 190", "1 at 295"}},
		"a burst":                          {each(1, 50), []string{"50 at 149"}},
		"at once":                          {each(0, 50), []string{"50 at 100"}},
		"a full call":                      {each(1, 100), []string{"100 at 99"}},
		"one in each linger":               {each(99, 25), []string{"21 at 2000", "4 at 2479"}},
		"a little more often":              {each(79, 30), []string{"26 at 2000", "4 at 2454"}},
		"less often than one in each":      {each(110, 4), []string{"1 at 100", "1 at 210", "1 at 320", "1 at 430"}},
		"a gap of twice the usual":         {later(each(60, 15), 120, 0), []string{"16 at 1138"}},
		"a gap of far more than the usual": {later(each(20, 15), 120, 0), []string{"15 at 380", "1 at 500"}},
		"the gaps before a pause":          {later(each(80, 25), 60_000, 0, 10, 130), []string{"25 at 2000", "3 at 62220"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{limit: upTo(100)})
				told, began := timed(s), time.Now()
				s.work(t, core.WorkerConfig{})
				ids := countedMedia(len(test.arrivals))
				for i, at := range test.arrivals {
					if wait := time.Until(began.Add(time.Duration(at) * time.Millisecond)); wait > 0 {
						after(wait)
					}
					s.put(t, ids[i])
				}
				after(10 * time.Second)
				if got := told(); !slices.Equal(got, test.want) {
					t.Errorf("calls of %s ms, want %s", strings.Join(got, ", "), strings.Join(test.want, ", "))
				}
			})
		})
	}
}

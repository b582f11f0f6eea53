package core_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// crowd hands over a message for each media at about the same time, and returns
// the outcomes by media.
func crowd(t *testing.T, together *core.Together, media []string, patience time.Duration) map[string]core.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var (
		mu      sync.Mutex
		running sync.WaitGroup
		all     = make(map[string]core.Outcome)
	)
	for i, id := range media {
		running.Go(func() {
			time.Sleep(time.Duration(i%50) * time.Millisecond)
			got := together.HandOver(ctx, []core.Message{message(id, time.Now())})
			mu.Lock()
			defer mu.Unlock()
			all[id] = got[0]
		})
	}
	running.Wait()
	return all
}

func (s *shop) together(t *testing.T) *core.Together {
	t.Helper()
	together := core.NewTogether(core.WorkerConfig{Submitter: s.submitter(core.SubmitterConfig{}), Clock: s.clock, Deadline: 4 * time.Second})
	run(t, together.Run)
	return together
}

func TestTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: lacking("m0007", "m0150")})
		all := crowd(t, s.together(t), countedMedia(200), 4*time.Second)
		for i, id := range countedMedia(200) {
			o, want := all[id], core.Refreshed
			if i == 7 || i == 150 {
				want = core.OutcomeNotFound
			}
			if o.State != want || o.Task.ID != id || (o.State == core.Refreshed) != (o.JobID != "") {
				t.Errorf("%s: %+v, want %s", id, o, want)
			}
		}
	})
}

func TestTogetherSharesCalls(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 20, 21, 200} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				crowd(t, s.together(t), countedMedia(n), 4*time.Second)
				if got := s.sizes(); len(got) > (n+19)/20+2 {
					t.Errorf("%d calls for %d: %v", len(got), n, got)
				}
			})
		})
	}
}

// TestTogetherInTime: who gives up is told, and what was not taken by then is not
// submitted.
func TestTogetherInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: slow(30 * time.Second)})
		together := s.together(t)
		for id, o := range crowd(t, together, countedMedia(3), time.Second) {
			if o.State != core.Failed || core.KindOf(o.Err) != core.Unavailable {
				t.Errorf("%s: %+v", id, o)
			}
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if got := together.HandOver(gone, []core.Message{message("late", time.Now())}); got[0].State != core.Failed {
			t.Errorf("late: %+v", got[0])
		}
	})
}

// TestTogetherWithoutStore: nobody waits for a store that is down.
func TestTogetherWithoutStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		books := &outage{Store: s.store}
		s.books = books
		books.set(true)
		for id, o := range crowd(t, s.together(t), countedMedia(3), 4*time.Second) {
			if o.State != core.Failed || core.KindOf(o.Err) != core.Internal {
				t.Errorf("%s: %+v", id, o)
			}
		}
	})
}

// TestTogetherEnds: a shutdown answers those that wait.
func TestTogetherEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		together := core.NewTogether(core.WorkerConfig{Submitter: s.submitter(core.SubmitterConfig{}), Clock: s.clock, Linger: time.Minute})
		stop := run(t, together.Run)
		answered := make(chan core.Outcome, 1)
		go func() { answered <- together.HandOver(t.Context(), []core.Message{message("m", time.Now())})[0] }()
		after(time.Second)
		stop()
		if o := <-answered; o.State != core.Failed || core.KindOf(o.Err) != core.Unavailable {
			t.Errorf("%+v", o)
		}
	})
}

func TestTogetherCovered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.cover(t, "m")
		if all := crowd(t, s.together(t), []string{"m"}, 4*time.Second); all["m"].State != core.OutcomeCovered {
			t.Errorf("%+v", all["m"])
		}
	})
}

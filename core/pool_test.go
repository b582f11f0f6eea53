package core_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// A target waits from when it came in itself, not its group.
func TestGroupIsAsOldAsItsOldestTarget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{limit: upTo(2)})
		told := timed(s)
		s.work(t, core.WorkerConfig{})
		s.put(t, "a")
		after(90 * time.Millisecond)
		s.put(t, "b", "c")
		after(time.Second)
		if got := told(); !slices.Equal(got, []string{"2 at 90", "1 at 190"}) {
			t.Errorf("calls of %v ms", got)
		}
	})
}

// A group that never runs empty does not hold up another.
func TestGroupsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.pace = every(time.Second)
		s.work(t, core.WorkerConfig{})
		media := countedMedia(400)
		for second := range 10 {
			s.put(t, media[40*second:][:40]...) // twice as many as there are calls for
			if second == 2 {
				preload := message("p", time.Now())
				preload.Task.Options.TaskType = core.Preload
				s.enqueue(t, preload)
			}
			after(time.Second)
		}
		at := slices.Index(s.calls(), "Preload p")
		if at < 0 || at > 7 { // after the six calls of those before it, and one of its own second
			t.Errorf("goes out at turn %d of %d", at, len(s.calls()))
		}
	})
}

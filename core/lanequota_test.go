package core_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// When the day's quota is spent, events wait for the next one, all of them, and
// no call is wasted; what was asked for by hand goes on until it is refused.
func TestWorkerWaitsForQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: answering(coded(core.QuotaExceeded, "QuotaExceeded.Refresh"))})
		s.spending = spendingOf(s)
		log := &journal{}
		s.work(t, core.WorkerConfig{Log: slog.New(slog.NewTextHandler(log, nil))})
		s.put(t, "a")
		after(time.Second)
		s.put(t, countedMedia(50)...)
		byHand := core.NewMessage(tasks("d")[0], time.Now())
		s.enqueue(t, byHand)
		after(time.Hour)
		if got := s.calls(); !slices.Equal(got, []string{"Refresh a"}) || s.left(t) != (core.Depth{Delayed: 52}) || !contains(log, "waiting for the quota of a new day") {
			t.Errorf("calls are %q, left %+v; log %s", got, s.left(t), log)
		}
		after(time.Until(time.Date(2000, 1, 2, 0, 0, 0, 0, beijing())) - time.Second)
		if len(s.calls()) != 1 {
			t.Errorf("calls before midnight are %q", s.calls())
		}
		after(time.Hour)
		media := 0
		for _, n := range s.sizes()[1:] {
			media += n
		}
		if media != 52 || s.left(t) != (core.Depth{}) || len(s.dead(t)) != 0 {
			t.Errorf("calls of %v, left %+v", s.sizes(), s.left(t))
		}
	})
}

// What is covered takes nothing of the day's quota, nor does what coverage could
// not be asked about.
func TestWorkerSpendsNothingOnDuplicates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{quota: core.Quota{Refresh: core.Allowance{Limit: 100, Remaining: 13}}})
		s.spending = spendingOf(s)
		s.work(t, core.WorkerConfig{})
		first := message("a", time.Now())
		for range 10 {
			s.enqueue(t, first)
			after(time.Second / 5)
		}
		s.put(t, "b", "c") // three URLs are above the reserve
		after(time.Second)
		if got := s.calls(); !slices.Equal(got, []string{"Refresh a", "Refresh b c"}) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls are %q, left %+v", got, s.left(t))
		}
	})
}

// The day's bound of a media puts its next change off to the next day, and leaves
// other media alone.
func TestWorkerWaitsForTheMediasNextDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.daily = 2
		stop := s.work(t, core.WorkerConfig{})
		for range 4 {
			s.put(t, "a")
			after(10 * time.Second)
		}
		s.put(t, "b")
		after(time.Minute)
		if got := s.calls(); !slices.Equal(got, []string{"Refresh a", "Refresh a", "Refresh b"}) || s.left(t).Delayed != 2 {
			t.Errorf("calls are %q, left %+v", got, s.left(t))
		}
		stop()
		after(14 * time.Hour)
		if left := s.left(t); left != (core.Depth{Delayed: 2}) {
			t.Errorf("before midnight in Beijing, left %+v", left)
		}
		s.work(t, core.WorkerConfig{})
		after(2 * time.Hour)
		if got := s.calls(); len(got) != 4 || got[3] != "Refresh a" || s.left(t) != (core.Depth{}) {
			t.Errorf("calls are %q, left %+v", got, s.left(t))
		}
	})
}

// A batch that gave all that it had to another gives back what it had taken of
// the day's quota.
func TestBatchGivesBackItsQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{quota: core.Quota{Refresh: core.Allowance{Limit: 100, Remaining: 60}}})
		s.spending = spendingOf(s)
		s.partly(t, 5, 8)
		s.work(t, core.WorkerConfig{})
		after(200 * time.Millisecond)
		s.put(t, countedMedia(60)[40:]...) // 20 of the 30 that are above the reserve and not taken
		after(time.Second)
		if got := s.sizes(); !slices.Equal(got, []int{13, 20}) {
			t.Errorf("calls of %v", got)
		}
	})
}

// So does one whose messages another call takes while it waits for its turn.
func TestTurnInVainGivesBackItsQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{quota: core.Quota{Refresh: core.Allowance{Limit: 100, Remaining: 60}}})
		s.spending = spendingOf(s)
		turns := make(chan struct{}, 9)
		s.pace = pacer(func(ctx context.Context) error {
			select {
			case <-turns:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		all := countedMedia(60)
		s.exhaust(t, all[5:20]...)
		s.exhaust(t, all[28:40]...)
		s.work(t, core.WorkerConfig{})
		turns <- struct{}{}
		s.put(t, all[:20]...)
		after(60 * time.Millisecond)
		s.put(t, all[20:40]...) // a call's worth, of which 8 go with the 5 that wait
		after(60 * time.Millisecond)
		turns <- struct{}{}
		after(60 * time.Millisecond)
		turns <- struct{}{}
		s.put(t, all[40:]...) // 20 of the 30 that are above the reserve and not taken
		after(time.Second)
		if got := s.sizes(); !slices.Equal(got, []int{13, 20}) {
			t.Errorf("calls of %v", got)
		}
	})
}

package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func countedMedia(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("m%04d", i)
	}
	return ids
}

func TestWorkerFillsCalls(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		media []string
		want  []int
	}{
		"one":            {countedMedia(1), []int{1}},
		"a call":         {countedMedia(20), []int{20}},
		"and one more":   {countedMedia(21), []int{20, 1}},
		"many":           {countedMedia(1000), slices.Repeat([]int{20}, 50)},
		"doubles":        {append(countedMedia(20), countedMedia(20)...), []int{20}},
		"doubles afar":   {slices.Repeat(countedMedia(200), 3), slices.Repeat([]int{20}, 10)},
		"nothing but it": {slices.Repeat([]string{"m"}, 300), []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				s.put(t, test.media...)
				s.work(t, core.WorkerConfig{})
				after(2 * time.Minute)
				if got := s.sizes(); !slices.Equal(got, test.want) {
					t.Errorf("calls of %v, want %v", got, test.want)
				}
				if left := s.left(t); left != (core.Depth{}) {
					t.Errorf("left: %+v", left)
				}
				tracked := 0
				for _, n := range test.want {
					tracked += n
				}
				if len(s.tracked) != tracked {
					t.Errorf("%d messages are followed, want %d", len(s.tracked), tracked)
				}
			})
		})
	}
}

func TestWorkerLingers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.work(t, core.WorkerConfig{Linger: 100 * time.Millisecond})
		for _, id := range countedMedia(5) {
			s.put(t, id)
			after(15 * time.Millisecond)
		}
		after(time.Second)
		if got := s.sizes(); !slices.Equal(got, []int{5}) {
			t.Errorf("calls of %v, want one of 5", got)
		}
	})
}

// As long as more keeps coming a call waits for it, but not for ever.
func TestWorkerLingersForALimitedTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{limit: upTo(100)})
		s.work(t, core.WorkerConfig{Linger: 100 * time.Millisecond})
		for _, id := range countedMedia(30) {
			s.put(t, id)
			after(90 * time.Millisecond)
		}
		after(time.Second)
		if got := s.sizes(); !slices.Equal(got, []int{23, 7}) { // 0 s to 1.98 s, and the rest
			t.Errorf("calls of %v, want one of 23 after 2 s and one of 7", got)
		}
	})
}

func TestWorkerKeepsOptionsApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		refresh, preload := message("a", time.Now()), message("b", time.Now())
		preload.Task.Options.TaskType = core.Preload
		then := message("c", time.Now())
		then.Task.Then = core.Preload
		manual := core.NewMessage(tasks("d")[0], time.Now())
		s.enqueue(t, refresh, preload, then, manual)
		s.work(t, core.WorkerConfig{})
		after(time.Second)
		if got := s.sizes(); !slices.Equal(got, []int{1, 1, 1, 1}) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls of %v, left %+v", got, s.left(t))
		}
	})
}

func TestWorkerDropsWhatIsCovered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.work(t, core.WorkerConfig{})
		at := time.Now()
		for range 3 { // three deliveries of one callback, far apart
			s.enqueue(t, message("a", at))
			after(10 * time.Second)
		}
		if got := s.sizes(); !slices.Equal(got, []int{1}) {
			t.Errorf("calls of %v, want one", got)
		}
		s.put(t, "a") // changed again
		after(10 * time.Second)
		if got := s.sizes(); !slices.Equal(got, []int{1, 1}) {
			t.Errorf("calls of %v, want a second one", got)
		}
	})
}

func TestWorkersShareAQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &platform{}
		slow.submit = func(_ context.Context, b core.Batch) (core.Submission, error) {
			time.Sleep(100 * time.Millisecond)
			return accepted(b), nil
		}
		s := newShop(slow)
		s.put(t, slices.Repeat(countedMedia(400), 3)...)
		for range 8 {
			s.work(t, core.WorkerConfig{})
		}
		after(5 * time.Minute)
		seen := make(map[string]int)
		for _, b := range slow.submitted() {
			for _, id := range b.IDs {
				seen[id]++
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was submitted %d times", id, n)
			}
		}
		if len(seen) != 400 || s.left(t) != (core.Depth{}) {
			t.Errorf("%d media were submitted, want 400; left %+v", len(seen), s.left(t))
		}
	})
}

func TestWorkerEndsMessagesByTheirOutcome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		errs  []error // of the calls, until they are accepted
		calls int     // after a day and an hour
		dead  string  // the reason, if the message dies
		soon  int     // calls after an hour
	}{
		"accepted":        {nil, 1, "", 1},
		"throttled":       {times(7, coded(core.Throttled, "Throttling")), 8, "", 8},
		"down":            {times(30, coded(core.Unavailable, "")), 31, "", 31},
		"down half a day": {times(500, coded(core.Unavailable, "Down")), 501, "", 62},
		"down for good":   {times(9999, coded(core.Unavailable, "Down")), 1164, "given up after 582 tries: RefreshMediaPlayUrls: unavailable (Down)", 62},
		"defect":          {times(3, coded(core.Internal, "")), 4, "", 4},
		"not ready":       {times(3, coded(core.NotReady, "Forbidden.IllegalStatus")), 4, "", 4},
		"quota spent":     {times(1, coded(core.QuotaExceeded, "QuotaExceeded.Refresh")), 2, "", 1},
		"quota, 9 hours":  {times(9, coded(core.QuotaExceeded, "QuotaExceeded.Refresh")), 10, "", 1},
		"account":         {times(3, coded(core.Forbidden, "Forbidden")), 4, "", 4},
		"invalid":         {times(9, coded(core.Invalid, "InvalidParameter")), 1, "InvalidParameter", 1},
		"does not exist":  {times(9, coded(core.NotFound, "InvalidVideo.NotFound")), 1, "not_found", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{submit: answering(test.errs...)})
				s.put(t, "a")
				s.work(t, core.WorkerConfig{})
				after(time.Hour)
				if got := len(s.platform.submitted()); got != test.soon {
					t.Errorf("%d calls in an hour, want %d", got, test.soon)
				}
				after(24 * time.Hour)
				letters := s.dead(t)
				if got := len(s.platform.submitted()); got != test.calls {
					t.Errorf("%d calls, want %d", got, test.calls)
				}
				if test.dead == "" && len(letters) != 0 || test.dead != "" && (len(letters) != 1 || !strings.Contains(letters[0].Reason, test.dead)) {
					t.Errorf("dead letters: %+v, want %q", letters, test.dead)
				}
			})
		})
	}
}

func TestWorkerTellsMembersApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: func(context.Context, core.Batch) (core.Submission, error) {
			return core.Submission{JobID: "j", NotFound: []string{"m0003"}, Forbidden: []string{"m0005"}}, nil
		}})
		s.put(t, countedMedia(10)...)
		s.work(t, core.WorkerConfig{})
		after(time.Minute)
		letters := s.dead(t)
		var reasons []string
		for _, l := range letters {
			reasons = append(reasons, l.Message.Task.ID+" "+l.Reason)
		}
		slices.Sort(reasons)
		if want := []string{"m0003 not_found: the platform does not know it", "m0005 forbidden: the account may not touch it"}; !slices.Equal(reasons, want) {
			t.Errorf("dead letters %q, want %q", reasons, want)
		}
		if left := s.left(t); left.Ready != 0 || left.Delayed != 0 {
			t.Errorf("left: %+v", left)
		}
	})
}

func TestWorkerFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &platform{}
		slow.submit = func(ctx context.Context, b core.Batch) (core.Submission, error) {
			time.Sleep(5 * time.Second)
			return accepted(b), ctx.Err()
		}
		s := newShop(slow)
		s.put(t, "a")
		stop := s.work(t, core.WorkerConfig{})
		after(time.Second)
		stop()
		if left := s.left(t); left != (core.Depth{}) || len(slow.submitted()) != 1 {
			t.Errorf("left %+v after %d calls", left, len(slow.submitted()))
		}
	})
}

func TestWorkerOutlivesItsQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.work(t, core.WorkerConfig{})
		if err := s.queue.Close(); err != nil {
			t.Fatal(err)
		}
		after(time.Minute) // it must not spin: synctest would never come to rest
	})
}

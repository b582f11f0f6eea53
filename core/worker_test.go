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
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// shop is a queue with a worker on it, a platform behind it and a store beside.
type shop struct {
	queue    *memory.Queue
	store    *memory.Store
	platform *platform

	mu      sync.Mutex
	tracked []core.Outcome
}

// Track remembers what the worker had followed.
func (s *shop) Track(outcomes ...core.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tracked = append(s.tracked, outcomes...)
}

func newShop(p *platform) *shop {
	return &shop{queue: memory.NewQueue(memory.Config{}), store: memory.NewStore(nil), platform: p}
}

// work runs a worker until the synctest bubble's test ends, or the returned
// function is called.
func (s *shop) work(t *testing.T, cfg core.WorkerConfig) (stop func()) {
	t.Helper()
	cfg.Queue, cfg.Follow = s.queue, s
	cfg.Refreshers = map[events.Provider]*core.Refresher{
		events.Aliyun: core.NewRefresher(core.RefresherConfig{Provider: s.platform, Retry: core.Retry{Calls: 2}}),
	}
	if cfg.Coverage == nil {
		cfg.Coverage = core.NewCoverage(core.CoverageConfig{Store: s.store, Skew: 2 * time.Second, Lease: 40 * time.Second})
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { core.NewWorker(cfg).Run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// put enqueues a message for each media, about events of this second.
func (s *shop) put(t *testing.T, media ...string) {
	t.Helper()
	messages := make([]core.Message, len(media))
	for i, id := range media {
		messages[i] = message(id, time.Now())
	}
	if err := s.queue.Enqueue(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
}

func message(id string, at time.Time) core.Message {
	return core.Message{Version: core.MessageVersion, Received: at, Task: core.Task{
		Provider: events.Aliyun, Target: core.Media, ID: id, Options: core.Options{TaskType: core.Refresh},
		Event: "TranscodeComplete", EventTime: at.Truncate(time.Second), Identity: "identity-" + id + at.String(),
	}}
}

// empty reports how much is left in the queue.
func (s *shop) left(t *testing.T) core.Depth {
	t.Helper()
	depth, err := s.queue.Depth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return depth
}

func (s *shop) sizes() []int {
	var sizes []int
	for _, b := range s.platform.submitted() {
		sizes = append(sizes, len(b.IDs))
	}
	return sizes
}

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
					t.Errorf("%d outcomes are followed, want %d", len(s.tracked), tracked)
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

func TestWorkerKeepsOptionsApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		refresh, preload := message("a", time.Now()), message("b", time.Now())
		preload.Task.Options.TaskType = core.Preload
		if err := s.queue.Enqueue(t.Context(), []core.Message{refresh, preload}); err != nil {
			t.Fatal(err)
		}
		s.work(t, core.WorkerConfig{})
		after(time.Second)
		if got := s.sizes(); !slices.Equal(got, []int{1, 1}) || s.left(t) != (core.Depth{}) {
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
			if err := s.queue.Enqueue(t.Context(), []core.Message{message("a", at)}); err != nil {
				t.Fatal(err)
			}
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
			s.work(t, core.WorkerConfig{Follow: nil})
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
	midnight := func(now time.Time) time.Time { return now.Truncate(24 * time.Hour).Add(24 * time.Hour) }
	for name, test := range map[string]struct {
		errs  []error // of the calls, until they are accepted
		calls int     // after a day and an hour
		dead  string  // the reason, if the message dies
		soon  int     // calls after an hour
	}{
		"accepted":       {nil, 1, "", 1},
		"throttled":      {times(7, coded(core.Throttled, "Throttling")), 8, "", 8},
		"down":           {times(30, coded(core.Unavailable, "")), 31, "", 31},
		"down for good":  {times(999, coded(core.Unavailable, "Down")), 40, "given up after 20 tries: RefreshMediaPlayUrls: unavailable (Down)", 40},
		"defect":         {times(3, coded(core.Internal, "")), 4, "", 4},
		"not ready":      {times(3, coded(core.NotReady, "Forbidden.IllegalStatus")), 4, "", 4},
		"quota spent":    {times(1, coded(core.QuotaExceeded, "QuotaExceeded.Refresh")), 2, "", 1},
		"quota, 2 days":  {times(9, coded(core.QuotaExceeded, "QuotaExceeded.Refresh")), 2, "", 1},
		"account":        {times(3, coded(core.Forbidden, "Forbidden")), 4, "", 4},
		"invalid":        {times(9, coded(core.Invalid, "InvalidParameter")), 1, "InvalidParameter", 1},
		"does not exist": {times(9, coded(core.NotFound, "InvalidVideo.NotFound")), 1, "not_found", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{submit: answering(test.errs...)})
				s.put(t, "a")
				s.work(t, core.WorkerConfig{NextDay: midnight})
				after(time.Hour)
				if got := len(s.platform.submitted()); got != test.soon {
					t.Errorf("%d calls in an hour, want %d", got, test.soon)
				}
				after(24 * time.Hour)
				letters, err := s.queue.Dead(t.Context(), 10)
				if err != nil {
					t.Fatal(err)
				}
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
		letters, err := s.queue.Dead(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		var reasons []string
		for _, l := range letters {
			reasons = append(reasons, l.Message.Task.ID+" "+l.Reason)
		}
		slices.Sort(reasons)
		if want := []string{"m0003 not_found", "m0005 forbidden"}; !slices.Equal(reasons, want) {
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

package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// received takes everything out of the shop's queue, as a platform would.
func (s *shop) received(t *testing.T) []core.Delivery {
	t.Helper()
	all, err := s.queue.Receive(t.Context(), 10_000, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// worker is one that is handed its messages, and settles them with the queue.
func (s *shop) worker(queue core.Queue) *core.Worker {
	return core.NewWorker(core.WorkerConfig{Queue: queue, Submitter: s.submitter(core.SubmitterConfig{}), Clock: s.clock})
}

// media are the IDs of deliveries, sorted.
func media(deliveries []core.Delivery) []string {
	ids := make([]string, len(deliveries))
	for i, d := range deliveries {
		ids[i] = d.Message.Task.ID
	}
	slices.Sort(ids)
	return ids
}

// lacking is a platform that does not know some media.
func lacking(media ...string) func(context.Context, core.Batch) (core.Submission, error) {
	return func(_ context.Context, b core.Batch) (core.Submission, error) {
		answer := accepted(b)
		for _, id := range b.IDs {
			if slices.Contains(media, id) {
				answer.NotFound = append(answer.NotFound, id)
			}
		}
		return answer, nil
	}
}

func TestWork(t *testing.T) {
	t.Parallel()
	refused := lacking("m0003")
	down := func(context.Context, core.Batch) (core.Submission, error) {
		return core.Submission{}, coded(core.Unavailable, "ServiceUnavailable")
	}
	for name, test := range map[string]struct {
		media  []string
		submit func(context.Context, core.Batch) (core.Submission, error)
		alone  bool // without a queue
		calls  int
		left   []string
		depth  core.Depth
	}{
		"nothing":              {},
		"a call":               {media: countedMedia(20), calls: 1},
		"a batch":              {media: countedMedia(1000), calls: 50},
		"doubles":              {media: slices.Repeat(countedMedia(10), 3), calls: 1},
		"one is dead":          {media: countedMedia(5), submit: refused, calls: 1, depth: core.Depth{Dead: 1}},
		"later":                {media: countedMedia(5), submit: down, calls: 2, depth: core.Depth{Delayed: 5}},
		"no queue":             {media: countedMedia(25), alone: true, calls: 2},
		"no queue, and dead":   {media: countedMedia(5), submit: refused, alone: true, calls: 1, left: []string{"m0003"}},
		"no queue, and later":  {media: countedMedia(2), submit: down, alone: true, calls: 2, left: countedMedia(2)},
		"no queue, no message": {alone: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{submit: test.submit})
				if len(test.media) > 0 {
					s.put(t, test.media...)
				}
				var queue core.Queue = s.queue
				if test.alone {
					queue = nil
				}
				left := s.worker(queue).Work(t.Context(), s.received(t))
				if got := media(left); !slices.Equal(got, test.left) {
					t.Errorf("left are %v, want %v", got, test.left)
				}
				if got := s.sizes(); test.submit == nil && len(got) != test.calls || len(got) > test.calls {
					t.Errorf("calls of %v, want %d", got, test.calls)
				}
				if got := s.left(t); !test.alone && got != test.depth {
					t.Errorf("in the queue are %+v, want %+v", got, test.depth)
				}
			})
		})
	}
}

// TestWorkEndsInTime: what is not submitted when the time is up comes again, and
// what is under way is finished.
func TestWorkEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: slow(5 * time.Second)})
		s.put(t, countedMedia(1000)...)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		left := s.worker(s.queue).Work(ctx, s.received(t))
		if took := time.Since(began); took < 5*time.Second || took > 8*time.Second {
			t.Errorf("it took %s", took)
		}
		done := 0
		for _, n := range s.sizes() {
			done += n
		}
		if len(left) == 0 || done == 0 || done+len(left) != 1000 {
			t.Errorf("%d done and %d left, want 1000 together", done, len(left))
		}
	})
}

// TestWorkWithoutStore: a store that is down leaves everything, at once.
func TestWorkWithoutStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		books := &outage{Store: s.store}
		s.books = books
		s.put(t, countedMedia(30)...)
		books.set(true)
		began := time.Now()
		left := s.worker(s.queue).Work(t.Context(), s.received(t))
		if got := media(left); !slices.Equal(got, countedMedia(30)) {
			t.Errorf("left are %v", got)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// deaf is a queue that refuses some endings.
type deaf struct {
	*memory.Queue

	refuses func(core.Settlement) bool
}

func (d deaf) Settle(ctx context.Context, all []core.Settlement) error {
	if slices.ContainsFunc(all, d.refuses) {
		return errors.New("the queue is down")
	}
	return d.Queue.Settle(ctx, all)
}

// TestWorkUnsettled: what the queue does not take comes again, and what is done
// does not.
func TestWorkUnsettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: lacking("m0001", "m0004")})
		s.put(t, countedMedia(8)...)
		queue := deaf{s.queue, func(e core.Settlement) bool { return e.Dead != "" }}
		left := s.worker(queue).Work(t.Context(), s.received(t))
		if got := fmt.Sprint(media(left)); got != "[m0001 m0004]" {
			t.Errorf("left are %s, want what has no place", got)
		}
	})
}

func TestDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: slow(time.Second)})
		worker := s.worker(s.queue)
		if err := worker.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.put(t, countedMedia(500)...)
		later := message("later", time.Now())
		later.Due = time.Now().Add(time.Hour)
		s.enqueue(t, later)
		if err := worker.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.left(t); got != (core.Depth{Delayed: 1}) {
			t.Errorf("left: %+v, want what is not due", got)
		}
		if got := s.sizes(); len(got) != 25 {
			t.Errorf("calls of %v", got)
		}
	})
}

// TestDrainEndsInTime: what it had received and not submitted is put back.
func TestDrainEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: slow(time.Second)})
		s.put(t, countedMedia(1000)...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.worker(s.queue).Drain(ctx); err != nil {
			t.Fatal(err)
		}
		done := 0
		for _, n := range s.sizes() {
			done += n
		}
		if got := s.received(t); done == 0 || len(got) == 0 || done+len(got) != 1000 {
			t.Errorf("%d done and %d due, want 1000 together", done, len(got))
		}
	})
}

// mute is a queue that cannot be reached.
type mute struct{ core.Queue }

func (mute) Receive(context.Context, int, time.Duration) ([]core.Delivery, error) {
	return nil, core.Errorf(core.Unavailable, "the queue is down")
}

func TestDrainWithoutQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		if err := s.worker(mute{s.queue}).Drain(t.Context()); core.KindOf(err) != core.Unavailable {
			t.Errorf("it ended with %v", err)
		}
	})
}

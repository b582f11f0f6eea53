package core_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// crew is a pacer that knows of so many instances.
type crew struct {
	pacer

	instances int
}

func (c crew) Instances() int { return c.instances }

// crewOf is one that gives every turn at once.
func crewOf(n int) crew { return crew{func(ctx context.Context) error { return ctx.Err() }, n} }

// watched is a queue that writes down when it was asked.
type watched struct {
	*memory.Queue

	mu    sync.Mutex
	asked []time.Time // when it was asked, after the first that it gave
	gave  time.Time   // when that was
}

func (q *watched) Receive(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	q.mu.Lock()
	if !q.gave.IsZero() {
		q.asked = append(q.asked, time.Now())
	}
	q.mu.Unlock()
	got, err := q.Queue.Receive(ctx, most, wait)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.gave.IsZero() && len(got) > 0 {
		q.gave = time.Now()
	}
	return got, err
}

// pause is how long it was left alone after it gave something.
func (q *watched) pause() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.asked[0].Sub(q.gave)
}

// An instance that found little leaves the queue to the others for a while.
func TestHandsLeaveTheQueueToOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		instances    int
		linger       time.Duration
		fresh, stale int // messages in the queue, not covered and covered
		want         time.Duration
	}{
		"alone":                            {1, 0, 1, 0, 0},
		"one of two":                       {2, 0, 1, 0, 300 * time.Millisecond},
		"one of four":                      {4, 0, 19, 0, 900 * time.Millisecond},
		"one of sixteen":                   {16, 0, 5, 0, 4500 * time.Millisecond},
		"one of very many":                 {40, 0, 5, 0, 5 * time.Second},
		"one of who knows how many":        {1000, 0, 5, 0, 900 * time.Millisecond},
		"a long linger":                    {2, time.Minute, 5, 0, 5 * time.Second},
		"enough for a call":                {16, 0, 20, 0, 0},
		"little, all of it covered":        {4, 0, 0, 19, 900 * time.Millisecond},
		"little is left of a call's worth": {4, 0, 19, 20, 900 * time.Millisecond},
		"little is left of three calls":    {4, 0, 1, 59, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				q := &watched{Queue: s.queue}
				s.seen, s.pace = q, crewOf(test.instances)
				all := countedMedia(test.fresh + test.stale)
				s.cover(t, all[test.fresh:]...)
				s.put(t, all[:test.fresh]...)
				s.work(t, core.WorkerConfig{Linger: test.linger})
				after(15 * time.Second)
				if got := q.pause(); got != test.want {
					t.Errorf("asks again after %v, want %v", got, test.want)
				}
			})
		})
	}
}

// Where the hand took all that it had room for, much more may be there, however
// little it was.
func TestHandsTakeMoreIfThereMayBeMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.pace = crew{every(100 * time.Millisecond), 16}
		all := countedMedia(1000)
		s.put(t, all[:400]...) // fill the hand
		for i := 400; i < 1000; i += 20 {
			s.cover(t, all[i])
			s.put(t, all[i+1:i+20]...)
		}
		s.work(t, core.WorkerConfig{})
		after(48*100*time.Millisecond + time.Millisecond)
		if got := s.sizes(); !slices.Equal(got, slices.Repeat([]int{20}, 48)) {
			t.Errorf("in 48 turns, calls of %v; want 20 in each", got)
		}
	})
}

// The pause ends with the worker.
func TestHandsPauseEndsWithTheWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.pace = crewOf(1000)
		s.put(t, "a")
		stop := s.work(t, core.WorkerConfig{})
		after(time.Second)
		s.put(t, "b")
		began := time.Now()
		stop()
		if took := time.Since(began); took != 0 || !slices.Equal(s.calls(), []string{"Refresh a"}) || s.left(t) != (core.Depth{Ready: 1}) {
			t.Errorf("ends after %v with calls %q, left %+v", took, s.calls(), s.left(t))
		}
	})
}

// What is covered is done at receipt: it waits for no turn, and takes no room.
func TestHandsDropWhatIsCovered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.pace = pacer(closed)
		all := countedMedia(600)
		s.cover(t, all[:500]...)
		byHand, redriven := message("hand", time.Now()), message("again", time.Now())
		s.cover(t, "hand", "again")
		byHand.Task.Event, redriven.Redriven = "", true
		s.enqueue(t, byHand, redriven)
		s.put(t, all[500:]...)
		s.work(t, core.WorkerConfig{})
		after(time.Second)
		if left := s.left(t); left != (core.Depth{Ready: 102}) || len(s.calls()) != 0 {
			t.Errorf("left %+v after calls %q, want the 100 that are not covered, and 2", left, s.calls())
		}
	})
}

// What is given up was submitted, and is a dead letter nevertheless.
func TestHandsBuryWhatIsCovered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		m := message("a", time.Now())
		m.Task.Then = core.Preload
		s.work(t, core.WorkerConfig{})
		s.enqueue(t, m)
		after(time.Second)
		m.GiveUp = "job j: not ended within 6h0m0s, and Preload was to follow"
		s.enqueue(t, m)
		after(time.Second)
		letters := s.dead(t)
		if len(letters) != 1 || !strings.Contains(letters[0].Reason, "Preload was to follow") || s.left(t) != (core.Depth{Dead: 1}) {
			t.Errorf("dead letters %+v, left %+v", letters, s.left(t))
		}
	})
}

// sips is a queue that gives little at a time, and writes down when.
type sips struct {
	*memory.Queue

	mu    sync.Mutex
	asked []time.Time
}

func (q *sips) Receive(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	q.mu.Lock()
	q.asked = append(q.asked, time.Now())
	q.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	return q.Queue.Receive(ctx, min(most, 12), wait)
}

// meeting is a pacer that meets the other instances after a while.
type meeting struct {
	pacer

	from time.Time
}

func (l meeting) Instances() int {
	if time.Now().Before(l.from) {
		return 1
	}
	return 16
}

// Who has stood back with several calls' worth in hand comes back when it is used up:
// its turns would be lost.
func TestHandsComeBackBeforeTheyRunOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		q := &sips{Queue: s.queue}
		turn := func(ctx context.Context) error {
			time.Sleep(300 * time.Millisecond)
			return ctx.Err()
		}
		began := time.Now()
		s.seen, s.pace = q, meeting{turn, began.Add(50 * time.Millisecond)}
		s.put(t, countedMedia(1000)...)
		s.work(t, core.WorkerConfig{})
		after(2 * time.Second)
		q.mu.Lock()
		defer q.mu.Unlock()
		back := slices.ContainsFunc(q.asked, func(at time.Time) bool {
			return at.After(began.Add(300*time.Millisecond)) && at.Before(began.Add(2*time.Second))
		})
		if !back {
			t.Errorf("it asked at %v and then not for two seconds, after calls of %v", q.asked, s.sizes())
		}
	})
}

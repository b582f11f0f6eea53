package core_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// partly puts calls' worth of 20 media into the queue, of which so many can go out
// today: the others have had their submission.
func (s *shop) partly(t *testing.T, free ...int) {
	t.Helper()
	all := countedMedia(20 * len(free))
	for i, n := range free {
		s.exhaust(t, all[20*i+n:20*i+20]...)
	}
	s.put(t, all...)
}

// exhaust uses up what a day allows media, a second ago.
func (s *shop) exhaust(t *testing.T, media ...string) {
	t.Helper()
	s.daily = 1
	coverage, reservations := s.elsewhere(t, lease, media...)
	if err := coverage.Commit(t.Context(), reservations, time.Now()); err != nil {
		t.Fatal(err)
	}
	after(time.Second)
}

// Of a group one batch waits for more. What others have fills it, or it fills them.
func TestBatchesFillEachOther(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		free []int
		want []string
	}{
		"one":                         {[]int{5}, []string{"5 at 100"}},
		"nothing":                     {[]int{0}, nil},
		"full":                        {[]int{20, 20}, []string{"20 at 0", "20 at 0"}},
		"two that make less than one": {[]int{5, 8}, []string{"13 at 100"}},
		"two that make one":           {[]int{5, 15}, []string{"20 at 0"}},
		"two that make more":          {[]int{5, 18}, []string{"20 at 0", "3 at 100"}},
		"two that lack one":           {[]int{19, 19}, []string{"20 at 0", "18 at 100"}},
		"many":                        {[]int{3, 4, 5, 6, 7, 8, 9, 1, 2, 19}, []string{"20 at 0", "20 at 0", "20 at 0", "4 at 100"}},
		"some full":                   {[]int{20, 0, 7, 20, 0, 7}, []string{"20 at 0", "20 at 0", "14 at 100"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				s.partly(t, test.free...)
				told := timed(s)
				s.work(t, core.WorkerConfig{})
				after(time.Second)
				got := told()
				slices.SortStableFunc(got, func(a, b string) int {
					_, first, _ := strings.Cut(a, " at ")
					_, second, _ := strings.Cut(b, " at ")
					return strings.Compare(first, second)
				})
				if !slices.Equal(got, test.want) {
					t.Errorf("calls of %s ms, want %s", strings.Join(got, ", "), strings.Join(test.want, ", "))
				}
			})
		})
	}
}

// What comes in while a batch waits goes with it.
func TestBatchWaitsForMore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		free int
		more []int // each 60 ms
		want []string
	}{
		"enough":           {5, []int{15}, []string{"20 at 60"}},
		"enough, in parts": {5, []int{5, 5, 5}, []string{"20 at 180"}},
		"too few":          {1, []int{3}, []string{"4 at 100"}},
		"too few, longer":  {2, []int{3, 3, 3}, []string{"11 at 200"}},
		"too many":         {5, []int{18}, []string{"20 at 60", "3 at 160"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				s.partly(t, test.free)
				told := timed(s)
				s.work(t, core.WorkerConfig{})
				more := countedMedia(1000)[500:]
				for _, n := range test.more {
					after(60 * time.Millisecond)
					s.put(t, more[:n]...)
					more = more[n:]
				}
				after(time.Second)
				if got := told(); !slices.Equal(got, test.want) {
					t.Errorf("calls of %s ms, want %s", strings.Join(got, ", "), strings.Join(test.want, ", "))
				}
			})
		})
	}
}

// Whatever is taken away from batches as they form, nothing is lost, nothing is
// submitted twice and no call is too large.
func TestBatchesLoseNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 1))
				s := newShop(&platform{})
				s.spending = spendingOf(s)
				for range 1 + random.IntN(3) {
					s.work(t, core.WorkerConfig{InFlight: 1 + random.IntN(8), Linger: time.Duration(20+random.IntN(2000)) * time.Millisecond})
				}
				all := countedMedia(500)
				for left := all; len(left) > 0; {
					n := min(len(left), 1+random.IntN(60))
					for _, id := range left[:n] {
						if random.IntN(3) == 0 {
							s.elsewhere(t, 30*time.Second, id) // which then fails
						}
					}
					s.put(t, left[:n]...)
					left = left[n:]
					after(time.Duration(random.IntN(300)) * time.Millisecond)
				}
				after(2 * time.Minute)
				var called []string
				for _, b := range s.platform.submitted() {
					called = append(called, b.IDs...)
				}
				slices.Sort(called)
				if got := s.sizes(); !slices.Equal(called, all) || slices.Max(got) > 20 || s.left(t) != (core.Depth{}) {
					t.Errorf("%d media in calls of %v, left %+v", len(called), got, s.left(t))
				}
			})
		})
	}
}

// A batch that waits when the worker ends is submitted; the rest is put back.
func TestBatchThatWaitsIsFinished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.partly(t, 5, 8)
		stop := s.work(t, core.WorkerConfig{Linger: time.Minute})
		after(time.Second)
		if len(s.calls()) != 0 {
			t.Errorf("calls are %q", s.calls())
		}
		began := time.Now()
		stop()
		if took := time.Since(began); took != 0 || !slices.Equal(s.sizes(), []int{13}) || s.left(t) != (core.Depth{Delayed: 27}) {
			t.Errorf("ends after %v with calls of %v, left %+v", took, s.sizes(), s.left(t))
		}
	})
}

// However long the linger, a batch goes while what it reserved is safe for as long
// as a call may take: the shop's leases last 40 s.
func TestBatchGoesBeforeItsLeasesEnd(t *testing.T) {
	t.Parallel()
	for deadline, want := range map[time.Duration]string{
		20 * time.Second: "5 at 20000",
		39 * time.Second: "5 at 1000",
		40 * time.Second: "5 at 0",
		time.Minute:      "5 at 0",
	} {
		t.Run(deadline.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				s.partly(t, 5)
				told := timed(s)
				s.work(t, core.WorkerConfig{Linger: time.Minute, Deadline: deadline})
				after(time.Minute)
				if got := told(); !slices.Equal(got, []string{want}) {
					t.Errorf("calls of %v ms, want %s", got, want)
				}
			})
		})
	}
}

// late is a store at which one media's reservation takes some time.
type late struct {
	core.Store

	media string
	by    time.Duration
}

func (l late) Put(ctx context.Context, records []core.Record) ([]string, error) {
	revisions, err := l.Store.Put(ctx, records)
	for _, r := range records {
		if strings.HasSuffix(r.Key, "/"+l.media) {
			time.Sleep(l.by)
		}
	}
	return revisions, err
}

// A batch that takes in an older one goes as early as that would have.
func TestBatchGoesWithTheOldest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		linger time.Duration
		want   string
	}{
		"its leases": {time.Minute, "13 at 20000"}, // reserved at 0 s
		"its linger": {900 * time.Millisecond, "13 at 11700"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				s.books = late{s.store, "m0000", 3 * time.Second}
				all := countedMedia(100)
				s.exhaust(t, append(all[5:20:20], all[28:40]...)...)
				told := timed(s)
				s.work(t, core.WorkerConfig{Linger: test.linger})
				s.put(t, all[:20]...)
				after(2 * time.Second)
				s.put(t, all[20:40]...)
				for range 80 { // others keep coming, of another sort
					after(250 * time.Millisecond)
					byHand := core.NewMessage(tasks("d")[0], time.Now())
					s.enqueue(t, byHand)
				}
				after(5 * time.Second)
				got := slices.DeleteFunc(told(), func(call string) bool { return strings.HasPrefix(call, "1 ") })
				if !slices.Equal(got, []string{test.want}) {
					t.Errorf("calls of %v ms, want %s", got, test.want)
				}
			})
		})
	}
}

// The messages of a batch that waits stay ours.
func TestLeasesLastAsLongAsABatchWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.queue = memory.NewQueue(memory.Config{Lease: 30 * time.Second})
		s.seen = s.queue
		s.partly(t, 5)
		stop := s.work(t, core.WorkerConfig{Linger: time.Minute, Deadline: time.Second})
		for range 38 {
			after(time.Second)
			if got, err := s.queue.Receive(t.Context(), 100, 0); err != nil || len(got) != 0 {
				t.Fatalf("somebody else gets %d messages, %v", len(got), err)
			}
		}
		stop()
		if got := s.sizes(); !slices.Equal(got, []int{5}) || s.left(t) != (core.Depth{Delayed: 15}) {
			t.Errorf("calls of %v, left %+v", got, s.left(t)) // what the worker had received twice would be there
		}
	})
}

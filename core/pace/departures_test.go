package pace_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/pace"
)

// departing lets so many calls leave one right after the other, and returns when
// they did.
func departing(t *testing.T, p *pace.Pace, c *clock.Fake, n int) []time.Time {
	t.Helper()
	all := make([]time.Time, n)
	for i := range all {
		if err := p.Depart(t.Context()); err != nil {
			t.Fatal(err)
		}
		all[i] = c.Now()
	}
	return all
}

// However many have had their turn, no more leave in a second than the share.
func TestDepartKeepsToTheShare(t *testing.T) {
	t.Parallel()
	const crossing = 15 * time.Millisecond
	for _, test := range []struct {
		perSecond float64
		instances int
		most      int           // at once
		span      time.Duration // until as many more
	}{
		{50, 1, 50, time.Second},
		{50, 0, 50, time.Second},
		{500, 1, 500, time.Second},
		{50, 4, 13, 1040 * time.Millisecond},
		{50, 16, 4, 1280 * time.Millisecond},
		{50, 50, 1, time.Second},
		{50, 1000, 1, 1970 * time.Millisecond},
		{0.1, 1, 1, 1970 * time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%v among %d", test.perSecond, test.instances), func(t *testing.T) {
			t.Parallel()
			fake := distant()
			limit := pace.New(pace.Config{PerSecond: test.perSecond, Instances: func() int { return test.instances }, Clock: fake})
			if err := limit.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			left := departing(t, limit, fake, 5*test.most)
			for i, at := range left {
				if want := time.Duration(i / test.most * int(test.span+crossing)); at.Sub(left[0]) != want {
					t.Fatalf("call %d leaves after %v, want %v", i, at.Sub(left[0]), want)
				}
			}
		})
	}
}

// A call that comes to leave at its turn does so at once, at any share and for as
// long as one likes: the way out is wider than the way in.
func TestDepartIsNoSlowerThanTheTurns(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 4, 7, 16, 33, 49, 50, 51, 98, 99, 100, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			limit, fake := sharing(&n)
			for i := range 1000 {
				calls(t, limit, fake, 1, nil)
				turn := fake.Now()
				departing(t, limit, fake, 1)
				// A share of 3.1 means four calls in 1.28 s: while the rate was higher they came in a shorter time.
				if late := fake.Now().Sub(turn); i > 100 && late > time.Millisecond {
					t.Fatalf("call %d leaves %v after its turn", i, late)
				}
			}
		})
	}
}

// What is done after the turn takes now more and now less time, and the way to the
// platform 15 ms more or less. Nothing of that is throttled.
func TestDepartEvensOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		depart  func(*pace.Pace, context.Context) error
		refused bool
	}{
		"with it":    {(*pace.Pace).Depart, false},
		"without it": {func(*pace.Pace, context.Context) error { return nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				limit := pace.New(pace.Config{PerSecond: perSecond, First: perSecond})
				account := &account{sliding: true}
				var mu sync.Mutex
				var all sync.WaitGroup
				refused, started := 0, time.Now()
				for i := range 500 {
					if err := limit.Wait(t.Context()); err != nil {
						t.Fatal(err)
					}
					all.Go(func() {
						time.Sleep(time.Duration(i*i%17) * 20 * time.Millisecond)
						if err := test.depart(limit, t.Context()); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Duration(i*i%13) * 15 * time.Millisecond / 13)
						mu.Lock()
						defer mu.Unlock()
						if !account.allow(time.Now()) {
							refused++
						}
					})
				}
				all.Wait()
				if (refused > 0) != test.refused {
					t.Errorf("%d calls are refused", refused)
				}
				if took := time.Since(started); took > 11*time.Second {
					t.Errorf("500 calls took %v", took)
				}
			})
		})
	}
}

// When instances come and go, what has left counts for as long as the platform
// counts it.
func TestDepartRemembersWhileInstancesChange(t *testing.T) {
	t.Parallel()
	n := 1
	limit, fake := sharing(&n)
	told := func(instances int) {
		n = instances
		if err := limit.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := limit.Instances(); got != instances {
			t.Fatalf("knows of %d instances, want %d", got, instances)
		}
	}
	if got := limit.Instances(); got != 1 {
		t.Errorf("begins with %d instances", got)
	}
	told(1)
	left := departing(t, limit, fake, 45)
	told(16)
	left = append(left, departing(t, limit, fake, 1)...)
	if wait := left[45].Sub(left[41]); wait < 1295*time.Millisecond {
		t.Errorf("the fifth among 16 leaves %v after the first", wait)
	}
	left = append(left, departing(t, limit, fake, 3)...)
	told(1)
	left = append(left, departing(t, limit, fake, 100)...)
	for i := range len(left) - perSecond {
		if in := left[i+perSecond].Sub(left[i]); in < time.Second {
			t.Fatalf("calls %d to %d leave within %v", i, i+perSecond, in)
		}
	}
}

func TestDepartHeedsContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		within time.Duration // of the deadline; zero: it has passed
		want   error
	}{
		"leaves before the deadline": {1100 * time.Millisecond, nil},
		"leaves at the deadline":     {1015 * time.Millisecond, nil},
		"leaves after the deadline":  {1014 * time.Millisecond, context.DeadlineExceeded},
		"deadline has passed":        {0, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit, fake := paced(50, 0)
			departing(t, limit, fake, 50) // the next one leaves in 1.015 s
			deadline := fake.Now().Add(test.within)
			if test.within == 0 {
				deadline = time.Unix(0, 0)
			}
			ctx, cancel := context.WithDeadline(t.Context(), deadline)
			defer cancel()
			if err := limit.Depart(ctx); !errors.Is(err, test.want) {
				t.Errorf("Depart returns %v, want %v", err, test.want)
			}
			if slept := fake.Slept(); (test.want != nil) != (len(slept) == 0) {
				t.Errorf("slept %v", slept)
			}
		})
	}
}

// A call that does not leave after all has not left, whenever its time was up.
func TestDepartCountsOnlyWhatLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.New(pace.Config{PerSecond: 2, Random: fixedly(0)})
		started := time.Now()
		gone, leave := context.WithCancel(t.Context())
		leave()
		for range 5 {
			if err := limit.Depart(gone); !errors.Is(err, context.Canceled) {
				t.Errorf("Depart returns %v", err)
			}
		}
		var all sync.WaitGroup
		depart := func(ctx context.Context, want error, at time.Duration) {
			all.Go(func() {
				if err := limit.Depart(ctx); !errors.Is(err, want) || time.Since(started) != at {
					t.Errorf("Depart returns %v after %v, want %v after %v", err, time.Since(started), want, at)
				}
			})
			synctest.Wait()
		}
		leaving, end := context.WithCancel(t.Context())
		depart(t.Context(), nil, 0)
		depart(t.Context(), nil, 0)
		depart(leaving, context.Canceled, 300*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		end()
		synctest.Wait()
		depart(t.Context(), nil, 1015*time.Millisecond)
		depart(t.Context(), nil, 1015*time.Millisecond)
		all.Wait()
	})
}

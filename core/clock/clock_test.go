package clock_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// noon is where the fake clocks of these tests start.
func noon() time.Time { return time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC) }

// What both clocks promise.
func TestSleepPromises(t *testing.T) {
	t.Parallel()
	ended := func() context.Context {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return ctx
	}
	late := func() context.Context {
		ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
		t.Cleanup(cancel)
		return ctx
	}
	for name, c := range map[string]clock.Clock{"System": clock.System{}, "Fake": clock.NewFake(noon())} {
		for what, test := range map[string]struct {
			start func() context.Context
			d     time.Duration
			want  error
		}{
			"a moment":                    {context.Background, time.Millisecond, nil},
			"nothing":                     {context.Background, 0, nil},
			"less than nothing":           {context.Background, -time.Hour, nil},
			"after the end":               {ended, time.Hour, context.Canceled},
			"nothing, after the end":      {ended, 0, context.Canceled},
			"backwards, after the end":    {ended, -1, context.Canceled},
			"after the deadline":          {late, time.Hour, context.DeadlineExceeded},
			"longest, after the deadline": {late, 1<<63 - 1, context.DeadlineExceeded},
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				t.Parallel()
				if err := c.Sleep(test.start(), test.d); !errors.Is(err, test.want) {
					t.Errorf("Sleep returns %v, want %v", err, test.want)
				}
			})
		}
	}
}

func TestSystemSleepIsCutShort(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- clock.System{}.Sleep(ctx, time.Hour) }()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Sleep returns %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Sleep goes on after its context has ended")
	}
}

func TestSystemSleepsAtLeast(t *testing.T) {
	t.Parallel()
	const d = 2 * time.Millisecond
	before := clock.System{}.Now()
	if err := (clock.System{}).Sleep(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	if slept := (clock.System{}).Now().Sub(before); slept < d {
		t.Errorf("slept %v, want %v at least", slept, d)
	}
}

func TestFakeStandsStill(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(noon())
	if first, second := fake.Now(), fake.Now(); first != noon() || second != noon() {
		t.Errorf("shows %v, then %v", first, second)
	}
	fake.Advance(time.Hour)
	fake.Advance(-2 * time.Hour)
	if want := noon().Add(-time.Hour); fake.Now() != want {
		t.Errorf("shows %v, want %v", fake.Now(), want)
	}
	if slept := fake.Slept(); len(slept) != 0 {
		t.Errorf("moving it counts as sleep: %v", slept)
	}
}

func TestFakeRemembersSleeps(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(noon())
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, d := range []time.Duration{time.Second, 0, -time.Minute, 3 * time.Second} {
		if err := fake.Sleep(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		if err := fake.Sleep(ended, time.Hour); err == nil {
			t.Fatal("it slept although its context had ended")
		}
	}
	want := []time.Duration{time.Second, 3 * time.Second}
	if got := fake.Slept(); !slices.Equal(got, want) {
		t.Errorf("slept %v, want %v", got, want)
	}
	fake.Slept()[0] = 0
	if got := fake.Slept(); !slices.Equal(got, want) {
		t.Errorf("a caller changed the list: %v", got)
	}
	if want := noon().Add(4 * time.Second); fake.Now() != want {
		t.Errorf("shows %v, want %v", fake.Now(), want)
	}
}

func TestFakeIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	const sleepers = 50
	fake := clock.NewFake(noon())
	var all sync.WaitGroup
	for range sleepers {
		all.Go(func() {
			if err := fake.Sleep(context.Background(), time.Second); err != nil {
				t.Error(err)
			}
			fake.Advance(time.Second)
			_ = fake.Now()
		})
	}
	all.Wait()
	if want := noon().Add(2 * sleepers * time.Second); fake.Now() != want || len(fake.Slept()) != sleepers {
		t.Errorf("shows %v after %d sleeps, want %v", fake.Now(), len(fake.Slept()), want)
	}
}

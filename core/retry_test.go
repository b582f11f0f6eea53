package core_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestRefreshTriesAgain(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	throttled, notReady := coded(core.Throttled, "Throttling"), coded(core.NotReady, "Forbidden.IllegalStatus")
	asking := func(d time.Duration) error { return &core.Error{Kind: core.Throttled, RetryAfter: d} }
	for name, test := range map[string]struct {
		errs   []error
		retry  core.Retry
		random float64
		slept  []time.Duration
		want   core.OutcomeState
	}{
		"throttled":               {times(3, throttled), core.Retry{}, .5, []time.Duration{200 * ms, 400 * ms, 800 * ms}, core.Refreshed},
		"nobody there":            {times(1, coded(core.Unavailable, "")), core.Retry{}, .25, []time.Duration{100 * ms}, core.Refreshed},
		"a defect":                {times(1, coded(core.Internal, "InternalError")), core.Retry{}, .5, []time.Duration{200 * ms}, core.Refreshed},
		"a defect that stays":     {times(99, coded(core.Internal, "")), core.Retry{}, .5, []time.Duration{200 * ms}, core.Failed},
		"a stranger":              {times(1, errors.New("boom")), core.Retry{}, .5, []time.Duration{200 * ms}, core.Refreshed},
		"a kind of its own":       {times(1, coded("moody", "")), core.Retry{}, .5, []time.Duration{200 * ms}, core.Refreshed},
		"no jitter":               {times(2, throttled), core.Retry{}, 0, nil, core.Refreshed},
		"a cap":                   {times(6, throttled), core.Retry{Base: time.Second, Cap: 3 * time.Second}, .5, []time.Duration{1000 * ms, 1500 * ms, 1500 * ms, 1500 * ms, 1500 * ms, 1500 * ms}, core.Refreshed},
		"a very long time":        {times(69, throttled), core.Retry{Cap: 2 * ms, Calls: 70}, .5, slices.Repeat([]time.Duration{ms}, 69), core.Refreshed},
		"as long as was asked":    {times(1, asking(7*time.Second)), core.Retry{}, .5, []time.Duration{7 * time.Second}, core.Refreshed},
		"longer than was asked":   {times(1, asking(ms)), core.Retry{}, .5, []time.Duration{200 * ms}, core.Refreshed},
		"not ready":               {times(3, notReady), core.Retry{}, .5, []time.Duration{time.Second, 2 * time.Second, 2500 * ms}, core.Refreshed},
		"not ready, own pace":     {times(1, notReady), core.Retry{Slow: 300 * ms}, .5, []time.Duration{300 * ms}, core.Refreshed},
		"too often":               {times(99, throttled), core.Retry{Base: ms, Calls: 4}, .5, []time.Duration{ms, 2 * ms, 4 * ms}, core.Failed},
		"too often, by default":   {times(99, throttled), core.Retry{Base: ms, Cap: ms}, .5, slices.Repeat([]time.Duration{ms / 2}, 11), core.Failed},
		"not ready for too long":  {times(99, notReady), core.Retry{Slow: ms, Calls: 2}, .5, []time.Duration{ms}, core.Failed},
		"one try":                 {times(99, throttled), core.Retry{Calls: 1}, .5, nil, core.Failed},
		"invalid is not repeated": {times(1, coded(core.Invalid, "x")), core.Retry{}, .5, nil, core.Failed},
		"nor is not found":        {times(1, coded(core.NotFound, "x")), core.Retry{}, .5, nil, core.OutcomeNotFound},
		"throttled, then invalid": {[]error{throttled, coded(core.Invalid, "x")}, core.Retry{}, .5, []time.Duration{200 * ms}, core.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, fake := &platform{submit: answering(test.errs...)}, farFuture()
			r := core.NewRefresher(core.RefresherConfig{
				Provider: p, Retry: test.retry, Clock: fake, Random: func() float64 { return test.random },
			})
			got := r.Refresh(t.Context(), tasks("a"))[0]
			if got.State != test.want || (got.Err != nil) != (test.want == core.Failed) {
				t.Errorf("outcome is %s, %v, want %s", got.State, got.Err, test.want)
			}
			if slept := fake.Slept(); !slices.Equal(slept, test.slept) {
				t.Errorf("pauses are %v, want %v", slept, test.slept)
			}
			if test.random > 0 && len(p.submitted()) != len(test.slept)+1 {
				t.Errorf("%d calls, want %d", len(p.submitted()), len(test.slept)+1)
			}
		})
	}
}

// Without a word on chance, the pause is half of what it could be.
func TestRefreshHasDefaults(t *testing.T) {
	t.Parallel()
	fake := farFuture()
	p := &platform{submit: answering(coded(core.Throttled, ""))}
	core.NewRefresher(core.RefresherConfig{Provider: p, Clock: fake}).Refresh(t.Context(), tasks("a"))
	if slept := fake.Slept(); !slices.Equal(slept, []time.Duration{200 * time.Millisecond}) {
		t.Errorf("pauses are %v", slept)
	}
}

func TestRefreshStartsNoWaitPastTheDeadline(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		left  time.Duration
		calls int
	}{"just enough": {7 * time.Second, 2}, "a moment short": {7*time.Second - 1, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := farFuture()
			ctx, cancel := context.WithDeadline(t.Context(), fake.Now().Add(test.left))
			defer cancel()
			p := &platform{submit: answering(times(9, &core.Error{Kind: core.Throttled, RetryAfter: 7 * time.Second})...)}
			got := core.NewRefresher(core.RefresherConfig{Provider: p, Clock: fake}).Refresh(ctx, tasks("a"))[0]
			if got.State != core.Failed || core.KindOf(got.Err) != core.Throttled {
				t.Errorf("outcome is %s, %v", got.State, got.Err)
			}
			if len(p.submitted()) != test.calls || len(fake.Slept()) != test.calls-1 {
				t.Errorf("%d calls and %d pauses, want %d calls", len(p.submitted()), len(fake.Slept()), test.calls)
			}
		})
	}
}

func TestRefreshEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cancelAt int // the call that it ends in; 0 is before the first
		err      error
		calls    int
		kind     core.Kind
	}{
		"before the first call": {0, nil, 0, core.Unavailable},
		"during a call":         {1, context.Canceled, 1, core.Unavailable},
		"before a half":         {1, coded(core.Invalid, "x"), 1, core.Invalid},
		"before a repetition":   {1, coded(core.Throttled, "x"), 1, core.Throttled},
		"between halves":        {2, coded(core.Invalid, "x"), 2, core.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			calls := 0
			p := &platform{submit: func(context.Context, core.Batch) (core.Submission, error) {
				calls++
				if calls == test.cancelAt {
					cancel()
				}
				return core.Submission{}, test.err
			}}
			if test.cancelAt == 0 {
				cancel()
			}
			fake := farFuture()
			got := core.NewRefresher(core.RefresherConfig{Provider: p, Clock: fake}).Refresh(ctx, tasks("a", "b", "c", "d"))
			if got[0].State != core.Failed || core.KindOf(got[0].Err) != test.kind || got[3].State != core.Failed {
				t.Errorf("outcomes are %+v, want kind %s", got, test.kind)
			}
			if calls != test.calls || len(fake.Slept()) != 0 {
				t.Errorf("%d calls and pauses of %v, want %d and none", calls, fake.Slept(), test.calls)
			}
		})
	}
}

package core_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// Whichever of 20 is bad, it alone is refused, within the calls of a batch.
func TestRefreshFindsTheOneBadMember(t *testing.T) {
	t.Parallel()
	for kind, want := range map[core.Kind]core.OutcomeState{core.Invalid: core.Failed, core.NotFound: core.OutcomeNotFound} {
		for _, bad := range numbered(20) {
			t.Run(fmt.Sprint(kind, " ", bad), func(t *testing.T) {
				t.Parallel()
				p := &platform{submit: refusing(map[string]error{bad: coded(kind, "x")})}
				outcomes := core.NewRefresher(core.RefresherConfig{Provider: p, Clock: farFuture()}).Refresh(t.Context(), tasks(numbered(20)...))
				for id, got := range states(t, outcomes) {
					if id == bad && got != want || id != bad && got != core.Refreshed {
						t.Errorf("%s is %s", id, got)
					}
				}
				if calls := len(p.submitted()); calls > 12 {
					t.Errorf("%d calls, want 12 at most", calls)
				}
			})
		}
	}
}

func TestRefreshBisects(t *testing.T) {
	t.Parallel()
	invalid, missing, notReady := coded(core.Invalid, "x"), coded(core.NotFound, "y"), coded(core.NotReady, "z")
	plain := &core.Error{Kind: core.Invalid} // told apart by its kind, without a code
	for name, test := range map[string]struct {
		bad   map[string]error
		calls int
		retry core.Retry
		lost  []string // failed; all others are refreshed, or not found if missing
	}{
		"the same code in both halves":     {map[string]error{"m00": invalid, "m03": invalid}, 3, core.Retry{}, numbered(4)},
		"the same kind in both halves":     {map[string]error{"m00": plain, "m03": plain}, 3, core.Retry{}, numbered(4)},
		"different codes":                  {map[string]error{"m00": invalid, "m03": missing}, 7, core.Retry{}, []string{"m00"}},
		"the same code in one half":        {map[string]error{"m00": invalid, "m01": invalid}, 5, core.Retry{}, []string{"m00", "m01"}},
		"a code and a kind":                {map[string]error{"m00": invalid, "m02": plain}, 7, core.Retry{}, []string{"m00", "m02"}},
		"no calls left for halves":         {map[string]error{"m00": missing}, 1, core.Retry{Calls: 2}, numbered(4)},
		"no calls left for quarters":       {map[string]error{"m00": missing}, 3, core.Retry{Calls: 4}, []string{"m00", "m01"}},
		"never ready":                      {map[string]error{"m02": notReady}, 12, core.Retry{}, []string{"m02"}},
		"not ready in both halves":         {map[string]error{"m00": notReady, "m02": notReady}, 3, core.Retry{}, numbered(4)},
		"all of them":                      {map[string]error{"m00": invalid, "m01": invalid, "m02": invalid, "m03": invalid}, 3, core.Retry{}, numbered(4)},
		"a bad one, and the last of calls": {map[string]error{"m03": invalid}, 5, core.Retry{Calls: 5}, []string{"m03"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &platform{submit: refusing(test.bad)}
			outcomes := core.NewRefresher(core.RefresherConfig{Provider: p, Clock: farFuture(), Retry: test.retry}).Refresh(t.Context(), tasks(numbered(4)...))
			var lost []string
			for _, o := range outcomes {
				want := core.Refreshed
				if core.KindOf(test.bad[o.Task.ID]) == core.NotFound {
					want = core.OutcomeNotFound
				}
				if o.State == core.Failed {
					lost = append(lost, o.Task.ID)
				} else if o.State != want {
					t.Errorf("%s is %s, want %s", o.Task.ID, o.State, want)
				}
			}
			if !slices.Equal(lost, test.lost) {
				t.Errorf("failed are %v, want %v", lost, test.lost)
			}
			if calls := len(p.submitted()); calls != test.calls {
				t.Errorf("%d calls, want %d", calls, test.calls)
			}
		})
	}
}

// A media that is not ready costs its neighbours nothing, and gets its time.
func TestRefreshWaitsForTheOneThatIsNotReady(t *testing.T) {
	t.Parallel()
	tries, fake := 0, farFuture()
	p := &platform{submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
		if slices.Contains(b.IDs, "m01") {
			tries++
			if tries < 5 {
				return core.Submission{}, coded(core.NotReady, "Forbidden.IllegalStatus")
			}
		}
		return accepted(b), nil
	}}
	got := states(t, core.NewRefresher(core.RefresherConfig{Provider: p, Clock: fake}).Refresh(t.Context(), tasks(numbered(4)...)))
	for id, state := range got {
		if state != core.Refreshed {
			t.Errorf("%s is %s", id, state)
		}
	}
	if want := []time.Duration{time.Second, 2 * time.Second}; !slices.Equal(fake.Slept(), want) {
		t.Errorf("pauses are %v, want %v", fake.Slept(), want)
	}
}

// A passing trouble in both halves is no sign that the fault is all members'.
func TestRefreshTriesHalvesAgain(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]error{
		"throttled":    coded(core.Throttled, "t"),
		"nobody there": coded(core.Unavailable, "u"),
		"a defect":     coded(core.Internal, "i"),
		"a stranger":   errors.New("boom"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &platform{submit: answering(coded(core.Invalid, "x"), trouble, trouble)}
			got := states(t, core.NewRefresher(core.RefresherConfig{Provider: p, Clock: farFuture()}).Refresh(t.Context(), tasks("a", "b")))
			if want := map[string]core.OutcomeState{"a": core.Refreshed, "b": core.Refreshed}; !reflect.DeepEqual(got, want) {
				t.Errorf("outcomes are %v after %d calls", got, len(p.submitted()))
			}
		})
	}
}

func TestRefreshStopsWhenTheAccountIsRefused(t *testing.T) {
	t.Parallel()
	for _, kind := range []core.Kind{core.Forbidden, core.Unauthenticated, core.QuotaExceeded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			p := &platform{limit: upTo(1), submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
				if b.Target == core.Media && b.Options.TaskType == core.Refresh {
					return core.Submission{}, coded(kind, "Refused")
				}
				return accepted(b), nil
			}}
			all := tasks(numbered(20)...)
			for i := range 5 {
				all[5+i].Options.TaskType = core.Preload
				all[10+i].Target = core.URL
			}
			calls, want := map[core.OutcomeState]int{}, map[core.OutcomeState]int{core.Failed: 10, core.Refreshed: 10}
			for i, o := range core.NewRefresher(core.RefresherConfig{Provider: p, InFlight: 1, Clock: farFuture()}).Refresh(t.Context(), all) {
				calls[o.State]++
				if (o.State == core.Failed) != (i < 5 || i >= 15) || o.Err != nil && core.KindOf(o.Err) != kind {
					t.Errorf("%s %s is %s, %v", o.Task.Options.TaskType, o.Task.ID, o.State, o.Err)
				}
			}
			if !maps.Equal(calls, want) || len(p.submitted()) != 11 {
				t.Errorf("outcomes are %v after %d calls, want %v after 11", calls, len(p.submitted()), want)
			}
		})
	}
}

func TestRefreshStopsBetweenHalves(t *testing.T) {
	t.Parallel()
	p := &platform{submit: answering(coded(core.Invalid, "x"), coded(core.QuotaExceeded, "spent"))}
	for _, o := range core.NewRefresher(core.RefresherConfig{Provider: p, Clock: farFuture()}).Refresh(t.Context(), tasks("a", "b")) {
		if o.State != core.Failed || core.KindOf(o.Err) != core.QuotaExceeded {
			t.Errorf("%s is %s, %v", o.Task.ID, o.State, o.Err)
		}
	}
	if calls := len(p.submitted()); calls != 2 {
		t.Errorf("%d calls, want 2: the other half would be refused as well", calls)
	}
}

// The refusal of one call also ends those that are waiting for their turn.
func TestRefreshStopsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := make(chan time.Duration, 4)
		for i := range 4 {
			turns <- time.Duration(i+1) * time.Second
		}
		p := &platform{limit: upTo(1), submit: answering(times(4, coded(core.QuotaExceeded, "spent"))...)}
		r := core.NewRefresher(core.RefresherConfig{Provider: p, Pace: pacer(func(context.Context) error {
			time.Sleep(<-turns)
			return nil
		})})
		for _, o := range r.Refresh(t.Context(), tasks(numbered(4)...)) {
			if core.KindOf(o.Err) != core.QuotaExceeded {
				t.Errorf("%s is %s, %v", o.Task.ID, o.State, o.Err)
			}
		}
		if calls := len(p.submitted()); calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
	})
}

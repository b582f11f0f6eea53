package core_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// outcomesOf are the IDs and states of outcomes.
func outcomesOf(outcomes []core.Outcome) []string {
	all := make([]string, len(outcomes))
	for i, o := range outcomes {
		all[i] = o.Task.ID + " " + string(o.State)
	}
	return all
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	narrow := func(m core.Message) core.Message {
		return with(m, func(o *core.Options) { o.Definitions = "HD" })
	}
	for name, test := range map[string]struct {
		before, now func(at time.Time) []core.Message // submitted one minute earlier, and now
		want        []string
		calls       []string
	}{
		"new": {
			nil, func(at time.Time) []core.Message { return only(message("a", at), message("b", at)) },
			[]string{"a refreshed", "b refreshed"},
			[]string{"Refresh a b"},
		},
		"covered": {
			func(at time.Time) []core.Message { return only(message("a", at)) },
			func(at time.Time) []core.Message { return only(message("b", at), message("a", at.Add(-time.Hour))) },
			[]string{"b refreshed", "a covered"},
			[]string{"Refresh a", "Refresh b"},
		},
		"all covered": {
			func(at time.Time) []core.Message { return only(message("a", at)) },
			func(at time.Time) []core.Message { return only(message("a", at.Add(-time.Hour))) },
			[]string{"a covered"},
			[]string{"Refresh a"},
		},
		"joined, to what stands behind": {
			nil, func(at time.Time) []core.Message {
				return only(narrow(message("a", at)), message("b", at), message("a", at), message("a", at))
			},
			[]string{"a refreshed", "b refreshed", "a refreshed", "a refreshed"},
			[]string{"Refresh b a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				submitter := s.submitter(core.SubmitterConfig{})
				if test.before != nil {
					submitter.Submit(t.Context(), test.before(time.Now()))
				}
				after(time.Minute)
				all := test.now(time.Now())
				got := submitter.Submit(t.Context(), all)
				if !slices.Equal(outcomesOf(got), test.want) || !slices.Equal(s.calls(), test.calls) {
					t.Errorf("outcomes %q after calls %q, want %q after %q", outcomesOf(got), s.calls(), test.want, test.calls)
				}
				for i, o := range got {
					if o.Task != all[i].Task || o.Err != nil || !o.Final() || (o.JobID == "") != (o.State == core.OutcomeCovered) {
						t.Errorf("outcome %d is %+v", i, o)
					}
				}
			})
		})
	}
}

func TestSubmitNothing(t *testing.T) {
	t.Parallel()
	s := newShop(&platform{})
	if got := s.submitter(core.SubmitterConfig{}).Submit(t.Context(), nil); len(got) != 0 || len(s.calls()) != 0 {
		t.Errorf("outcomes %+v after calls %q", got, s.calls())
	}
}

// Without coverage everything is submitted, doubles once.
func TestSubmitWithoutCoverage(t *testing.T) {
	t.Parallel()
	p := &platform{}
	submitter := core.NewSubmitter(core.SubmitterConfig{Refreshers: refreshers(p)})
	for range 2 {
		if got := outcomesOf(submitter.Submit(t.Context(), only(message("a", noon()), message("a", noon())))); !slices.Equal(got, []string{"a refreshed", "a refreshed"}) {
			t.Errorf("outcomes are %q", got)
		}
	}
	if calls := p.submitted(); len(calls) != 2 || len(calls[0].IDs) != 1 {
		t.Errorf("calls are %+v", calls)
	}
}

// What has to wait says until when.
func TestSubmitLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.daily = 1
		release := make(chan struct{})
		s.platform.submit = func(_ context.Context, b core.Batch) (core.Submission, error) {
			if b.IDs[0] == "slow" {
				<-release
			}
			return accepted(b), nil
		}
		submitter := s.submitter(core.SubmitterConfig{})
		began := time.Now()
		go submitter.Submit(context.Background(), only(message("slow", began)))
		submitter.Submit(t.Context(), only(message("often", began)))
		after(10 * time.Second)
		got := submitter.Submit(t.Context(), only(message("slow", time.Now()), message("often", time.Now())))
		close(release)
		midnight := time.Date(2000, 1, 2, 0, 0, 0, 0, beijing())
		for i, want := range []struct {
			again time.Time
			kind  core.Kind
			text  string
		}{
			{began.Add(40 * time.Second), core.Unavailable, "another worker is submitting the same, until 2000-01-01T00:00:40Z"},
			{midnight, core.QuotaExceeded, "(MEDIA_DAILY), until 2000-01-02T00:00:00+08:00"},
		} {
			o := got[i]
			if o.State != core.Failed || !o.Again.Equal(want.again) || core.KindOf(o.Err) != want.kind || !strings.Contains(o.Err.Error(), want.text) || o.Final() {
				t.Errorf("outcome is %+v, want one of kind %s until %v: %s", o, want.kind, want.again, want.text)
			}
		}
	})
}

// spendingOf is a spending of the shop's store, whose waits are not spread.
func spendingOf(s *shop) *core.Spending {
	return core.NewSpending(core.SpendingConfig{
		Meters: map[events.Provider]core.Meter{events.Aliyun: s.platform}, Store: s.store, Reserve: 0.1,
		Random: func() float64 { return 0 },
	})
}

// When the day's quota is spent, by the platform's word, nothing more goes out
// but what was asked for by hand, and that until it is refused as well.
func TestSubmitWithinTheQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{quota: core.Quota{Refresh: core.Allowance{Limit: 100, Remaining: 13}}})
		s.spending = spendingOf(s)
		submitter := s.submitter(core.SubmitterConfig{})
		three := message("a", time.Now())
		three.Task.URLs = 3
		if got := submitter.Submit(t.Context(), only(three)); got[0].State != core.Refreshed {
			t.Fatalf("three of 13 URLs, with 10 kept: %+v", got[0])
		}
		s.platform.quota.Refresh.Remaining = 10
		after(time.Minute)
		midnight := time.Date(2000, 1, 2, 0, 0, 0, 0, beijing())
		kept := submitter.Submit(t.Context(), only(message("b", time.Now()), message("c", time.Now())))
		for _, o := range kept {
			if o.State != core.Failed || core.KindOf(o.Err) != core.QuotaExceeded || !o.Again.Equal(midnight) || !strings.Contains(o.Err.Error(), "2000-01-02T00:00:00+08:00") {
				t.Errorf("outcome is %+v, want it to wait for %v", o, midnight)
			}
		}
		if got := submitter.Submit(t.Context(), messages(tasks("d")...)); got[0].State != core.Refreshed {
			t.Errorf("by hand: %+v", got[0])
		}
		s.platform.submit = answering(coded(core.QuotaExceeded, "QuotaExceeded.Refresh"))
		if got := submitter.Submit(t.Context(), messages(tasks("e", "f")...)); got[0].State != core.Failed || !got[1].Again.Equal(midnight) {
			t.Errorf("refused: %+v", got)
		}
		before := len(s.calls())
		if got := submitter.Submit(t.Context(), messages(tasks("g")...)); !got[0].Again.Equal(midnight) || len(s.calls()) != before {
			t.Errorf("after the refusal: %+v, %d calls", got, len(s.calls())-before)
		}
		s.platform.quota.Refresh.Remaining = 100
		after(time.Until(midnight))
		if got := submitter.Submit(t.Context(), only(message("b", time.Now()))); got[0].State != core.Refreshed {
			t.Errorf("on the next day: %+v", got[0])
		}
	})
}

// What is not submitted after all takes nothing of the day: neither what is
// covered, nor what coverage could not be asked about.
func TestSubmitSpendsNothingOnWhatItDrops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{quota: core.Quota{Refresh: core.Allowance{Limit: 100, Remaining: 13}}})
		out := &outage{Store: s.store}
		s.spending, s.books = spendingOf(s), out
		submitter := s.submitter(core.SubmitterConfig{})
		first := message("a", time.Now())
		submitter.Submit(t.Context(), only(first))
		for i := range 20 {
			out.set(i%2 == 0)
			if got := submitter.Submit(t.Context(), only(first)); core.KindOf(got[0].Err) == core.QuotaExceeded {
				t.Fatalf("try %d: %+v", i, got[0])
			}
		}
		if got := submitter.Submit(t.Context(), only(message("b", time.Now()))); got[0].State != core.Refreshed {
			t.Errorf("the outcome is %+v, want it submitted: two URLs are above the reserve", got[0])
		}
	})
}

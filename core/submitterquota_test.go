package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// talliedSubmitter submits to Huawei, whose day has so many assets and keeps none.
func talliedSubmitter(p *platform, store core.Store, now clock.Clock, daily int) *core.Submitter {
	tally := core.NewTally(core.TallyConfig{Provider: events.Huawei, Store: store, Daily: daily, Clock: now})
	return core.NewSubmitter(core.SubmitterConfig{
		Refreshers: map[events.Provider]*core.Refresher{
			events.Huawei: core.NewRefresher(core.RefresherConfig{Provider: p, Retry: core.Retry{Calls: 12}, Clock: now}),
		},
		Coverage: core.NewCoverage(core.CoverageConfig{Store: store, Clock: now}),
		Spending: core.NewSpending(core.SpendingConfig{
			Meters: map[events.Provider]core.Meter{events.Huawei: tally}, Store: store, Clock: now, Random: fixed(0),
		}),
		Clock: now,
	})
}

// assetsOf are messages about assets, by hand.
func assetsOf(now time.Time, ids ...string) []core.Message {
	all := make([]core.Message, len(ids))
	for i, t := range tasks(ids...) {
		t.Provider = events.Huawei
		all[i] = core.NewMessage(t, now)
	}
	return all
}

// Of what one request names, as many go as the day has room for.
func TestSubmitDrawsFromTheDay(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(today(12, 0, 0))
	store, p := memory.NewStore(now), &platform{}
	submitter := talliedSubmitter(p, store, now, 5)
	outcomes := submitter.Submit(t.Context(), assetsOf(now.Now(), "a", "b", "c"))
	outcomes = append(outcomes, submitter.Submit(t.Context(), assetsOf(now.Now(), "d", "e", "f", "g"))...)
	for i, o := range outcomes {
		if i < 5 && o.State == core.Refreshed {
			continue
		}
		if i < 5 || core.KindOf(o.Err) != core.QuotaExceeded || !o.Again.Equal(midnight()) || !strings.Contains(o.Err.Error(), "2026-03-21T00:00:00+08:00") {
			t.Errorf("outcome %d is %+v", i, o)
		}
	}
	if got := len(p.submitted()); got != 2 {
		t.Errorf("%d calls, want 2", got)
	}
	for _, o := range submitter.Submit(t.Context(), assetsOf(now.Now(), "h")) {
		if o.State != core.Failed || !o.Again.Equal(midnight()) {
			t.Errorf("on a day that is used up: %+v", o)
		}
	}
	now.Advance(12 * time.Hour)
	for _, o := range submitter.Submit(t.Context(), assetsOf(now.Now(), "f", "g")) {
		if o.State != core.Refreshed {
			t.Errorf("on the next day: %+v", o)
		}
	}
}

// What the platform does not take costs nothing.
func TestSubmitGivesBackWhatWasNotTaken(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(today(12, 0, 0))
	store := memory.NewStore(now)
	p := &platform{submit: refusing(map[string]error{"ghost": coded(core.NotFound, "VOD.10062")})}
	submitter := talliedSubmitter(p, store, now, 3)
	states := states(t, submitter.Submit(t.Context(), assetsOf(now.Now(), "a", "ghost", "b")))
	if states["ghost"] != core.OutcomeNotFound || states["a"] != core.Refreshed || states["b"] != core.Refreshed {
		t.Errorf("outcomes: %v", states)
	}
	tally := core.NewTally(core.TallyConfig{Provider: events.Huawei, Store: store, Daily: 3, Clock: now})
	if quota, err := tally.Quota(t.Context()); err != nil || quota.Refresh.Remaining != 1 {
		t.Errorf("left: %+v, %v, want 1", quota.Refresh, err)
	}
}

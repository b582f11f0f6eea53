package core_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// tallied is a day of 20 assets, 2 of which are kept, and nothing is spread.
type tallied struct {
	t     *testing.T
	clock *clock.Fake
	store *ledger
	log   *journal
}

func newTallied(t *testing.T) *tallied {
	t.Helper()
	c := clock.NewFake(today(12, 0, 0).UTC())
	return &tallied{t, c, &ledger{Store: memory.NewStore(c)}, &journal{}}
}

// tally is that of one process, in a region.
func (c *tallied) tally(region string) *core.Tally {
	return core.NewTally(core.TallyConfig{Provider: events.Huawei, Region: region, Store: c.store, Daily: 20, Clock: c.clock})
}

// process is one that spends of the account.
func (c *tallied) process() *core.Spending {
	return core.NewSpending(core.SpendingConfig{
		Meters:  map[events.Provider]core.Meter{events.Huawei: c.tally("cn-north-4")},
		Regions: map[events.Provider]string{events.Huawei: "cn-north-4"},
		Store:   c.store, Reserve: 0.1, Clock: c.clock, Random: fixed(0), Log: slog.New(slog.NewTextHandler(c.log, nil)),
	})
}

// assets is a batch that came of events.
func assets(n int) core.Spend {
	return core.Spend{Provider: events.Huawei, TaskType: core.Refresh, URLs: n}
}

// asked is a batch by hand.
func asked(n int) core.Spend {
	b := assets(n)
	b.Manual = true
	return b
}

// goes wants so many of a batch to go, and all others to come again at a time.
func (c *tallied) goes(s *core.Spending, b core.Spend, want int, again time.Time) {
	c.t.Helper()
	if until := s.Admit(c.t.Context(), b); !until.IsZero() {
		c.t.Fatalf("%+v waits until %v", b, until)
	}
	granted, until := s.Draw(c.t.Context(), b)
	if granted != want || !until.Equal(again) {
		c.t.Fatalf("%d of %+v go, the others at %v, want %d and %v", granted, b, until, want, again)
	}
}

// waits wants none of a batch to go before a time.
func (c *tallied) waits(s *core.Spending, b core.Spend, want time.Time) {
	c.t.Helper()
	if until := s.Admit(c.t.Context(), b); !until.Equal(want) {
		c.t.Fatalf("%+v waits until %v, want %v", b, until, want)
	}
}

// left wants the meter to tell what is left of either task type.
func (c *tallied) left(refresh, preload int) {
	c.t.Helper()
	quota, err := c.tally("cn-north-4").Quota(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	want := core.Quota{
		Provider: events.Huawei, Refresh: core.Allowance{Limit: 20, Remaining: refresh},
		Preload: core.Allowance{Limit: 20, Remaining: preload}, ResetsAt: quota.ResetsAt,
	}
	if quota != want || !quota.ResetsAt.After(c.clock.Now()) || quota.ResetsAt.Sub(c.clock.Now()) > 24*time.Hour {
		c.t.Errorf("quota is %+v, want %+v within a day", quota, want)
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	never := time.Time{}
	for name, run := range map[string]func(c *tallied, a, b *core.Spending){
		"all processes count together": func(c *tallied, a, b *core.Spending) {
			c.goes(a, assets(10), 10, never)
			c.goes(b, assets(5), 5, never)
			c.left(5, 20)
		},
		"events leave the reserve": func(c *tallied, a, b *core.Spending) {
			c.goes(a, assets(10), 10, never)
			c.goes(b, assets(10), 8, midnight())
			c.left(2, 20)
			c.waits(a, assets(1), midnight())
			c.waits(b, assets(10), midnight())
		},
		"requests by hand use it up, and wait as well": func(c *tallied, a, b *core.Spending) {
			c.goes(a, assets(20), 18, midnight())
			c.goes(b, asked(10), 2, midnight())
			c.left(0, 20)
			c.waits(a, asked(1), midnight())
			c.waits(b, asked(1), midnight())
			c.waits(b, assets(1), midnight())
		},
		"what finds no room is told": func(c *tallied, a, b *core.Spending) {
			c.goes(a, asked(25), 20, midnight())
			waits, err := b.Waits(t.Context())
			want := core.QuotaWait{Provider: events.Huawei, TaskType: core.Refresh, Until: midnight(), Reason: "the day's 20 are spent"}
			if err != nil || len(waits) != 1 || !waits[0].Until.Equal(want.Until) || waits[0].Reason != want.Reason || waits[0].Refused {
				t.Errorf("waits: %+v, %v, want %+v", waits, err, want)
			}
		},
		"a probe that finds room for some": func(c *tallied, a, b *core.Spending) {
			c.goes(a, assets(20), 18, midnight())
			c.clock.Advance(midnight().Sub(c.clock.Now()) + 2*time.Minute)
			next := midnight().AddDate(0, 0, 1)
			c.goes(b, assets(25), 18, next)
			b.Observe(t.Context(), assets(18), nil)
			c.waits(b, assets(1), next)
		},
		"a platform that has refused is believed": func(c *tallied, a, b *core.Spending) {
			if until := b.Admit(t.Context(), assets(30)); !until.IsZero() {
				t.Fatalf("waits until %v", until)
			}
			a.Observe(t.Context(), assets(1), coded(core.QuotaExceeded, "VOD.10087"))
			c.clock.Advance(5 * time.Second)
			if granted, until := a.Draw(t.Context(), assets(30)); granted != 18 || !until.Equal(midnight()) {
				t.Errorf("%d go, the others at %v", granted, until)
			}
			if waits, err := b.Waits(t.Context()); err != nil || len(waits) != 1 || !waits[0].Refused {
				t.Errorf("waits: %+v, %v", waits, err)
			}
		},
		"a request by hand goes while events wait": func(c *tallied, a, b *core.Spending) {
			c.goes(a, assets(18), 18, never)
			c.waits(a, assets(1), midnight())
			c.goes(a, asked(1), 1, never)
			c.goes(b, asked(1), 1, never)
		},
		"task types have a day each": func(c *tallied, a, _ *core.Spending) {
			warm := assets(4)
			warm.TaskType = core.Preload
			c.goes(a, assets(18), 18, never)
			c.goes(a, warm, 4, never)
			c.left(2, 16)
		},
		"what was not accepted is given back": func(c *tallied, a, _ *core.Spending) {
			drawn := c.clock.Now()
			c.goes(a, assets(10), 10, never)
			a.Return(t.Context(), assets(4), drawn)
			c.left(14, 20)
			a.Return(t.Context(), assets(0), drawn)
			c.left(14, 20)
		},
		"to the day that it was taken from": func(c *tallied, a, _ *core.Spending) {
			drawn := c.clock.Now()
			c.goes(a, assets(10), 10, never)
			c.clock.Advance(midnight().Sub(drawn))
			a.Return(t.Context(), assets(10), drawn)
			c.goes(a, assets(18), 18, never)
		},
		"a new day": func(c *tallied, a, b *core.Spending) {
			c.goes(a, assets(20), 18, midnight())
			c.waits(a, assets(1), midnight())
			c.clock.Advance(midnight().Sub(c.clock.Now()))
			c.left(20, 20)
			c.goes(b, assets(10), 10, never) // the probe
			b.Observe(t.Context(), assets(10), nil)
			c.clock.Advance(5 * time.Second)
			c.goes(a, assets(8), 8, never)
		},
		"used up by hand, a new day": func(c *tallied, a, b *core.Spending) {
			c.goes(a, asked(20), 20, never)
			c.waits(a, asked(1), midnight())
			c.clock.Advance(midnight().Sub(c.clock.Now()))
			c.goes(b, asked(1), 1, never)
			b.Observe(t.Context(), asked(1), nil)
			if waits, err := b.Waits(t.Context()); err != nil || len(waits) != 0 {
				t.Errorf("still waits: %v, %v", waits, err)
			}
		},
		"the platform's word ends the day": func(c *tallied, a, b *core.Spending) {
			c.goes(a, assets(2), 2, never)
			refused := coded(core.QuotaExceeded, "VOD.10087")
			if until := a.Observe(t.Context(), assets(2), refused); !until.Equal(midnight()) {
				t.Errorf("refused until %v", until)
			}
			c.waits(b, asked(1), midnight())
			waits, err := b.Waits(t.Context())
			if err != nil || len(waits) != 1 || !waits[0].Refused || !strings.Contains(waits[0].Reason, "VOD.10087") {
				t.Errorf("waits: %+v, %v", waits, err)
			}
		},
		"more is allowed after a restart": func(c *tallied, a, _ *core.Spending) {
			c.goes(a, assets(18), 18, never)
			c.waits(a, assets(1), midnight())
			c.clock.Advance(time.Minute)
			more := core.NewTally(core.TallyConfig{Provider: events.Huawei, Region: "cn-north-4", Store: c.store, Daily: 40, Clock: c.clock})
			again := core.NewSpending(core.SpendingConfig{
				Meters:  map[events.Provider]core.Meter{events.Huawei: more},
				Regions: map[events.Provider]string{events.Huawei: "cn-north-4"}, Store: c.store, Reserve: 0.1, Clock: c.clock, Random: fixed(0),
			})
			c.goes(again, assets(10), 10, never)
		},
		"another region is another account": func(c *tallied, a, _ *core.Spending) {
			c.goes(a, assets(18), 18, never)
			if quota, err := c.tally("ap-southeast-3").Quota(t.Context()); err != nil || quota.Refresh.Remaining != 20 {
				t.Errorf("quota of another region: %+v, %v", quota, err)
			}
		},
		"a store that is out": func(c *tallied, a, _ *core.Spending) {
			c.store.breaks(down())
			c.goes(a, assets(30), 30, never)
			a.Return(t.Context(), assets(1), c.clock.Now())
			if !contains(c.log, "could not be kept") {
				t.Errorf("logged: %s", c.log)
			}
			if _, err := c.tally("cn-north-4").Quota(t.Context()); core.KindOf(err) != core.Unavailable {
				t.Errorf("quota: %v", err)
			}
		},
		"a platform that can be asked": func(c *tallied, a, _ *core.Spending) {
			b := auto(50)
			if granted, until := a.Draw(t.Context(), b); granted != 50 || !until.IsZero() {
				t.Errorf("%d go, the others at %v", granted, until)
			}
			a.Return(t.Context(), b, c.clock.Now())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTallied(t)
			run(c, c.process(), c.process())
		})
	}
}

// However many draw at once, no more go than the day has.
func TestTallyWithManyAtOnce(t *testing.T) {
	t.Parallel()
	c := newTallied(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 8 {
		s := c.process()
		all.Go(func() {
			for range 4 {
				granted, _ := s.Draw(t.Context(), assets(3))
				mu.Lock()
				total += granted
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if total != 18 {
		t.Errorf("%d went, want 18", total)
	}
	c.left(2, 20)
}

func TestTallyOfNonsense(t *testing.T) {
	t.Parallel()
	c := newTallied(t)
	record := core.Record{Key: "tally/huawei/cn-north-4/Refresh/2026-03-20", Value: []byte("many")}
	if revisions, err := c.store.Put(t.Context(), []core.Record{record}); err != nil || revisions[0] == "" {
		t.Fatal(revisions, err)
	}
	if _, err := c.tally("cn-north-4").Quota(t.Context()); core.KindOf(err) != core.Internal || !strings.Contains(err.Error(), `"many"`) {
		t.Errorf("error is %v", err)
	}
}

// Without a zone the day begins at 00:00 +08:00, and without a clock now.
func TestTallyDefaults(t *testing.T) {
	t.Parallel()
	quota, err := core.NewTally(core.TallyConfig{Store: memory.NewStore(nil), Daily: 7}).Quota(t.Context())
	if err != nil || quota.Refresh != (core.Allowance{Limit: 7, Remaining: 7}) {
		t.Errorf("quota %+v, %v", quota, err)
	}
	if resets := quota.ResetsAt.In(beijing()); resets.Hour() != 0 || resets.Minute() != 0 || !resets.After(time.Now()) {
		t.Errorf("resets at %v", resets)
	}
}

package core_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// purse is a provider that knows what is left of the day.
type purse struct {
	platform

	mu    sync.Mutex
	quota core.Quota
	err   error
	asked int
	until time.Time // the deadline that the latest question had
}

func (p *purse) Quota(ctx context.Context) (core.Quota, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	p.until, _ = ctx.Deadline()
	return p.quota, cmp.Or(ctx.Err(), p.err)
}

// holds sets what is left of the day's limit for refresh.
func (p *purse) holds(remaining, limit int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quota.Refresh = core.Allowance{Limit: limit, Remaining: remaining}
}

// fails sets what the next questions are answered with.
func (p *purse) fails(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

func (p *purse) questions() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// day is an account, and the processes that spend its quota.
type day struct {
	t     *testing.T
	clock *clock.Fake
	store *ledger
	purse *purse
	lines *bytes.Buffer
}

// beijing is where the account's day begins.
func beijing() *time.Location { return time.FixedZone("+08:00", 8*60*60) }

// today is a time of the day that the tests are about, or of a later one.
func today(hour, minute, second int) time.Time {
	return time.Date(2026, 3, 20, hour, minute, second, 0, beijing())
}

// midnight is the end of that day.
func midnight() time.Time { return today(24, 0, 0) }

// newDay is at noon, with the whole day's quota left.
func newDay(t *testing.T) *day {
	t.Helper()
	c := clock.NewFake(today(12, 0, 0).UTC())
	p := &purse{quota: core.Quota{Refresh: core.Allowance{Limit: 2000, Remaining: 2000}, Preload: core.Allowance{Limit: 500, Remaining: 500}}}
	return &day{t, c, &ledger{Store: memory.NewStore(c)}, p, new(bytes.Buffer)}
}

// spender is one process.
type spender struct {
	*day
	*core.Spending
}

// process starts one whose messages are not spread, unless change says so.
func (d *day) process(change ...func(*core.SpendingConfig)) spender {
	cfg := core.SpendingConfig{
		Meters:  map[events.Provider]core.Meter{events.Aliyun: d.purse},
		Regions: map[events.Provider]string{events.Aliyun: "cn-shanghai"},
		Store:   d.store, Reserve: 0.1, Clock: d.clock, Random: fixed(0), Log: slog.New(slog.NewTextHandler(d.lines, nil)),
	}
	for _, c := range change {
		c(&cfg)
	}
	return spender{d, core.NewSpending(cfg)}
}

// until moves the clock to a time.
func (d *day) until(then time.Time) { d.clock.Advance(then.Sub(d.clock.Now())) }

// goes wants the batch to be admitted.
func (s spender) goes(b core.Spend) {
	s.t.Helper()
	if until := s.Admit(s.t.Context(), b); !until.IsZero() {
		s.t.Fatalf("%v at %v: waits until %v", b, s.clock.Now(), until)
	}
}

// waits wants the batch to come again at a time.
func (s spender) waits(b core.Spend, want time.Time) {
	s.t.Helper()
	if until := s.Admit(s.t.Context(), b); !until.Equal(want) {
		s.t.Fatalf("%v at %v: waits until %v, want %v", b, s.clock.Now(), until, want)
	}
}

// ends tells of a batch that was neither refused for quota nor has to wait.
func (s spender) ends(b core.Spend, err error) {
	s.t.Helper()
	if until := s.Observe(s.t.Context(), b, err); !until.IsZero() {
		s.t.Fatalf("ended with %v at %v: waits until %v", err, s.clock.Now(), until)
	}
}

// refused tells of a batch that the platform had no quota for.
func (s spender) refused(b core.Spend, want time.Time) {
	s.t.Helper()
	if until := s.Observe(s.t.Context(), b, spent()); !until.Equal(want) {
		s.t.Fatalf("refused at %v: waits until %v, want %v", s.clock.Now(), until, want)
	}
}

// wait is what operators are told of refresh.
func (s spender) wait() core.QuotaWait {
	s.t.Helper()
	waits, err := s.Waits(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(waits, func(w core.QuotaWait) bool { return w.TaskType == core.Refresh })
	if i < 0 {
		return core.QuotaWait{}
	}
	return waits[i]
}

func spent() error { return coded(core.QuotaExceeded, "QuotaExceeded.Refresh") }

// auto is a batch that came of events, manual one by hand.
func auto(urls int) core.Spend {
	return core.Spend{Provider: events.Aliyun, TaskType: core.Refresh, URLs: urls}
}

func manual(urls int) core.Spend {
	b := auto(urls)
	b.Manual = true
	return b
}

func preload(urls int) core.Spend {
	b := auto(urls)
	b.TaskType = core.Preload
	return b
}

// ledger is a store that counts, and fails on demand.
type ledger struct {
	core.Store

	mu         sync.Mutex
	gets, puts int
	err        error         // of every call
	lost       bool          // every write comes too late
	patience   time.Duration // that the latest call had at most
}

func (l *ledger) enter(ctx context.Context, n *int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	*n++
	if deadline, ok := ctx.Deadline(); ok {
		l.patience = time.Until(deadline)
	}
	return l.err
}

func (l *ledger) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if err := l.enter(ctx, &l.gets); err != nil {
		return nil, err
	}
	return l.Store.Get(ctx, keys)
}

func (l *ledger) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if err := l.enter(ctx, &l.puts); err != nil {
		return nil, err
	}
	if l.lost {
		return make([]string, len(records)), nil
	}
	return l.Store.Put(ctx, records)
}

// breaks makes every call fail, or none.
func (l *ledger) breaks(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// counted are the calls so far.
func (l *ledger) counted() (gets, puts int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gets, l.puts
}

// TestSpending is one table of what can happen in a day, at noon to begin with.
// The reserve is 200 of 2000, and nothing is spread.
func TestSpending(t *testing.T) {
	t.Parallel()
	tests := map[string]func(d *day, a, b spender){
		"down to the reserve": func(d *day, a, b spender) {
			d.purse.holds(220, 2000)
			a.goes(auto(20))
			b.waits(auto(21), midnight())
		},
		"by hand, into the reserve": func(d *day, a, _ spender) {
			d.purse.holds(10, 2000)
			a.waits(auto(1), midnight())
			a.goes(manual(20))
			a.ends(manual(20), nil)
			a.waits(auto(1), midnight())
		},
		"refused, by hand too": func(_ *day, a, b spender) {
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			a.waits(auto(1), midnight())
			a.waits(manual(1), midnight())
			b.waits(auto(1), midnight())
			b.waits(manual(1), midnight())
		},
		"refused by hand, while events wait for the reserve": func(d *day, a, b spender) {
			d.purse.holds(10, 2000)
			a.waits(auto(1), midnight())
			a.goes(manual(20))
			a.refused(manual(20), midnight())
			a.waits(manual(1), midnight())
			b.waits(auto(1), midnight())
			if got, want := a.wait().Reason, "refused by the platform: QuotaExceeded.Refresh"; got != want {
				d.t.Errorf("reason %q, want %q", got, want)
			}
		},
		"refused twice, while under way together": func(d *day, a, b spender) {
			a.goes(auto(20))
			b.goes(auto(20))
			a.refused(auto(20), midnight())
			d.clock.Advance(time.Second)
			b.refused(auto(20), midnight())
		},
		"refused, and one that left before it accepted": func(_ *day, a, b spender) {
			a.goes(auto(20))
			a.goes(auto(1))
			a.refused(auto(20), midnight())
			a.ends(auto(1), nil)
			a.waits(auto(20), midnight())
			b.waits(auto(20), midnight())
		},
		"the other task type is another quota": func(_ *day, a, _ spender) {
			a.goes(auto(1))
			a.refused(auto(1), midnight())
			a.goes(preload(1))
			a.goes(preload(400))
		},
		"another error is none of our business": func(_ *day, a, _ spender) {
			for _, err := range []error{coded(core.Throttled, "Throttling"), context.Canceled, errors.New("?")} {
				a.goes(auto(1))
				a.ends(auto(1), err)
			}
			a.goes(auto(1))
		},
		"more than any day has": func(d *day, a, _ spender) {
			d.purse.holds(1100, 2000)
			a.goes(auto(5000))
			d.clock.Advance(time.Minute)
			d.purse.holds(1099, 2000)
			a.waits(auto(5000), midnight())
		},
		"no estimate is one URL": func(d *day, a, _ spender) {
			d.purse.holds(200, 2000)
			a.waits(auto(0), midnight())
		},
		"accepted after midnight": func(d *day, a, b spender) {
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			d.until(midnight().Add(-time.Nanosecond))
			a.waits(auto(1), midnight())
			d.until(midnight())
			a.goes(auto(20))
			a.waits(auto(20), midnight().Add(time.Minute))
			b.waits(manual(20), midnight().Add(time.Minute))
			a.ends(auto(20), nil)
			a.goes(auto(20))
			d.clock.Advance(5 * time.Second)
			b.goes(auto(20))
			if w := a.wait(); w != (core.QuotaWait{}) {
				d.t.Errorf("still waits: %v", w)
			}
		},
		"a probe by hand": func(d *day, a, b spender) {
			a.goes(manual(20))
			a.refused(manual(20), midnight())
			d.until(midnight())
			a.goes(manual(20))
			b.waits(auto(20), midnight().Add(time.Minute))
			a.ends(manual(20), nil)
			a.goes(auto(20))
		},
		"a probe that failed for another reason": func(d *day, a, b spender) {
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			d.until(midnight())
			a.goes(auto(20))
			a.ends(auto(20), coded(core.Unavailable, "ServiceUnavailable"))
			b.goes(auto(20))
			a.waits(auto(20), midnight().Add(time.Minute))
		},
		"a probe that nobody heard of again": func(d *day, a, b spender) {
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			d.until(midnight())
			a.goes(auto(20))
			d.clock.Advance(time.Minute - time.Nanosecond)
			b.waits(auto(20), midnight().Add(time.Minute))
			d.clock.Advance(time.Nanosecond)
			b.goes(auto(20))
		},
		"a probe that fails when it is another's turn": func(d *day, a, b spender) {
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			d.until(midnight())
			a.goes(auto(20))
			d.clock.Advance(time.Minute)
			b.goes(auto(20))
			a.waits(auto(20), midnight().Add(2*time.Minute))
			a.ends(auto(20), coded(core.Unavailable, ""))
			a.waits(auto(20), midnight().Add(2*time.Minute))
		},
		"taken by hand from the reserve, which is no probe": func(d *day, a, _ spender) {
			d.purse.holds(100, 2000)
			a.waits(auto(20), midnight())
			d.until(midnight())
			a.goes(manual(20))
			a.ends(manual(20), nil)
			if w := a.wait(); !w.Until.Equal(midnight()) {
				d.t.Errorf("waits until %v, want %v", w.Until, midnight())
			}
		},
		"only the reserve is left after midnight": func(d *day, a, b spender) {
			d.purse.holds(100, 2000)
			a.waits(auto(20), midnight())
			d.until(midnight())
			a.waits(auto(20), midnight().Add(15*time.Minute))
			b.waits(auto(20), midnight().Add(15*time.Minute))
			d.clock.Advance(15 * time.Minute)
			b.waits(auto(20), midnight().Add(45*time.Minute))
			if w := b.wait(); w.Probes != 2 {
				d.t.Errorf("%d probes in vain, want 2", w.Probes)
			}
		},
		"the reserve is left, although it was refused": func(d *day, a, _ spender) {
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			d.purse.holds(100, 2000)
			d.until(midnight())
			a.waits(auto(20), midnight().Add(15*time.Minute))
			a.goes(manual(20))
		},
		"left yesterday, refused today": func(d *day, a, _ spender) {
			d.until(midnight().Add(-time.Second))
			a.goes(auto(20))
			d.until(midnight().Add(time.Second))
			a.refused(auto(20), midnight().Add(15*time.Minute+time.Second))
		},
		"refused today": func(d *day, a, _ spender) {
			d.until(midnight().Add(time.Minute))
			a.goes(auto(20))
			a.refused(auto(20), midnight().AddDate(0, 0, 1))
		},
		"an unknown provider": func(_ *day, a, _ spender) {
			b := core.Spend{Provider: events.Huawei, TaskType: core.Refresh, URLs: 1}
			a.goes(b)
			a.refused(b, midnight())
			a.waits(b, midnight())
		},
	}
	for name, run := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDay(t)
			run(d, d.process(), d.process())
		})
	}
}

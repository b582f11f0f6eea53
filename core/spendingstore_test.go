package core_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// down is what a store answers that cannot be reached.
func down() error { return core.Errorf(core.Unavailable, "the store cannot be reached") }

func TestSpendingSurvivesARestart(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	a := d.process()
	a.goes(auto(20))
	a.refused(auto(20), midnight())
	d.process().waits(manual(20), midnight())
	d.until(midnight())
	d.process().goes(auto(20)) // the probe, and its process ends with it
	d.process().waits(auto(20), midnight().Add(time.Minute))
	d.clock.Advance(time.Minute)
	b := d.process()
	b.goes(auto(20))
	b.refused(auto(20), midnight().Add(16*time.Minute))
	d.process().waits(auto(20), midnight().Add(16*time.Minute))
}

func TestSpendingForgetsADayLater(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	a := d.process()
	a.goes(auto(20))
	a.refused(auto(20), midnight())
	d.until(midnight().Add(24*time.Hour - time.Nanosecond))
	if w := a.wait(); !w.Until.Equal(midnight()) {
		t.Errorf("waits until %v, want %v", w.Until, midnight())
	}
	d.clock.Advance(time.Nanosecond)
	if w := a.wait(); w != (core.QuotaWait{}) {
		t.Errorf("still waits: %v", w)
	}
	a.goes(auto(20))
	a.goes(auto(20))
}

// TestSpendingRacesForTheProbe lets many processes at one store at the same time.
func TestSpendingRacesForTheProbe(t *testing.T) {
	t.Parallel()
	const processes, rounds, batches = 8, 10, 4
	d := newDay(t)
	a := d.process()
	a.goes(auto(20))
	a.refused(auto(20), midnight())
	all := make([]spender, processes)
	for i := range all {
		all[i] = d.process()
	}
	next := midnight()
	for range rounds {
		d.until(next)
		var mu sync.Mutex
		var admitted []spender
		var racing sync.WaitGroup
		for _, p := range all {
			for range batches {
				racing.Go(func() {
					if p.Admit(t.Context(), auto(20)).IsZero() {
						mu.Lock()
						defer mu.Unlock()
						admitted = append(admitted, p)
					}
				})
			}
		}
		racing.Wait()
		if len(admitted) != 1 {
			t.Fatalf("%d probes at once", len(admitted))
		}
		next = admitted[0].Observe(t.Context(), auto(20), spent())
	}
}

// TestSpendingIsCheap counts what a hundred seconds of 50 batches cost.
func TestSpendingIsCheap(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.purse.holds(1_000_000, 1_000_000)
	a := d.process()
	for range 5000 {
		a.goes(auto(20))
		a.ends(auto(20), nil)
		d.clock.Advance(20 * time.Millisecond)
	}
	if gets, puts := d.store.counted(); gets > 21 || puts != 0 {
		t.Errorf("the store is read %d times and written %d times, want 20 and 0", gets, puts)
	}
	if n := d.purse.questions(); n != 2 {
		t.Errorf("the platform is asked %d times, want 2", n)
	}
}

func TestSpendingWithoutItsStore(t *testing.T) {
	t.Parallel()
	tests := map[string]func(d *day, a, b spender){
		"nothing is known": func(d *day, a, _ spender) {
			d.store.breaks(down())
			a.goes(auto(20))
			a.goes(manual(20))
			a.ends(auto(20), nil)
		},
		"a refusal holds for its process": func(d *day, a, b spender) {
			d.store.breaks(down())
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			a.waits(auto(20), midnight())
			b.goes(auto(20))
			d.until(midnight())
			a.goes(auto(20))
			a.waits(auto(20), midnight().Add(time.Minute))
			a.ends(auto(20), coded(core.Throttled, ""))
			a.goes(auto(20))
			a.ends(auto(20), nil)
			a.goes(auto(20))
		},
		"what was read before holds": func(d *day, a, b spender) {
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			b.waits(auto(20), midnight())
			d.store.breaks(down())
			d.clock.Advance(time.Hour)
			b.waits(auto(20), midnight())
		},
		"the store is back, and told": func(d *day, a, b spender) {
			d.store.breaks(down())
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			d.store.breaks(nil)
			b.goes(auto(20))
			d.clock.Advance(5 * time.Second)
			a.waits(auto(20), midnight())
			b.waits(auto(20), midnight())
		},
		"the store is back, and knows better": func(d *day, a, b spender) {
			b.goes(auto(20))
			d.store.breaks(down())
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			d.store.breaks(nil)
			d.until(midnight().Add(2 * time.Minute))
			b.refused(auto(20), midnight().AddDate(0, 0, 1))
			a.waits(auto(20), midnight().AddDate(0, 0, 1))
		},
		"the end of a wait reaches it later": func(d *day, a, b spender) {
			a.goes(auto(20))
			a.refused(auto(20), midnight())
			d.until(midnight())
			a.goes(auto(20))
			d.store.breaks(down())
			a.ends(auto(20), nil)
			a.goes(auto(20))
			d.store.breaks(nil)
			d.clock.Advance(5 * time.Second)
			a.goes(auto(20))
			b.goes(auto(20))
			b.goes(auto(20))
		},
	}
	for name, run := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDay(t)
			run(d, d.process(), d.process())
			if !strings.Contains(d.lines.String(), "the store cannot be reached") {
				t.Error("nobody is told that the store cannot be reached")
			}
			if d.store.patience > 3*time.Second || d.store.patience <= 0 {
				t.Errorf("the store has %v to answer, want 3s", d.store.patience)
			}
		})
	}
}

func TestSpendingSparesABrokenStore(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.store.breaks(down())
	a := d.process()
	for range 100 {
		a.goes(auto(1))
		a.ends(auto(1), nil)
	}
	if gets, puts := d.store.counted(); gets != 1 || puts != 0 {
		t.Errorf("asked %d times and written %d times, want 1 and 0", gets, puts)
	}
}

// TestSpendingAlwaysTooLate has a store that others are always faster at.
func TestSpendingAlwaysTooLate(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	a := d.process()
	a.goes(auto(20))
	a.refused(auto(20), midnight())
	d.until(midnight())
	d.store.lost = true
	a.waits(auto(20), midnight().Add(time.Minute))
	a.refused(auto(20), midnight().Add(time.Minute))
}

func TestSpendingReadsNoNonsense(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	_, err := d.store.Put(t.Context(), []core.Record{{Key: "quota/aliyun/cn-shanghai/Refresh", Value: []byte("until when?")}})
	if err != nil {
		t.Fatal(err)
	}
	a := d.process()
	a.goes(auto(20))
	a.refused(auto(20), midnight())
	d.process().waits(auto(20), midnight())
}

// TestSpendingIsARegionsOwn has two accounts in one store.
func TestSpendingIsARegionsOwn(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	a := d.process()
	b := d.process(func(cfg *core.SpendingConfig) {
		cfg.Regions = map[events.Provider]string{events.Aliyun: "ap-southeast-1"}
	})
	a.goes(auto(20))
	a.refused(auto(20), midnight())
	b.goes(auto(20))
	if w := b.wait(); w != (core.QuotaWait{}) {
		t.Errorf("another region waits: %v", w)
	}
}

func TestSpendingReports(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.purse.quota.Preload = core.Allowance{Limit: 500, Remaining: 12}
	a := d.process(func(cfg *core.SpendingConfig) {
		cfg.Meters = map[events.Provider]core.Meter{events.Aliyun: d.purse, events.Huawei: &platform{}}
	})
	b := core.Spend{Provider: events.Huawei, TaskType: core.Preload, URLs: 10}
	for _, b := range []core.Spend{b, auto(20)} {
		a.goes(b)
		a.refused(b, midnight())
	}
	a.waits(preload(20), midnight())
	waits, err := a.Waits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(waits, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const until = `  "until": "2026-03-21T00:00:00+08:00",`
	want := strings.Join([]string{
		`[`, ` {`, `  "provider": "aliyun",`, `  "task_type": "Preload",`, until,
		`  "reason": "10 % of the day's 500 are kept for requests by hand",`, `  "probes": 0`, ` },`,
		` {`, `  "provider": "aliyun",`, `  "task_type": "Refresh",`, until,
		`  "reason": "refused by the platform: QuotaExceeded.Refresh",`, `  "probes": 0`, ` },`,
		` {`, `  "provider": "huawei",`, `  "task_type": "Preload",`, until,
		`  "reason": "refused by the platform: QuotaExceeded.Refresh",`, `  "probes": 0`, ` }`, `]`,
	}, "\n")
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	d.store.breaks(down())
	if waits, err := a.Waits(t.Context()); core.KindOf(err) != core.Unavailable || waits != nil {
		t.Errorf("without its store it reports %v, %v", waits, err)
	}
	nobody := d.process(func(cfg *core.SpendingConfig) { cfg.Meters = nil })
	if waits, err := nobody.Waits(t.Context()); len(waits) != 0 || err != nil {
		t.Errorf("without providers it reports %v, %v", waits, err)
	}
}

func TestSpendingLogsWhatOperatorsNeed(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	a := d.process()
	a.goes(auto(20))
	a.refused(auto(20), midnight())
	a.waits(auto(20), midnight())
	d.until(midnight())
	a.goes(auto(20))
	a.refused(auto(20), midnight().Add(15*time.Minute))
	d.clock.Advance(15 * time.Minute)
	a.goes(auto(20))
	a.ends(auto(20), nil)
	var got []string
	for line := range strings.Lines(d.lines.String()) {
		_, line, _ = strings.Cut(line, "level=")
		got = append(got, strings.TrimSpace(line))
	}
	want := []string{
		`WARN msg="the day's quota is spent, tasks wait" provider=aliyun task_type=Refresh until=2026-03-21T00:00:00.000+08:00 ` +
			`reason="refused by the platform: QuotaExceeded.Refresh" probes=0`,
		`WARN msg="the day's quota is spent, tasks wait" provider=aliyun task_type=Refresh until=2026-03-21T00:15:00.000+08:00 ` +
			`reason="refused by the platform: QuotaExceeded.Refresh" probes=1`,
		`INFO msg="there is quota again, tasks go on" provider=aliyun task_type=Refresh`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("logged:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

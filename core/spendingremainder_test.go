package core_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// asked wants so many questions to the platform up to now.
func (d *day) asked(want int) {
	d.t.Helper()
	if n := d.purse.questions(); n != want {
		d.t.Fatalf("the platform is asked %d times at %v, want %d", n, d.clock.Now(), want)
	}
}

func TestSpendingAsks(t *testing.T) {
	t.Parallel()
	tests := map[string]func(d *day, a, b spender){
		"once a minute, for both task types": func(d *day, a, _ spender) {
			a.goes(auto(20))
			a.goes(preload(20))
			d.clock.Advance(time.Minute - time.Nanosecond)
			a.goes(auto(20))
			d.asked(1)
			d.clock.Advance(time.Nanosecond)
			a.goes(preload(20))
			a.goes(auto(20))
			d.asked(2)
		},
		"every process for itself": func(d *day, a, b spender) {
			a.goes(auto(20))
			b.goes(auto(20))
			d.asked(2)
		},
		"not for what is done by hand": func(d *day, a, _ spender) {
			a.goes(manual(20))
			d.asked(0)
		},
		"every five seconds near the end": func(d *day, a, _ spender) {
			d.purse.holds(410, 2000)
			a.goes(auto(20)) // 190 above the reserve
			d.asked(1)
			a.goes(auto(20))
			d.asked(1)
			d.clock.Advance(5 * time.Second)
			a.goes(auto(20))
			d.asked(2)
			a.goes(auto(20))
			d.asked(2)
		},
		"anew when the day has changed": func(d *day, a, _ spender) {
			d.until(midnight().Add(-time.Second))
			a.goes(auto(20))
			d.until(midnight())
			a.goes(auto(20))
			a.goes(auto(20))
			d.asked(2)
		},
		"before our own estimate ends the day": func(d *day, a, _ spender) {
			d.purse.holds(240, 2000)
			a.goes(auto(20))
			a.ends(auto(20), nil)
			a.goes(auto(20))
			d.clock.Advance(time.Second)
			a.waits(auto(20), today(12, 0, 5).Add(5*time.Second/2)) // asked again in a moment
			d.asked(1)
			if w := a.wait(); w != (core.QuotaWait{}) {
				d.t.Errorf("the day is over: %v", w)
			}
			d.clock.Advance(4 * time.Second)
			a.goes(auto(20)) // the platform counted less
			d.purse.holds(219, 2000)
			d.clock.Advance(5 * time.Second)
			a.waits(auto(20), midnight().Add(5*time.Minute))
			d.asked(3)
		},
		"and counts what was spent since": func(d *day, a, _ spender) {
			d.purse.holds(1000, 2000)
			for range 40 {
				a.goes(auto(20))
			}
			d.asked(1)
			if until := a.Admit(d.t.Context(), auto(20)); until.IsZero() || until.After(today(12, 0, 10)) {
				d.t.Errorf("goes on until %v", until)
			}
			a.goes(manual(20))
		},
		"and gives nothing back that was not taken": func(d *day, a, _ spender) {
			a.goes(auto(20))
			d.purse.holds(230, 2000)
			d.clock.Advance(time.Minute)
			a.goes(auto(1))
			a.ends(auto(20), coded(core.Unavailable, ""))
			a.waits(auto(31), midnight().Add(5*time.Minute))
			d.asked(2)
		},
		"and gives back what was not spent": func(d *day, a, _ spender) {
			d.purse.holds(220, 2000)
			for range 10 {
				a.goes(auto(20))
				a.ends(auto(20), coded(core.Unavailable, ""))
			}
			d.asked(1)
		},
	}
	for name, run := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDay(t)
			half := func(cfg *core.SpendingConfig) { cfg.Random = fixed(0.5) }
			run(d, d.process(half), d.process(half))
		})
	}
}

func TestSpendingGoesOnWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	tests := map[string]func(d *day, a spender){
		"no answer, and the next try a minute later": func(d *day, a spender) {
			d.purse.fails(coded(core.Unavailable, "ServiceUnavailable"))
			for range 100 {
				a.goes(auto(20))
			}
			d.asked(1)
			d.clock.Advance(time.Minute)
			a.goes(auto(20))
			d.asked(2)
			if n := strings.Count(d.lines.String(), "cannot be asked"); n != 2 {
				d.t.Errorf("logged %d times, want 2", n)
			}
			d.purse.fails(nil)
			d.purse.holds(200, 2000)
			d.clock.Advance(time.Minute)
			a.waits(auto(20), midnight())
		},
		"no answer near the end": func(d *day, a spender) {
			d.purse.holds(230, 2000)
			a.goes(auto(20))
			d.purse.fails(context.DeadlineExceeded)
			d.clock.Advance(5 * time.Second)
			a.goes(auto(20))
			a.goes(auto(20))
			d.asked(2)
		},
		"no answer while only the reserve is left": func(d *day, a spender) {
			d.purse.holds(200, 2000)
			a.waits(auto(20), midnight())
			d.purse.fails(coded(core.Unavailable, ""))
			d.clock.Advance(5 * time.Minute)
			a.waits(auto(20), midnight())
			d.asked(2)
			d.until(midnight())
			a.goes(auto(20)) // as a probe
			a.waits(auto(20), midnight().Add(time.Minute))
		},
		"no limit": func(d *day, a spender) {
			d.purse.holds(0, 0)
			a.goes(auto(20))
			a.goes(auto(20))
			d.asked(1)
		},
		"the batch is given up meanwhile": func(d *day, a spender) {
			ctx, cancel := context.WithCancel(d.t.Context())
			cancel()
			if until := a.Admit(ctx, auto(20)); !until.IsZero() {
				d.t.Errorf("waits until %v", until)
			}
			d.purse.holds(200, 2000)
			a.waits(auto(20), midnight())
			d.asked(2)
		},
	}
	for name, run := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDay(t)
			run(d, d.process())
			if left := time.Until(d.purse.until); left > 3*time.Second || left < -time.Minute {
				t.Errorf("the platform has %v to answer, want 3s", left)
			}
		})
	}
}

// TestSpendingHearsOfBoughtQuota has an operator who buys quota in the afternoon.
func TestSpendingHearsOfBoughtQuota(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	a, b := d.process(), d.process()
	b.goes(auto(20)) // knows of a day when there was enough
	d.purse.holds(205, 2000)
	a.waits(auto(20), midnight())
	d.clock.Advance(5 * time.Second)
	b.waits(auto(20), midnight())
	b.waits(auto(5), midnight()) // the day is over for all, and stays so
	d.asked(2)
	d.clock.Advance(5*time.Minute - 6*time.Second)
	a.waits(auto(20), midnight())
	d.asked(2)
	d.clock.Advance(time.Second)
	a.waits(auto(5), midnight()) // there is enough for it, and there was before
	d.asked(3)
	d.purse.holds(210, 2100) // more, and not enough
	d.clock.Advance(5 * time.Minute)
	a.waits(auto(20), midnight())
	d.asked(4)
	d.purse.holds(2205, 4000)
	d.clock.Advance(5*time.Minute - time.Nanosecond)
	a.waits(auto(20), midnight())
	d.asked(4)
	d.clock.Advance(time.Nanosecond)
	a.goes(auto(20))
	a.goes(auto(20))
	d.asked(5)
	if w := a.wait(); w != (core.QuotaWait{}) {
		t.Errorf("still waits: %v", w)
	}
	d.clock.Advance(5 * time.Second)
	b.goes(auto(20))
	a.refused(auto(20), midnight())
	d.purse.holds(4000, 4000)
	d.clock.Advance(time.Hour)
	a.waits(auto(20), midnight()) // a refusal holds, whatever is said to be left
}

func TestSpendingReserves(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reserve          float64
		limit, remaining int
		urls             int
		reason           string // empty: it goes
	}{
		"a tenth, left":              {0.1, 2000, 220, 20, ""},
		"a tenth, not left":          {0.1, 2000, 219, 20, "10 % of the day's 2000 are kept for requests by hand"},
		"nothing, left":              {0, 500, 20, 20, ""},
		"nothing, not left":          {0, 500, 19, 20, "the day's 500 are spent"},
		"a fraction, rounded":        {0.07, 50, 5, 1, ""},
		"a fraction, not left":       {0.07, 50, 4, 1, "7 % of the day's 50 are kept for requests by hand"},
		"a third":                    {1. / 3, 90, 30, 1, "33.3 % of the day's 90 are kept for requests by hand"},
		"so small that none is kept": {0.1, 4, 1, 1, ""},
		"overdrawn":                  {0, 4, -1, 1, "the day's 4 are spent"},
		"half of it, left":           {0.1, 500, 275, 225, ""},
		"half of it, not left":       {0.1, 500, 274, 225, "10 % of the day's 500 are kept for requests by hand"},
		"more than half, half left":  {0.1, 500, 275, 440, ""},
		"more than half, less left":  {0.1, 500, 274, 440, "10 % of the day's 500 are kept for requests by hand"},
		"more than there is":         {0.1, 500, 275, 9999, ""},
		"a limit of one":             {0.1, 1, 1, 20, ""},
		"a limit of one, spent":      {0.1, 1, 0, 20, "the day's 1 are spent"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDay(t)
			d.purse.holds(test.remaining, test.limit)
			a := d.process(func(cfg *core.SpendingConfig) { cfg.Reserve = test.reserve })
			until := a.Admit(t.Context(), auto(test.urls))
			if got := a.wait().Reason; got != test.reason || until.IsZero() != (test.reason == "") {
				t.Errorf("waits until %v because %q, want %q", until, got, test.reason)
			}
		})
	}
}

// TestSpendingAsksForAllAtOnce has many batches begin at the same time.
func TestSpendingAsksForAllAtOnce(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	a := d.process()
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			b := []core.Spend{auto(1), preload(1), manual(1)}[i%3]
			if until := a.Admit(t.Context(), b); !until.IsZero() {
				t.Errorf("waits until %v", until)
			}
			if until := a.Observe(t.Context(), b, nil); !until.IsZero() {
				t.Errorf("waits until %v", until)
			}
		})
	}
	all.Wait()
	d.asked(1)
}

package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// TestSpendingProbesLessAndLess refuses every probe of a day: the pauses double up
// to two hours, and the next midnight is never missed.
func TestSpendingProbesLessAndLess(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	a, b := d.process(), d.process()
	a.goes(auto(20))
	a.refused(auto(20), midnight())
	d.until(midnight())
	for i, minutes := range []int{15, 45, 105, 225, 345, 465, 585, 705, 825, 945, 1065, 1185, 1305, 1425, 1440, 1455} {
		next := midnight().Add(time.Duration(minutes) * time.Minute)
		a.goes(auto(20))
		b.waits(auto(20), d.clock.Now().Add(time.Minute))
		a.refused(auto(20), next)
		d.clock.Advance(5 * time.Second)
		b.waits(auto(20), next)
		probes := i + 1
		switch minutes {
		case 1440: // a new day, which begins anew
			probes = 0
		case 1455:
			probes = 1
		}
		if w := b.wait(); w.Probes != probes || !w.Until.Equal(next) {
			t.Errorf("waits until %v after %d probes in vain, want %v and %d", w.Until, w.Probes, next, probes)
		}
		d.until(next)
		a, b = b, a
	}
}

func TestSpendingDaysBeginInTheirZone(t *testing.T) {
	t.Parallel()
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		zone      *time.Location
		now, want time.Time
	}{
		"by default at +08:00":   {nil, time.Date(2026, 3, 20, 15, 59, 59, 0, time.UTC), time.Date(2026, 3, 20, 16, 0, 0, 0, time.UTC)},
		"after midnight, +08:00": {nil, time.Date(2026, 3, 20, 16, 1, 0, 0, time.UTC), time.Date(2026, 3, 21, 16, 0, 0, 0, time.UTC)},
		"UTC":                    {time.UTC, time.Date(2026, 12, 31, 16, 1, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		"in a day of 23 hours":   {newYork, time.Date(2026, 3, 8, 6, 0, 0, 0, time.UTC), time.Date(2026, 3, 9, 4, 0, 0, 0, time.UTC)},
		"in a day of 25 hours":   {newYork, time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 5, 0, 0, 0, time.UTC)},
		"just begun, of 25":      {newYork, time.Date(2026, 11, 1, 4, 0, 59, 0, time.UTC), time.Date(2026, 11, 1, 4, 15, 59, 0, time.UTC)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDay(t)
			d.until(test.now)
			a := d.process(func(cfg *core.SpendingConfig) { cfg.Zone = test.zone })
			a.goes(auto(20))
			a.refused(auto(20), test.want)
			a.waits(auto(20), test.want)
		})
	}
}

// TestSpendingSpreads wants every time that it returns to be spread over ten minutes.
func TestSpendingSpreads(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		random float64
		want   time.Duration
	}{{0, 0}, {0.25, 150 * time.Second}, {0.5, 5 * time.Minute}, {0.999, 9*time.Minute + 59*time.Second + 400*time.Millisecond}} {
		d := newDay(t)
		a := d.process(func(cfg *core.SpendingConfig) { cfg.Random = fixed(test.random) })
		a.goes(auto(20))
		a.refused(auto(20), midnight().Add(test.want))
		a.waits(auto(20), midnight().Add(test.want))
		if got := a.wait().Until; !got.Equal(midnight()) {
			t.Errorf("the probe goes at %v, want %v", got, midnight())
		}
		d.until(midnight())
		a.goes(auto(20))
		a.waits(auto(20), midnight().Add(time.Minute+test.want))
		a.refused(auto(20), midnight().Add(15*time.Minute+test.want))
	}
}

// TestSpendingDefaults wants what is left out to be half of the spread.
func TestSpendingDefaults(t *testing.T) {
	t.Parallel()
	s := core.NewSpending(core.SpendingConfig{Store: newDay(t).store})
	if until := s.Admit(t.Context(), auto(20)); !until.IsZero() {
		t.Fatalf("waits until %v", until)
	}
	now := time.Now()
	until := s.Observe(t.Context(), auto(20), spent()).Add(-5 * time.Minute).In(beijing())
	grace := now.Add(16 * time.Minute) // the test may run at midnight
	if until.Before(now) || until.After(grace) && (until.Hour() != 0 || until.Minute() != 0) {
		t.Errorf("waits until %v and 5 minutes, want midnight at +08:00", until)
	}
}

func TestSpendingSaysWhoRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want string
	}{
		"a code":  {spent(), "refused by the platform: QuotaExceeded.Refresh"},
		"no code": {core.Errorf(core.QuotaExceeded, "no"), "refused by the platform"},
		"an endless code": {
			coded(core.QuotaExceeded, strings.Repeat("x", 999)),
			"refused by the platform: " + strings.Repeat("x", 64) + "…",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newDay(t).process()
			a.goes(auto(20))
			if until := a.Observe(t.Context(), auto(20), test.err); !until.Equal(midnight()) {
				t.Errorf("waits until %v, want %v", until, midnight())
			}
			if got := a.wait().Reason; got != test.want {
				t.Errorf("reason %q, want %q", got, test.want)
			}
		})
	}
}

// TestSpendingTellsTheProbeFromOthers lets batches end that left before the day did.
func TestSpendingTellsTheProbeFromOthers(t *testing.T) {
	t.Parallel()
	// begin has a batch of a on its way, which left before the wait, and the probe of p.
	begin := func(t *testing.T, probes func(a, b spender) spender) (a, b spender) {
		t.Helper()
		d := newDay(t)
		d.until(midnight().Add(-2 * time.Second))
		a, b = d.process(), d.process()
		a.goes(auto(20))
		a.goes(auto(20))
		a.refused(auto(20), midnight())
		d.until(midnight())
		probes(a, b).goes(auto(20))
		return a, b
	}
	first := func(a, _ spender) spender { return a }
	second := func(_, b spender) spender { return b }
	later := midnight().Add(time.Minute)
	t.Run("its own error frees nothing", func(t *testing.T) {
		t.Parallel()
		a, b := begin(t, first)
		a.ends(auto(20), coded(core.Unavailable, ""))
		a.waits(auto(20), later)
		b.waits(auto(20), later)
		a.ends(auto(20), coded(core.Unavailable, "")) // now both have ended
		b.clock.Advance(5 * time.Second)
		b.goes(auto(20))
	})
	t.Run("another's error frees nothing", func(t *testing.T) {
		t.Parallel()
		a, b := begin(t, second)
		a.ends(auto(20), coded(core.Unavailable, ""))
		a.waits(auto(20), later)
		b.ends(auto(20), coded(core.Unavailable, ""))
		b.goes(auto(20))
	})
	t.Run("another's refusal tells less than the probe", func(t *testing.T) {
		t.Parallel()
		a, b := begin(t, second)
		a.refused(auto(20), later)
		b.ends(auto(20), nil)
		b.goes(auto(20))
	})
	t.Run("being accepted opens the day", func(t *testing.T) {
		t.Parallel()
		a, b := begin(t, second)
		a.clock.Advance(5 * time.Second)
		a.waits(auto(20), later)
		a.ends(auto(20), nil)
		a.goes(auto(20))
		b.clock.Advance(5 * time.Second)
		b.goes(auto(20))
		b.ends(auto(20), coded(core.Unavailable, "")) // the probe's lease is long gone
		b.goes(auto(20))
	})
}

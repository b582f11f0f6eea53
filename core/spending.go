package core

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// SpendingConfig is what a Spending is made of. Only Store is required.
type SpendingConfig struct {
	Meters  map[events.Provider]Meter  // which are asked what is left; without one, only refusals count
	Regions map[events.Provider]string // of the accounts: each has a quota of its own
	Store   Store                      // shares what was learnt with other processes, and with the time after a restart
	Reserve float64                    // share of the day's limit that is kept for requests by hand, in [0,1)
	Zone    *time.Location             // whose midnight begins the provider's day; default UTC+8

	Clock  clock.Clock    // default: the system's
	Random func() float64 // in [0,1), safe for concurrent use; default: always 0.5
	Log    *slog.Logger   // default: discard
}

// Spend is what a batch is going to take from the day's quota.
type Spend struct {
	Provider events.Provider
	TaskType TaskType
	URLs     int  // an estimate, in the unit of the provider's [Quota]; at least 1 is taken
	Manual   bool // asked for by hand: it may use the reserve
}

// Spending decides whether batches may be spent today. The platform's answers
// are the truth: what it says is left, asked once a minute and every few seconds
// near the end, and its refusals.
//
// Where the platform cannot be asked, a [Tally] is, which knows exactly what was
// submitted here: then batches by hand wait too once the day is used up, and
// [Spending.Draw] says how many targets of a batch there is room for.
//
// A batch that came of an event goes out while the reserve is left after it; one
// by hand until the platform refuses. Then such batches wait for midnight. What
// waits comes again spread over ten minutes, behind one probe: a single batch, of
// all processes, that shows whether the new day has begun. If it is accepted, all
// may go; if it is refused, the next probe goes 15 minutes later, doubling up to
// two hours but never beyond the next midnight. The hour at which a platform's
// day begins is documented nowhere, and this finds it.
//
// While batches wait because of the reserve, the platform is asked every five
// minutes: if more is left than before, quota was bought, and they go.
//
// The waits live in the store, read at most every five seconds. While it cannot
// be reached, each process goes by what it knows itself. Twice is better than
// never: whatever cannot be found out lets a batch go, because the platform
// refuses by itself.
//
// It is safe for concurrent use.
type Spending struct {
	cfg        SpendingConfig
	remainders map[events.Provider]*remainder

	mu    sync.Mutex
	gates map[gateKey]*gate
}

// NewSpending returns a spending; what cfg leaves out has its default.
func NewSpending(cfg SpendingConfig) *Spending {
	if cfg.Zone == nil {
		cfg.Zone = beijing()
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Random == nil {
		cfg.Random = func() float64 { return 0.5 }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Spending{cfg: cfg, remainders: make(map[events.Provider]*remainder), gates: make(map[gateKey]*gate)}
	for name, m := range cfg.Meters {
		tally, _ := m.(*Tally)
		s.remainders[name] = &remainder{meter: m, tally: tally, spent: make(map[TaskType]int)}
	}
	return s
}

const (
	quotaProbe  = time.Minute      // how long a probe holds others off: longer than a batch takes
	quotaSpread = 10 * time.Minute // over which what waited comes again
	quotaTries  = 32               // at a wait that others change meanwhile; each time, one of them gets through
)

// Admit says whether a batch may go out now: then until is zero, and [Spending.Observe]
// has to be called once with what became of it. Otherwise its messages are to
// come again at until, all together: the spread is in it already, and what comes
// together shares a call once more.
func (s *Spending) Admit(ctx context.Context, b Spend) (until time.Time) {
	b.URLs = max(1, b.URLs)
	g := s.gate(b)
	g.mu.Lock()
	defer g.mu.Unlock()
	s.refresh(ctx, g)
	for range quotaTries {
		now := s.cfg.Clock.Now()
		w, until := s.decide(ctx, g.wait, b, now)
		changed := w != g.wait
		if changed && !s.save(ctx, g, w) {
			s.load(ctx, g) // somebody was faster
			continue
		}
		if until.IsZero() {
			s.take(b)
			g.takeOff(changed && w.waits())
		}
		return until
	}
	return s.spread(s.cfg.Clock.Now().Add(quotaProbe))
}

// decide is what becomes of a batch, and of the wait that it meets.
func (s *Spending) decide(ctx context.Context, w dayWait, b Spend, now time.Time) (next dayWait, until time.Time) {
	switch {
	case b.Manual && !w.Refused:
		if s.tally(b) == nil {
			return w, time.Time{}
		}
		if left, reading := s.judge(ctx, b); left == short {
			w = s.short(w, b, reading, now)
			return w, s.spread(w.Until)
		}
		return w, time.Time{}
	case w.waits() && !w.due(now):
		if w.Refused || !s.bought(ctx, w, b) {
			return w, s.spread(w.Until)
		}
		return dayWait{}, time.Time{}
	case now.Before(w.Probe):
		return w, s.spread(w.Probe)
	}
	if !b.Manual {
		switch left, reading := s.judge(ctx, b); left {
		case short:
			w = s.short(w, b, reading, now)
			return w, s.spread(w.Until)
		case unsure:
			return w, reading.at.Add(time.Duration((1 + s.cfg.Random()) * float64(remainderSoon)))
		case enough:
		}
	}
	if w.waits() {
		w.Probe = now.Add(quotaProbe)
	}
	return w, time.Time{}
}

// short is the wait of a batch for which not enough is left.
func (s *Spending) short(w dayWait, b Spend, left reading, now time.Time) dayWait {
	w = w.prolonged(now, s.midnight(now))
	w.Refused, w.Remaining, w.Reason = false, left.Remaining, s.kept(left.Limit, b.Manual)
	return w
}

// Observe takes note of how a batch that was admitted ended: nil if the platform
// took it, or else the error. For one of kind QuotaExceeded it returns when the
// batch's messages are to come again, all together; otherwise zero. A ctx that
// has ended keeps other processes from hearing of it.
func (s *Spending) Observe(ctx context.Context, b Spend, err error) (until time.Time) {
	b.URLs = max(1, b.URLs)
	if err != nil {
		s.giveBack(b)
	}
	g := s.gate(b)
	g.mu.Lock()
	defer g.mu.Unlock()
	probe := g.land()
	now := s.cfg.Clock.Now()
	switch KindOf(err) {
	case "":
		s.change(ctx, g, func(w dayWait) dayWait { return w.accepted(b.Manual && s.tally(b) == nil, now) })
	case QuotaExceeded:
		s.change(ctx, g, func(w dayWait) dayWait { return w.refused(g.probe, now, s.midnight(now), refusal(err)) })
		return s.spread(g.wait.again(now))
	default:
		if probe {
			s.change(ctx, g, func(w dayWait) dayWait { return w.released(g.probe) })
		}
	}
	return time.Time{}
}

// spread puts a time off at random, so that not everything comes at once.
func (s *Spending) spread(t time.Time) time.Time {
	return t.Add(time.Duration(s.cfg.Random() * float64(quotaSpread)))
}

// midnight is when the provider's next day begins.
func (s *Spending) midnight(now time.Time) time.Time { return midnight(now, s.cfg.Zone) }

package core

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// CoverageConfig is what a Coverage is made of. Only Store is required.
type CoverageConfig struct {
	Store   Store
	Regions map[events.Provider]string // of the accounts; media IDs are a region's own
	Skew    time.Duration              // how far the clocks of all machines and providers may be apart
	Lease   time.Duration              // how long a reservation holds others off; default a minute
	// Daily is how many submissions of a media and task type events may cause in
	// a day; zero for any number. Zone says when a day begins; default UTC+8.
	Daily int
	Zone  *time.Location
	Clock clock.Clock   // default: the system's
	Token func() string // a new text that nobody else has; default: random
}

// Coverage remembers what was submitted, so that no event is paid for twice.
//
// A message is covered if a submission of the same media, region and task type,
// of a scope at least as wide, is known to have left after its event: the
// event's identity was submitted, or an event of a later second was, or the
// request left one second and the skew or more after the event. In doubt it is
// not covered: twice is better than never.
//
// It takes two steps, because only a submission that was answered covers: Reserve
// before the call, then Commit or, if it failed, Release. What happens to the
// process in between costs another submission after the lease, never a lost one.
// A call whose outcome is unknown is released.
type Coverage struct{ cfg CoverageConfig }

// NewCoverage returns a coverage; what cfg leaves out has its default.
func NewCoverage(cfg CoverageConfig) *Coverage {
	if cfg.Lease <= 0 {
		cfg.Lease = time.Minute
	}
	if cfg.Zone == nil {
		cfg.Zone = beijing()
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Token == nil {
		cfg.Token = rand.Text
	}
	return &Coverage{cfg}
}

// ReservationState says what is to become of a message.
type ReservationState string

// The states of a reservation.
const (
	Reserved ReservationState = "reserved" // submit it, then Commit or Release
	Joined   ReservationState = "joined"   // its leader's submission is its own
	Covered  ReservationState = "covered"  // it is done already
	Busy     ReservationState = "busy"     // put it back until the other worker's lease ends
	// Exhausted: events have had the media submitted as often as a day allows;
	// put it back until the next day.
	Exhausted ReservationState = "exhausted"
)

// Reservation is what Reserve decided on a message.
type Reservation struct {
	Message Message
	State   ReservationState
	// Leader is the index of the reservation that is submitted for this one too,
	// if it is Joined; otherwise its own.
	Leader int
	// Until is when the lease ends: our own if it is Reserved or Joined, the
	// other worker's if it is Busy, who may well be done earlier. If it is
	// Exhausted, it is when the next day begins.
	Until time.Time

	claim claim
	token string
	page  page // what to enter on Commit
}

// claim is a message as coverage sees it.
type claim struct {
	index    int
	key      string
	scope    scope
	identity string
	at       time.Time
	known    bool // whether at is the event's own
	free     bool // whether it is submitted even if covered: it was asked for by hand
}

// coverageTries bounds how often a change is tried again because another worker
// changed the same record meanwhile. Each time, one of the workers gets through.
const coverageTries = 32

// Reserve decides on each message, in their order. Reserve as late as possible,
// right before the call: what waited until then collapses to one submission.
// Messages of one call that are about the same media join the widest of them.
// Requests by hand and redriven messages are never Covered, Busy or Exhausted, and URLs are
// always Reserved: no event names one. The error is the store's; leases that were
// taken nevertheless end by themselves.
func (c *Coverage) Reserve(ctx context.Context, messages []Message) ([]Reservation, error) {
	now := c.cfg.Clock.Now()
	all := make([]Reservation, len(messages))
	open := make(map[string][]claim, len(messages))
	for i, m := range messages {
		all[i] = Reservation{Message: m, State: Reserved, Leader: i, Until: now.Add(c.cfg.Lease)}
		if m.Task.Target != URL {
			claim := c.claim(i, m, now)
			open[claim.key] = append(open[claim.key], claim)
		}
	}
	for _, claims := range open {
		slices.SortStableFunc(claims, func(a, b claim) int { return cmp.Compare(b.scope.width(), a.scope.width()) })
	}
	for range coverageTries {
		left, err := c.change(ctx, keysOf(open), func(b *book, key string) bool {
			return c.decide(b, open[key], all, c.cfg.Clock.Now())
		})
		if err != nil || len(left) == 0 {
			return all, err
		}
		open = only(open, left)
	}
	for _, claims := range open { // so much is going on there that somebody submits it
		for _, claim := range claims {
			all[claim.index].State, all[claim.index].Until = Busy, c.cfg.Clock.Now().Add(time.Second)
		}
	}
	return all, nil
}

// Covered reports which messages are covered already, in their order. It reserves
// nothing: what waits for its turn can be dropped early, and what is left has to be
// reserved. The error is the store's.
func (c *Coverage) Covered(ctx context.Context, messages []Message) ([]bool, error) {
	now := c.cfg.Clock.Now()
	covered, open := make([]bool, len(messages)), make(map[string][]claim, len(messages))
	for i, m := range messages {
		if claim := c.claim(i, m, now); m.Task.Target != URL && !claim.free {
			open[claim.key] = append(open[claim.key], claim)
		}
	}
	_, err := c.change(ctx, keysOf(open), func(b *book, key string) bool {
		for _, claim := range open[key] {
			covered[claim.index] = b.covers(claim, c.cfg.Skew)
		}
		return false
	})
	return covered, err
}

// claim reads a message.
func (c *Coverage) claim(i int, m Message, now time.Time) claim {
	if m.Received.IsZero() {
		m.Received = now
	}
	at, known := m.Happened(c.cfg.Skew)
	t := m.Task
	return claim{
		index: i,
		key:   strings.Join([]string{"coverage", string(t.Provider), c.cfg.Regions[t.Provider], string(t.Options.TaskType), t.ID}, "/"),
		scope: scopeOf(t), identity: t.Identity, at: at, known: known,
		free: t.Manual() || m.Redriven,
	}
}

// decide settles the claims on one media, the widest first, and reports whether
// the book has changed.
func (c *Coverage) decide(b *book, claims []claim, all []Reservation, now time.Time) bool {
	b.expire(now)
	foreign := *b // as it is without our own leases
	var leaders []int
	for _, claim := range claims {
		r := &all[claim.index]
		*r = Reservation{Message: r.Message, Leader: claim.index, claim: claim}
		leader := slices.IndexFunc(leaders, func(i int) bool { return all[i].claim.scope.covers(claim.scope) })
		until := foreign.busy(claim.scope)
		switch {
		case !claim.free && b.covers(claim, c.cfg.Skew):
			r.State = Covered
		case leader >= 0:
			first := &all[leaders[leader]]
			r.State, r.Leader, r.Until = Joined, leaders[leader], first.Until
			first.page = merge(first.page, claim.page().of(first.page.Scope))
		case !claim.free && !until.IsZero():
			r.State, r.Until = Busy, until
		case !claim.free && c.cfg.Daily > 0 && b.spent(c.day(now)) >= c.cfg.Daily:
			r.State, r.Until = Exhausted, c.tomorrow(now)
		default:
			r.State, r.Until, r.token, r.page = Reserved, now.Add(c.cfg.Lease), c.cfg.Token(), claim.page()
			b.Leases = append(slices.Clone(b.Leases), lease{r.token, claim.scope, r.Until})
			leaders = append(leaders, claim.index)
		}
	}
	return len(leaders) > 0
}

// page is what a submission for the claim alone would enter. A time that is not
// the event's own covers no other event: its clock is not the provider's.
func (c claim) page() page {
	p := page{Scope: c.scope}
	if c.known {
		p.Event = c.at
	}
	if c.identity != "" {
		p.Identities = []string{c.identity}
	}
	return p
}

// Commit records that the reservations that are Reserved were submitted, and
// those that joined them with them. The time is ours, read before the request
// left. Others are ignored. An error means that they may be submitted again.
func (c *Coverage) Commit(ctx context.Context, reservations []Reservation, submitted time.Time) error {
	return c.end(ctx, reservations, func(b *book, r Reservation) bool {
		b.release(r.token)
		p := r.page
		p.Submitted = submitted
		b.commit(p)
		if !r.claim.free {
			b.count(c.day(submitted))
		}
		return true
	})
}

// day names the day of a time.
func (c *Coverage) day(t time.Time) string { return t.In(c.cfg.Zone).Format(time.DateOnly) }

// tomorrow is when the day after that of a time begins.
func (c *Coverage) tomorrow(t time.Time) time.Time {
	year, month, day := t.In(c.cfg.Zone).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, c.cfg.Zone)
}

// Release gives the reservations that are Reserved back: they were not submitted,
// or nobody knows. Others are ignored. After an error they are free when their
// lease ends.
func (c *Coverage) Release(ctx context.Context, reservations []Reservation) error {
	return c.end(ctx, reservations, func(b *book, r Reservation) bool { return b.release(r.token) })
}

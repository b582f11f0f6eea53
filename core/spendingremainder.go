package core

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

const (
	remainderAge      = time.Minute     // how long the platform's answer is believed
	remainderSoon     = 5 * time.Second // the same, near the end
	remainderBought   = 5 * time.Minute // the same, once only the reserve is left
	remainderNear     = 0.1             // of the limit above the reserve, the end is near
	remainderPatience = 3 * time.Second // with the platform
)

// remainder is what one provider's meter said of its quota.
type remainder struct {
	meter Meter
	tally *Tally // the meter, if it is one

	mu    sync.Mutex // held while the platform is asked: the others need the answer too
	asked time.Time
	known bool // it answered
	quota Quota
	spent map[TaskType]int // since it was asked, in URLs
}

// reading is what is known of one task type's allowance.
type reading struct {
	Allowance

	at    time.Time // when the platform was asked
	spent int       // since, in URLs
}

// ask is the platform's answer, unless it is known already: of the same day, and
// not older than age. There is none if the platform did not answer or knows no
// limit.
func (s *Spending) ask(ctx context.Context, b Spend, age time.Duration) (reading, bool) {
	r := s.remainders[b.Provider]
	if r == nil {
		return reading{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := s.cfg.Clock.Now()
	if r.tally != nil || r.asked.IsZero() || now.Sub(r.asked) >= age || !now.Before(s.midnight(r.asked)) {
		patient, cancel := context.WithTimeout(ctx, remainderPatience)
		defer cancel()
		quota, err := r.meter.Quota(patient)
		if err != nil && ctx.Err() != nil { // the caller is gone, that says nothing
			return reading{}, false
		}
		if err != nil {
			s.cfg.Log.WarnContext(ctx, "what is left of the day's quota cannot be asked, tasks go on without", "provider", b.Provider,
				"error_kind", KindOf(err), "error", err)
		}
		r.asked, r.known, r.quota, r.spent = now, err == nil, quota, make(map[TaskType]int)
	}
	a := r.quota.Refresh
	if b.TaskType == Preload {
		a = r.quota.Preload
	}
	return reading{a, r.asked, r.spent[b.TaskType]}, r.known && a.Limit > 0
}

// take enters what is being spent, until the platform tells better.
func (s *Spending) take(b Spend) { s.count(b, b.URLs) }

// giveBack undoes a take: nothing was spent.
func (s *Spending) giveBack(b Spend) { s.count(b, -b.URLs) }

func (s *Spending) count(b Spend, urls int) {
	r := s.remainders[b.Provider]
	if r == nil || r.tally != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spent[b.TaskType] = max(0, r.spent[b.TaskType]+urls)
}

// left says whether there is quota for a batch.
type left int

const (
	enough left = iota
	short       // the platform says so
	unsure      // our own estimate says so, and the platform may not be asked again yet
)

// judge says whether there is quota for a batch, the reserve aside unless it is
// by hand. It never lets a day end by our own estimate, only by the platform's word.
func (s *Spending) judge(ctx context.Context, b Spend) (left, reading) {
	r, ok := s.ask(ctx, b, remainderAge)
	if s.tally(b) != nil {
		b.URLs = 1 // Draw sees to the others
	}
	if ok && float64(s.above(r, b)-r.spent) < remainderNear*float64(r.Limit) {
		r, ok = s.ask(ctx, b, remainderSoon)
	}
	above := s.above(r, b)
	switch {
	case !ok, above >= r.spent:
		return enough, r
	case above >= 0:
		return unsure, r
	}
	return short, r
}

// above is how much would be left above the reserve after a batch, had nothing else
// been spent since the platform was asked. A batch that takes more than half of what
// a day has above the reserve goes as long as half is left: it would end every day
// that a smaller one has begun, and wait for ever.
func (s *Spending) above(r reading, b Spend) int {
	reserve := s.reserve(r.Limit)
	if b.Manual {
		reserve = 0
	}
	return r.Remaining - reserve - min(b.URLs, max(1, (r.Limit-reserve)/2))
}

// reserve is how much of a limit is kept for requests by hand.
func (s *Spending) reserve(limit int) int { return int(math.Round(s.cfg.Reserve * float64(limit))) }

// bought reports whether there is quota for a batch although only the reserve
// was left. A remainder that has grown was bought, or the new day has begun.
func (s *Spending) bought(ctx context.Context, w dayWait, b Spend) bool {
	r, ok := s.ask(ctx, b, remainderBought)
	return ok && r.at.After(w.Since) && r.Remaining > w.Remaining && s.above(r, b) >= r.spent
}

// kept is the reason of a wait for more than the reserve, or than nothing.
func (s *Spending) kept(limit int, manual bool) string {
	if manual || s.reserve(limit) == 0 {
		return fmt.Sprintf("the day's %d are spent", limit)
	}
	return fmt.Sprintf("%.3g %% of the day's %d are kept for requests by hand", 100*s.cfg.Reserve, limit)
}

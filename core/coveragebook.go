package core

import (
	"encoding/json"
	"slices"
	"time"
)

// The bounds of what is remembered of one media and task type. What is forgotten
// is submitted once more, never less.
const (
	coverageLife  = 7 * 24 * time.Hour // after the last submission or reservation
	maxIdentities = 32                 // of a scope, the newest
	maxScopes     = 16                 // of a media, those submitted last
	maxLeases     = 32                 // of a media, alive at once
)

// book is the record of one media and task type in the store. With all its
// bounds reached it has some 30 KiB.
type book struct {
	Scopes []page  `json:"scopes,omitempty"`
	Leases []lease `json:"leases,omitempty"`
	// Day is when Count submissions were caused by events.
	Day   string `json:"day,omitempty"`
	Count int    `json:"count,omitempty"`
}

// page is what was submitted for one scope.
type page struct {
	Scope      scope     `json:"scope"`
	Event      time.Time `json:"event,omitzero"` // the newest event's, in the provider's clock
	Submitted  time.Time `json:"submitted"`      // of the latest call, in our clock, before it left
	Identities []string  `json:"identities,omitempty"`
}

// lease says that somebody is about to submit a scope.
type lease struct {
	Token string    `json:"token"`
	Scope scope     `json:"scope"`
	Until time.Time `json:"until"`
}

// readBook reads a record. One that cannot be read covers nothing.
func readBook(r Record) book {
	var b book
	if r.Value == nil || json.Unmarshal(r.Value, &b) != nil {
		return book{}
	}
	return b
}

// write puts the book into its record; an empty one deletes it.
func (b *book) write(r Record, now time.Time) (Record, error) {
	r.Value, r.Expires = nil, now.Add(coverageLife)
	if len(b.Scopes)+len(b.Leases) == 0 {
		return r, nil
	}
	value, err := json.Marshal(b)
	if err != nil {
		return r, &Error{Kind: Internal, Message: "a record of coverage is not fit for JSON", Err: err}
	}
	r.Value = value
	return r, nil
}

// covers reports whether what was submitted came after the event.
func (b *book) covers(c claim, skew time.Duration) bool {
	return slices.ContainsFunc(b.Scopes, func(p page) bool {
		switch {
		case !p.Scope.covers(c.scope):
			return false
		case c.identity != "" && slices.Contains(p.Identities, c.identity):
			return true
		}
		at, latest := c.at.Truncate(time.Second), c.at
		if !c.known { // a time of our clock beside one of the provider's
			latest = latest.Add(skew)
		}
		// Providers tell whole seconds: within one, nobody knows what came first.
		return latest.Truncate(time.Second).Before(p.Event.Truncate(time.Second)) || !at.Add(time.Second+skew).After(p.Submitted)
	})
}

// busy is the end of a lease that a claim has to wait for; zero if there is
// none. A narrower lease is no reason to wait: what it will cover is not enough.
func (b *book) busy(s scope) time.Time {
	var until time.Time
	for _, l := range b.Leases {
		if l.Until.After(until) && (l.Scope.covers(s) || len(b.Leases) >= maxLeases) {
			until = l.Until
		}
	}
	return until
}

// spent is how many submissions events caused on a day, those under way included.
func (b *book) spent(day string) int {
	if b.Day != day {
		return len(b.Leases)
	}
	return b.Count + len(b.Leases)
}

// count notes that an event caused a submission on a day.
func (b *book) count(day string) {
	if b.Day != day {
		b.Day, b.Count = day, 0
	}
	b.Count++
}

// expire drops the leases that have ended.
func (b *book) expire(now time.Time) {
	b.Leases = slices.DeleteFunc(b.Leases, func(l lease) bool { return !l.Until.After(now) })
}

// release drops a lease, and reports whether it was there.
func (b *book) release(token string) bool {
	before := len(b.Leases)
	b.Leases = slices.DeleteFunc(b.Leases, func(l lease) bool { return l.Token == token })
	return len(b.Leases) < before
}

// commit enters a submission, and drops the pages that it makes superfluous.
func (b *book) commit(n page) {
	same := func(p page) bool { return p.Scope == n.Scope }
	if i := slices.IndexFunc(b.Scopes, same); i >= 0 {
		n = merge(b.Scopes[i], n)
		b.Scopes = slices.Delete(b.Scopes, i, i+1)
	}
	b.Scopes = slices.DeleteFunc(b.Scopes, func(p page) bool {
		over := n.Scope.covers(p.Scope) && !p.Event.After(n.Event) && !p.Submitted.After(n.Submitted)
		if over {
			n = merge(p, n)
		}
		return over
	})
	b.Scopes = append(b.Scopes, n)
	slices.SortStableFunc(b.Scopes, func(a, b page) int { return a.Submitted.Compare(b.Submitted) })
	b.Scopes = b.Scopes[max(0, len(b.Scopes)-maxScopes):]
}

// merge is page b with what page a knew before.
func merge(a, b page) page {
	if a.Event.After(b.Event) {
		b.Event = a.Event
	}
	if a.Submitted.After(b.Submitted) {
		b.Submitted = a.Submitted
	}
	known := slices.DeleteFunc(slices.Clone(a.Identities), func(id string) bool { return slices.Contains(b.Identities, id) })
	b.Identities = slices.Concat(known, b.Identities)
	return b.bounded()
}

// of is the page as one of another scope.
func (p page) of(s scope) page {
	p.Scope = s
	return p
}

// bounded keeps the newest identities.
func (p page) bounded() page {
	p.Identities = p.Identities[max(0, len(p.Identities)-maxIdentities):]
	return p
}

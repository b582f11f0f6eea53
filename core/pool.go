package core

import (
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// pool holds messages that were received and not yet submitted, in groups that
// can go into one call.
type pool struct {
	groups map[groupKey]*group
	count  int // of the messages in them
}

// groupKey is what messages of one call have in common. What was asked for by
// hand goes apart, because quota is kept for it; so does what has a follow-up,
// because a job has to tell what comes after it.
type groupKey struct {
	provider events.Provider
	planKey

	manual bool
	then   TaskType
}

// group is what can go out together. Messages about one target stay together:
// they collapse to one submission.
type group struct {
	limit   int       // targets of a call
	since   time.Time // when the oldest came in
	latest  time.Time // when the newest came in
	targets []string  // the oldest first
	waiting map[string][]Delivery
}

// A group waits for the next target as long as the linger for each that it has, up
// to quietMost of them, and for lateMost times the linger in all: while more keeps
// coming, a fuller call is worth it.
const (
	quietMost = 5
	lateMost  = 20
)

// goes is when the group goes out, full or not.
func (g *group) goes(linger time.Duration) time.Time {
	quiet := g.latest.Add(time.Duration(min(quietMost, len(g.targets))) * linger)
	late := g.since.Add(lateMost * linger)
	if late.Before(quiet) {
		return late
	}
	return quiet
}

func (p *pool) add(now time.Time, deliveries []Delivery, limit func(Task) int) {
	if p.groups == nil {
		p.groups = make(map[groupKey]*group)
	}
	for _, d := range deliveries {
		t := d.Message.Task
		key := groupKey{t.Provider, t.key().planKey, t.Manual(), t.Then}
		g := p.groups[key]
		if g == nil {
			g = &group{limit: limit(t), since: now, waiting: make(map[string][]Delivery)}
			p.groups[key] = g
		}
		g.latest = now
		if g.waiting[t.ID] == nil {
			g.targets = append(g.targets, t.ID)
		}
		g.waiting[t.ID] = append(g.waiting[t.ID], d)
		p.count++
	}
}

// all are the deliveries in the pool.
func (p *pool) all() []Delivery {
	var all []Delivery
	for _, g := range p.groups {
		for _, id := range g.targets {
			all = append(all, g.waiting[id]...)
		}
	}
	return all
}

// linger is how long all groups may still wait for more; zero if there is none.
func (p *pool) linger(now time.Time, linger time.Duration) time.Duration {
	if len(p.groups) == 0 {
		return 0
	}
	left := linger
	for _, g := range p.groups {
		left = min(left, g.goes(linger).Sub(now))
	}
	return max(time.Nanosecond, left)
}

// next is the group that has waited the longest of those that should go: that
// are full, or have lingered.
func (p *pool) next(now time.Time, linger time.Duration) (best groupKey, ok bool) {
	for key, g := range p.groups {
		if len(g.targets) < g.limit && now.Before(g.goes(linger)) {
			continue
		}
		if !ok || g.since.Before(p.groups[best].since) {
			best, ok = key, true
		}
	}
	return best, ok
}

// head are the messages of a group that would go out next; none if others have
// taken the group away.
func (p *pool) head(key groupKey) []Message {
	g := p.groups[key]
	if g == nil {
		return nil
	}
	var messages []Message
	for _, id := range g.targets[:min(g.limit, len(g.targets))] {
		messages = append(messages, g.waiting[id][0].Message)
	}
	return messages
}

// take removes the deliveries about up to n targets of a group, or of a whole
// call if n is zero.
func (p *pool) take(key groupKey, n int) []Delivery {
	g := p.groups[key]
	if g == nil {
		return nil
	}
	if n == 0 {
		n = g.limit
	}
	n = min(n, len(g.targets))
	var taken []Delivery
	for _, id := range g.targets[:n] {
		taken = append(taken, g.waiting[id]...)
		delete(g.waiting, id)
	}
	p.count -= len(taken)
	if g.targets = g.targets[n:]; len(g.targets) == 0 {
		delete(p.groups, key)
	}
	return taken
}

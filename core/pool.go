package core

import (
	"slices"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// pool holds the messages that a worker has received and not yet submitted, in
// groups that can go into one call.
type pool struct {
	limit  func(Task) int
	groups map[groupKey]*group
}

type groupKey struct {
	provider events.Provider
	planKey
}

// group is what can go out together, the oldest first.
type group struct {
	limit      int
	since      time.Time // when the oldest came in
	deliveries []Delivery
}

func (p *pool) add(now time.Time, deliveries []Delivery) {
	if p.groups == nil {
		p.groups = make(map[groupKey]*group)
	}
	for _, d := range deliveries {
		t := d.Message.Task
		key := groupKey{t.Provider, t.key().planKey}
		g := p.groups[key]
		if g == nil {
			g = &group{limit: p.limit(t), since: now}
			p.groups[key] = g
		}
		g.deliveries = append(g.deliveries, d)
	}
}

func (p *pool) empty() bool { return len(p.groups) == 0 }

func (p *pool) size() int {
	n := 0
	for _, g := range p.groups {
		n += len(g.deliveries)
	}
	return n
}

// since is how long the oldest group may still linger.
func (p *pool) since(now time.Time, linger time.Duration) time.Duration {
	left := linger
	for _, g := range p.groups {
		left = min(left, g.since.Add(linger).Sub(now))
	}
	return max(0, left)
}

// ready reports whether some group is full or has waited for long enough.
func (p *pool) ready(now time.Time, linger time.Duration) bool {
	_, ok := p.next(now, linger)
	return ok
}

// next is the group that has waited the longest of those that should go.
func (p *pool) next(now time.Time, linger time.Duration) (best groupKey, ok bool) {
	for key, g := range p.groups {
		if len(g.deliveries) < g.limit && now.Sub(g.since) < linger {
			continue
		}
		if !ok || g.since.Before(p.groups[best].since) {
			best, ok = key, true
		}
	}
	return best, ok
}

// take removes up to n deliveries of a group.
func (p *pool) take(key groupKey, n int) []Delivery {
	g := p.groups[key]
	if g == nil {
		return nil
	}
	n = min(n, len(g.deliveries))
	taken := slices.Clone(g.deliveries[:n])
	if g.deliveries = g.deliveries[n:]; len(g.deliveries) == 0 {
		delete(p.groups, key)
	}
	return taken
}

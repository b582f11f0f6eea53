package core

import (
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// pool holds messages that were received and not yet submitted, in groups that
// can go into one call.
type pool struct {
	linger linger
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
	limit   int      // targets of a call
	targets []target // the oldest first
	waiting map[string][]Delivery
}

// target is a media or URL, and when its first message came in.
type target struct {
	id    string
	since time.Time
}

// since is when the oldest came in.
func (g *group) since() time.Time { return g.targets[0].since }

// handful is what was taken of a group.
type handful struct {
	deliveries []Delivery
	since      time.Time // when the oldest came in
}

func (p *pool) add(now time.Time, deliveries []Delivery, limit func(Task) int) {
	if p.groups == nil {
		p.groups = make(map[groupKey]*group)
	}
	p.linger.note(now)
	for _, d := range deliveries {
		t := d.Message.Task
		key := groupKey{t.Provider, t.key().planKey, t.Manual(), t.Then}
		g := p.groups[key]
		if g == nil {
			g = &group{limit: limit(t), waiting: make(map[string][]Delivery)}
			p.groups[key] = g
		}
		if g.waiting[t.ID] == nil {
			g.targets = append(g.targets, target{t.ID, now})
		}
		g.waiting[t.ID] = append(g.waiting[t.ID], d)
		p.count++
	}
}

// all are the deliveries in the pool.
func (p *pool) all() []Delivery {
	var all []Delivery
	for _, g := range p.groups {
		for _, t := range g.targets {
			all = append(all, g.waiting[t.id]...)
		}
	}
	return all
}

// full reports whether some group fills a call.
func (p *pool) full() bool {
	for _, g := range p.groups {
		if len(g.targets) >= g.limit {
			return true
		}
	}
	return false
}

// wait is how long all groups may still wait for more; zero if there is none.
func (p *pool) wait(now time.Time) time.Duration {
	if len(p.groups) == 0 {
		return 0
	}
	left := p.linger.single
	for _, g := range p.groups {
		left = min(left, p.linger.ends(len(g.targets), g.since()).Sub(now))
	}
	return max(time.Nanosecond, left)
}

// next is the group that has waited the longest of those that should go: that
// are full, or have lingered.
func (p *pool) next(now time.Time) (best groupKey, ok bool) {
	for key, g := range p.groups {
		if len(g.targets) < g.limit && now.Before(p.linger.ends(len(g.targets), g.since())) {
			continue
		}
		if !ok || g.since().Before(p.groups[best].since()) {
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
	for _, t := range g.targets[:min(g.limit, len(g.targets))] {
		messages = append(messages, g.waiting[t.id][0].Message)
	}
	return messages
}

// targets is how many a group has.
func (p *pool) targets(key groupKey) int {
	if g := p.groups[key]; g != nil {
		return len(g.targets)
	}
	return 0
}

// take removes the deliveries about up to n targets of a group, or of a whole
// call if n is zero.
func (p *pool) take(key groupKey, n int) handful {
	g := p.groups[key]
	if g == nil {
		return handful{}
	}
	if n == 0 {
		n = g.limit
	}
	n = min(n, len(g.targets))
	taken := handful{since: g.since()}
	for _, t := range g.targets[:n] {
		taken.deliveries = append(taken.deliveries, g.waiting[t.id]...)
		delete(g.waiting, t.id)
	}
	p.count -= len(taken.deliveries)
	if g.targets = g.targets[n:]; len(g.targets) == 0 {
		delete(p.groups, key)
	}
	return taken
}

package pace

import (
	"math"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// divide makes the limit this instance's share among n. What goes out of all
// together, and what was learnt of all together, stays the same.
func (p *Pace) divide(n int, now time.Time) {
	n = max(1, n)
	if n == p.instances {
		return
	}
	if n < p.instances {
		p.widened = now
	}
	p.limit = max(lowestRate, p.cfg.PerSecond*headroom/float64(n))
	if p.ceiling > 0 {
		scale := float64(p.instances) / float64(n)
		p.ceiling = max(lowestRate, min(p.ceiling*scale, p.limit))
		p.rate *= scale
	} else { // slow start: nothing was learnt yet
		p.rate = max(p.rate, p.cfg.First)
	}
	p.rate = max(lowestRate, min(p.rate, p.limit))
	p.instances = n
}

// Observe takes note of how a call ended that went out at a time, by the pace's
// clock. Every answer of the platform but Throttled means that the call was
// within the limit; no answer (kind Unavailable or Internal) means nothing.
func (p *Pace) Observe(sent time.Time, err error) {
	now := p.cfg.Clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch kind := core.KindOf(err); {
	case kind == core.Throttled:
		p.slowDown(now, sent)
	case kind != core.Unavailable && kind != core.Internal:
		p.accept(now, sent)
	}
}

// slowDown cuts the rate, once for all calls that went out before the cut.
func (p *Pace) slowDown(now, sent time.Time) {
	if sent.Before(p.cut) {
		return
	}
	left, pause := gentleCut, shortPause
	if p.ceiling == 0 {
		left, pause = steepCut, longPause
	}
	p.ceiling = max(lowestRate, min(p.rate, p.taken(sent)))
	p.rate = max(lowestRate, p.ceiling*left)
	p.depth, p.progress = 1-left, 0
	p.cut, p.answered = now, now
	p.resume = now.Add(time.Duration(p.cfg.Random() * float64(pause)))
}

// taken is how many calls a second were accepted up to a time. Where too few
// calls went out to tell, it is the rate; where the limit has just risen, it is
// half of the rate at least, for the platform still counts the calls of those who
// had it before.
func (p *Pace) taken(until time.Time) float64 {
	if !p.pressed {
		return p.rate
	}
	n := 0
	for _, t := range p.accepted {
		if age := until.Sub(t); age >= 0 && age < window {
			n++
		}
	}
	taken := float64(n) / window.Seconds()
	if until.Sub(p.widened) < window {
		taken = max(taken, p.rate/2)
	}
	return taken
}

// accept counts a call that went out at a time, and lets the rate grow.
func (p *Pace) accept(now, sent time.Time) {
	for len(p.accepted) > 0 && sent.Sub(p.accepted[0]) > 2*window {
		p.accepted = p.accepted[1:]
	}
	p.accepted = append(p.accepted, sent)
	step := max(0, min(now.Sub(p.answered), oneStep))
	p.answered = now
	switch {
	case !p.pressed || sent.Before(p.cut):
		return
	case p.ceiling == 0:
		p.rate *= math.Exp2(step.Seconds() / doubling.Seconds())
		if p.taken(sent) >= arrived*p.limit {
			p.ceiling, p.depth, p.progress = p.limit, 1-gentleCut, 1
		}
	default:
		p.progress += max(1/plateau, step.Seconds()/plateauMax.Seconds())
		x := p.progress - 1
		p.rate = p.ceiling * (1 + p.depth*x*x*x)
	}
	p.rate = max(lowestRate, min(p.rate, p.limit))
}

package core

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// The pace's constants. Nobody publishes them: they are what held up best in
// the simulation of pace_sim_test.go, for 1, 4 and 16 instances at an account of
// 50 calls a second (aliyun's default), counted in fixed and in sliding seconds.
const (
	firstRate  = 2.5                    // calls a second to begin with: 16 instances together stay below 50
	doubling   = 450 * time.Millisecond // the time in which the rate doubles, until the first Throttled or the cap
	headroom   = 0.985                  // of the cap is used: beyond it, jitter on the way to the platform is throttled
	gentleCut  = 0.85                   // of the rate is left after a Throttled
	steepCut   = 0.60                   // is left after the first: while its answer was on the way, the doubling went on
	arrived    = 0.9                    // of the cap, accepted within a second, ends the slow start: the account is ours
	plateau    = 60.0                   // accepted calls from a cut back to the ceiling
	plateauMax = 15 * time.Second       // the same, for rates so low that the calls would take longer
	lowestRate = 0.5                    // calls a second: never stop asking
	spread     = 0.3                    // of a gap is the most that a call is late at random, so that instances drift apart
	shortPause = 100 * time.Millisecond // the most, at random, after a Throttled
	longPause  = time.Second            // the most, at random, after the first: the platform's second may be used up
	idle       = 10 * time.Second       // without a call: what was learnt is out of date
)

// window is the span in which the platform counts calls. Alibaba gives
// limits in calls a second, without saying which second: the last one, or that
// of the clock. The pace keeps to both.
const window = time.Second

const (
	recheck = 100 * time.Millisecond // while waiting: the rate may have changed
	oneStep = time.Second            // the most that one answer counts for, however late it is
)

// Pace holds the calls of this instance to a rate that adapts to what is left of
// the account's limit, which other instances and unknown programs use as well.
// It asks nobody but the platform, whose only answer is Throttled:
//
//   - Slow start: the rate doubles until the first Throttled or the cap, but only
//     by answers that came back: where none do, it stays.
//   - At a Throttled, what was accepted of this instance within the second before
//     is its share of a limit that is now known to be used up. That is the
//     ceiling, and the rate is cut below it.
//   - From there the rate follows the cubic of RFC 9438, in accepted calls instead
//     of time so that slow and fast instances are throttled alike: fast back
//     towards the ceiling, slow around it, ever faster beyond.
//
// Only calls that had to wait for their turn make the rate grow, and after ten
// seconds without a call it starts anew (RFC 5681, section 4.1). It is safe for
// concurrent use.
//
// In the simulation, with 300 seeds that took no part in choosing the constants,
// an account of 50 calls a second drains 1,000 calls in 1.09 times the ideal with
// one instance, which is not throttled. Four take up to 1.21 times, with 3 % of
// their calls throttled on average and 5 % at worst. Sixteen take up to 1.17
// times, with 4 % on average and 7 % at worst: each has to be told once that the
// account is full, and over 3,000 calls it is 2.5 %. When half of the instances
// leave, the rest takes up to 1.5 times: it learns of that only by not being
// throttled, which with few calls takes long.
type Pace struct {
	clock  clock.Clock
	random func() float64
	limit  float64       // calls a second, never more
	line   chan struct{} // held by the call whose turn is next

	mu       sync.Mutex
	waiting  int         // calls in the line, its head included
	pressed  bool        // the latest call had to wait: it is the rate that limits
	rate     float64     // calls a second, now
	ceiling  float64     // this instance's share when it was last throttled; 0 in slow start
	depth    float64     // of the ceiling, how far the last cut went below it
	progress float64     // since the cut: 1 is back at the ceiling
	accepted []time.Time // when the calls of the last two seconds went out that were not throttled
	answered time.Time   // when the latest of them was answered
	cut      time.Time   // when the rate was last cut
	slot     time.Time   // of the latest call, without its jitter
	late     float64     // of a gap, how late the next call will be
	resume   time.Time   // no call before this
}

// NewPace returns a pace that starts slowly and never exceeds perSecond calls a
// second (0.5 at least), on c's time. The numbers of random are in [0,1); it is
// called by one goroutine at a time.
func NewPace(perSecond float64, c clock.Clock, random func() float64) *Pace {
	limit := max(lowestRate, perSecond*headroom)
	return &Pace{clock: c, random: random, limit: limit, line: make(chan struct{}, 1), rate: min(firstRate, limit)}
}

// Rate returns the calls a second that go out now if there are enough.
func (p *Pace) Rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate
}

// Wait returns when the next call may go out, in the order of the calls to it.
// Where ctx ends first, it returns ctx's error; where the turn would come after
// ctx's deadline, it returns [context.DeadlineExceeded] at once. A turn that
// nobody took is not saved up.
func (p *Pace) Wait(ctx context.Context) error {
	if err := p.join(ctx); err != nil {
		return err
	}
	defer p.leave()
	select {
	case p.line <- struct{}{}:
		defer func() { <-p.line }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		wait, err := p.take(ctx)
		if err != nil || wait <= 0 {
			return err
		}
		if err := p.clock.Sleep(ctx, min(wait, recheck)); err != nil {
			return err
		}
	}
}

// join puts a call into the line, if its turn is to come in time.
func (p *Pace) join(ctx context.Context) error {
	now := p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	_, turn := p.next()
	if turn.Before(now) {
		turn = now
	}
	if err := inTime(ctx, turn.Add(time.Duration(p.waiting)*p.gap())); err != nil {
		return err
	}
	p.waiting++
	return nil
}

// leave takes a call out of the line.
func (p *Pace) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
}

// inTime returns ctx's error, or that which it will have at a time.
func inTime(ctx context.Context, at time.Time) error {
	if deadline, ok := ctx.Deadline(); ok && at.After(deadline) && ctx.Err() == nil {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// take takes the turn if it has come, or returns how long that will be.
func (p *Pace) take(ctx context.Context) (wait time.Duration, err error) {
	now := p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	slot, turn := p.next()
	if err := inTime(ctx, turn); err != nil {
		return 0, err
	}
	if turn.After(now) {
		p.pressed = true
		return turn.Sub(now), nil
	}
	switch free := now.Sub(turn); {
	case free >= idle:
		p.restart(now)
	case free >= p.gap():
		p.slot, p.pressed = now, false
	default:
		p.slot = slot
	}
	p.late = spread * p.random()
	return 0, nil
}

// next returns the slot of the next call, and its turn, which jitter makes later.
func (p *Pace) next() (slot, turn time.Time) {
	gap := p.gap()
	slot = p.slot.Add(gap)
	turn = slot.Add(time.Duration(p.late * float64(gap)))
	if turn.Before(p.resume) {
		return p.resume, p.resume
	}
	return slot, turn
}

// gap is the time from one slot to the next.
func (p *Pace) gap() time.Duration { return time.Duration(float64(time.Second) / p.rate) }

// restart begins the slow start, with a call now.
func (p *Pace) restart(now time.Time) {
	p.slot, p.answered = now, now
	p.rate, p.ceiling, p.pressed = min(firstRate, p.limit), 0, false
}

// Observe takes note of how a call ended that went out at a time, by the pace's
// clock. Every answer of the platform but Throttled means that the call was
// within the limit; no answer (kind Unavailable or Internal) means nothing.
func (p *Pace) Observe(sent time.Time, err error) {
	now := p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch kind := KindOf(err); {
	case kind == Throttled:
		p.slowDown(now, sent)
	case kind != Unavailable && kind != Internal:
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
	p.ceiling = max(lowestRate, min(p.rate, p.share(sent)))
	p.rate = max(lowestRate, p.ceiling*left)
	p.depth, p.progress = 1-left, 0
	p.cut, p.answered = now, now
	p.resume = now.Add(time.Duration(p.random() * float64(pause)))
}

// share is how many calls a second were accepted up to a time. Where too few
// calls went out to tell, it is the rate.
func (p *Pace) share(until time.Time) float64 {
	if !p.pressed {
		return p.rate
	}
	n := 0
	for _, t := range p.accepted {
		if age := until.Sub(t); age >= 0 && age < window {
			n++
		}
	}
	return float64(n) / window.Seconds()
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
		if p.share(sent) >= arrived*p.limit {
			p.ceiling, p.depth, p.progress = p.limit, 1-gentleCut, 1
		}
	default:
		p.progress += max(1/plateau, step.Seconds()/plateauMax.Seconds())
		x := p.progress - 1
		p.rate = p.ceiling * (1 + p.depth*x*x*x)
	}
	p.rate = max(lowestRate, min(p.rate, p.limit))
}

package pace

import (
	"context"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// The pace's constants. Nobody publishes them: they are what held up best in
// the simulation of simulation_test.go, for 1, 4 and 16 instances at an account of
// 50 calls a second (aliyun's default), counted in fixed and in sliding seconds.
const (
	firstRate  = 2.5                    // calls a second to begin with: 16 instances that do not know of each other stay below 50
	doubling   = 450 * time.Millisecond // the time in which the rate doubles, until the first Throttled or the share
	headroom   = 0.985                  // of the limit is used: beyond it, jitter on the way to the platform is throttled
	gentleCut  = 0.85                   // of the rate is left after a Throttled
	steepCut   = 0.60                   // is left after the first: while its answer was on the way, the doubling went on
	arrived    = 0.9                    // of the share, accepted within a second, ends the slow start: nobody else is there
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

// Config is what a Pace is made of. Only PerSecond is required.
type Config struct {
	// PerSecond is the account's limit, in calls a second. All instances
	// together stay below it; each makes 0.5 at least, lest it stop asking.
	PerSecond float64
	// First is the calls a second to begin with. Default: 2.5, so that 16
	// instances that do not know of each other stay below 50; one that is known
	// to be alone may begin faster.
	First float64
	// Instances is how many share the limit, this one included, such as
	// [Peers.Count]. Each call asks, and does so again every 100 ms that it waits:
	// it must not block, and be safe for concurrent use. Default: 1.
	Instances func() int
	Clock     clock.Clock    // default: the system's
	Random    func() float64 // in [0,1), for jitter, called by one goroutine at a time; default: always 0.5
}

// Pace holds the calls of this instance to its share of the account's limit, and
// below that to a rate that adapts to what unknown programs leave of it.
//
// The share is the limit divided by the instances at work, as far as somebody
// knows them. When their number changes, the rate changes in inverse proportion,
// and so does what was learnt from Throttled: all together call as often as
// before, and other programs have what they had. The rest is learnt from the
// platform, whose only answer is Throttled:
//
//   - Slow start: the rate doubles until the first Throttled or the share, but
//     only by answers that came back: where none do, it stays.
//   - At a Throttled, what was accepted of this instance within the second before
//     is its part of a limit that is now known to be used up. That is the
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
// and 30 ms on average, 300 ms at most, between a call's turn and [Pace.Depart], an
// account of 50 calls a second drains 1,000 calls in 1.10 times the ideal with one
// instance, which is not throttled. Four that know of each other take 1.10 times at
// worst, with 1 % of their calls throttled; sixteen 1.18 times, with 2.4 %, or 1.27
// times if they start within five seconds. Where fifteen join one, it is 1.20 times
// and 2.5 %. Where an unknown program uses half of the account, sixteen take 1.23
// times what the other half allows, with 4.5 % throttled on average and 5.4 % at
// worst: each has to be told once. Sixteen that do not know of each other, because
// they share no store, have up to 6.2 % of 1,000 calls throttled, and take 1.34
// times.
type Pace struct {
	cfg  Config
	line chan struct{} // held by the call whose turn is next

	mu        sync.Mutex
	instances int       // that share the account, as of the latest call
	limit     float64   // this instance's share, in calls a second, never more
	widened   time.Time // when the limit last rose
	waiting   int       // calls in the line, its head included
	pressed   bool      // the latest call had to wait: it is the rate that limits
	rate      float64   // calls a second, now
	ceiling   float64   // what was this instance's when it was last throttled; 0 in slow start
	depth     float64   // of the ceiling, how far the last cut went below it
	progress  float64   // since the cut: 1 is back at the ceiling
	departed  Departures
	accepted  []time.Time // when the calls of the last two seconds went out that were not throttled
	answered  time.Time   // when the latest of them was answered
	cut       time.Time   // when the rate was last cut
	slot      time.Time   // of the latest call, without its jitter
	late      float64     // of a gap, how late the next call will be
	resume    time.Time   // no call before this
}

// New returns a pace that starts slowly; what cfg leaves out has its default.
func New(cfg Config) *Pace {
	if cfg.Instances == nil {
		cfg.Instances = func() int { return 1 }
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Random == nil {
		cfg.Random = func() float64 { return 0.5 }
	}
	if cfg.First <= 0 {
		cfg.First = firstRate
	}
	p := &Pace{cfg: cfg, line: make(chan struct{}, 1), rate: cfg.First}
	p.divide(1, time.Time{})
	return p
}

// Rate returns the calls a second that go out now if there are enough.
func (p *Pace) Rate() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate
}

// Instances returns how many shared the limit at the latest call.
func (p *Pace) Instances() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.instances
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
		if err := p.cfg.Clock.Sleep(ctx, min(wait, recheck)); err != nil {
			return err
		}
	}
}

// join puts a call into the line, if its turn is to come in time.
func (p *Pace) join(ctx context.Context) error {
	now, n := p.cfg.Clock.Now(), p.cfg.Instances()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.divide(n, now)
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
	now, n := p.cfg.Clock.Now(), p.cfg.Instances()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.divide(n, now)
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
	p.late = spread * p.cfg.Random()
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
	p.rate, p.ceiling, p.pressed = min(p.cfg.First, p.limit), 0, false
}

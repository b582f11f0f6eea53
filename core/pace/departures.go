package pace

import (
	"context"
	"math"
	"time"
)

// crossing is how much longer one call may be on its way to the platform than
// another without both being counted in one second there.
const crossing = 15 * time.Millisecond

// Departures are the calls that have left, as far back as the platform counts. They
// are for one goroutine at a time.
type Departures struct{ times []time.Time }

// Wait is how long a call has to stay so that, at a rate, no more leave in any
// second than the platform takes.
func (d *Departures) Wait(now time.Time, rate float64) time.Duration {
	most := int(math.Ceil(rate))
	if len(d.times) < most {
		return 0
	}
	span := time.Duration(float64(most)/rate*float64(time.Second)) + crossing
	return max(0, d.times[len(d.times)-most].Add(span).Sub(now))
}

// Add notes that a call leaves, and forgets those that left more than a second ago,
// so that the rate may rise again.
func (d *Departures) Add(now time.Time, rate float64) {
	d.times = append(d.times, now)
	if most := int(math.Ceil(rate)); len(d.times) > most {
		d.times = d.times[len(d.times)-most:]
	}
}

// Depart returns when a call that has had its turn may leave. What is done between
// the two, such as asking the store what is covered, takes now more and now less
// time: calls that were a gap apart would leave together, and more of them in a
// second than the platform takes. Where ctx ends first, it returns ctx's error;
// where the call could leave only after ctx's deadline, it returns
// [context.DeadlineExceeded] at once. A call that does not leave holds up no other.
func (p *Pace) Depart(ctx context.Context) error {
	for {
		wait, err := p.depart(ctx)
		if err != nil || wait <= 0 {
			return err
		}
		if err := p.cfg.Clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// depart notes that a call leaves, or returns how long it has to stay.
func (p *Pace) depart(ctx context.Context) (wait time.Duration, err error) {
	now := p.cfg.Clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	share := max(lowestRate/headroom, p.cfg.PerSecond/float64(p.instances)) // above the limit: calls leave faster than they have turns
	wait = p.departed.Wait(now, share)
	if err := inTime(ctx, now.Add(wait)); err != nil {
		return 0, err
	}
	if wait == 0 {
		p.departed.Add(now, share)
	}
	return wait, nil
}

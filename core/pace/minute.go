package pace

import (
	"context"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

const (
	minute        = time.Minute
	throttledRest = 5 * time.Second // after a Throttled: Huawei's FAQ advises two to five
)

// MinuteConfig is what a Minute is made of. Only PerMinute is required.
type MinuteConfig struct {
	PerMinute int // calls of all instances together in any minute, 1 at least
	// Instances is how many share the limit, this one included; see
	// [Config.Instances]. Default: 1.
	Instances func() int
	Clock     clock.Clock // default: the system's
}

// Minute is the [core.Pacer] for a limit so low that it is given in calls a minute.
// Calls go out at once while the minute has room for them: few come at a time. A
// Throttled halves what this instance allows itself, for 5 s nothing goes out, and
// each minute without another one gives a call back. It is safe for concurrent use.
type Minute struct {
	cfg  MinuteConfig
	line chan struct{} // held by the call whose turn is next

	mu        sync.Mutex
	instances int         // that share the account, as of the latest call
	sent      []time.Time // the turns of the last minute, the oldest first
	lost      int         // calls a minute that this instance does without since it was throttled
	changed   time.Time   // when lost last changed
	resume    time.Time   // no call before this
}

// NewMinute returns a pace; what cfg leaves out has its default.
func NewMinute(cfg MinuteConfig) *Minute {
	if cfg.Instances == nil {
		cfg.Instances = func() int { return 1 }
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	return &Minute{cfg: cfg, line: make(chan struct{}, 1), instances: 1}
}

// Wait returns when the next call may go out, in the order of the calls to it.
// Where ctx ends first, it returns ctx's error; where the turn would come after
// ctx's deadline, it returns [context.DeadlineExceeded] at once.
func (p *Minute) Wait(ctx context.Context) error {
	select {
	case p.line <- struct{}{}:
		defer func() { <-p.line }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		wait := p.take()
		if wait <= 0 {
			return nil
		}
		if err := inTime(ctx, p.cfg.Clock.Now().Add(wait)); err != nil {
			return err
		}
		if err := p.cfg.Clock.Sleep(ctx, min(wait, time.Second)); err != nil { // a Throttled or another instance may change it
			return err
		}
	}
}

// take takes the turn if it has come, or returns how long that will be.
func (p *Minute) take() (wait time.Duration) {
	n := max(1, p.cfg.Instances())
	now := p.cfg.Clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instances = n
	for len(p.sent) > 0 && now.Sub(p.sent[0]) >= minute {
		p.sent = p.sent[1:]
	}
	if now.Before(p.resume) {
		return p.resume.Sub(now)
	}
	allowed := max(1, p.share()-p.lost)
	if over := len(p.sent) - allowed; over >= 0 {
		return p.sent[over].Add(minute).Sub(now)
	}
	p.sent = append(p.sent, now)
	return 0
}

// share is what this instance may send in a minute, had it never been throttled.
func (p *Minute) share() int { return p.cfg.PerMinute / p.instances }

// Instances returns how many shared the limit at the latest call.
func (p *Minute) Instances() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.instances
}

// Depart lets every call that has had its turn leave at once: what happens between
// the two is short beside a minute.
func (p *Minute) Depart(ctx context.Context) error { return ctx.Err() }

// Observe takes note of how a call ended that went out at a time. Calls that were
// under way together are throttled together, and count once.
func (p *Minute) Observe(sent time.Time, err error) {
	now := p.cfg.Clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case core.KindOf(err) == core.Throttled:
		if !sent.Before(p.changed) || p.lost == 0 {
			p.lost += max(0, p.share()-p.lost) / 2
			p.changed = now
		}
		p.resume = now.Add(throttledRest)
	case p.lost > 0 && now.Sub(p.changed) >= minute:
		p.lost--
		p.changed = now
	}
}

package upload

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/pace"
)

// The pace of an issuer's calls. The platform counts calls as they arrive, so
// what goes out in any second stays a little below the limit: one part at once
// after a quiet time, the rest evenly.
const (
	paceBurst    = 0.1                    // of a second's limit may go out at once
	paceEven     = 0.8                    // of it goes out evenly; what is left is for calls that are late, as on a busy machine
	paceMost     = 0.95                   // of it goes out in any second, even if many turns come at once: a process may be held up
	linePatience = 12 * time.Second       // a call whose turn comes later is refused at any rate
	crowdShare   = 0.45                   // of a second's limit is a crowd, if it comes within crowdTime: two calls each are below the limit
	crowdTime    = 300 * time.Millisecond // that is, more than the limit lets through
	streamTime   = 900 * time.Millisecond // if as many still come within this, it is a stream, for which the limits of both are made
	crowdWait    = 6 * time.Second        // where calls of a crowd would wait longer, they wait for their own operation alone
)

// operation is a call that an issuer makes.
type operation int

// The calls, and both together.
const (
	askStatus operation = iota
	askCredentials
	bothOps
	operations
)

// callPace keeps each of the two operations below the account's limit in any
// second, over all processes that share a store. The platform publishes that of
// RefreshUploadVideo, and none for GetVideoInfo, so that the same is taken for it.
// When a crowd comes, the limit is that of both together, lest the unpublished
// one, or that of the account, is met with hundreds of calls at once.
//
// It is the generic cell rate algorithm: the counter holds for each operation the
// time at which the next call would be due if all went out evenly. A call takes
// its turn there, and then waits for it. A process that was held up while turns
// came still lets no more calls go in a second than the limit allows.
type callPace struct {
	rate    float64 // calls a second
	counter *sharedCounter

	mu      sync.Mutex
	begun   []time.Time // the latest requests that will call, the earliest first
	crowded time.Time   // when there was last a crowd; zero once it has passed
	left    [operations]pace.Departures
}

// begin takes note that a request will make calls.
func (p *callPace) begin(now time.Time) {
	crowd := max(2, int(crowdShare*p.rate))
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.begun) == crowd {
		p.begun = p.begun[1:]
	}
	p.begun = append(p.begun, now)
	if len(p.begun) < crowd {
		return
	}
	switch took := now.Sub(p.begun[0]); {
	case took <= crowdTime:
		p.crowded = now
	case took <= streamTime && now.Sub(p.crowded) > time.Second:
		p.crowded = time.Time{}
	}
}

// crowd reports whether there is one.
func (p *callPace) crowd() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.crowded.IsZero()
}

// pass takes note that the crowd waits no more; one that comes now is another.
func (p *callPace) pass(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.crowded) > time.Second {
		p.crowded = time.Time{}
	}
}

// wait returns when a call may go out. The error is ctx's, or of kind Unavailable
// if that would be later than patience.
func (p *callPace) wait(ctx context.Context, op operation, patience time.Duration) error {
	var turn time.Duration // from now
	var together bool
	err := p.counter.change(ctx, func(now time.Time, value []byte) ([]byte, time.Time) {
		line := readLine(value, now)
		if turn, together = p.turn(&line, op, p.crowd(), patience); turn > patience {
			return nil, time.Time{}
		}
		if turn == 0 || !together {
			p.pass(now)
		}
		return line.text(now), now.Add(2 * linePatience)
	})
	switch {
	case err != nil:
		return err
	case turn > patience:
		return &core.Error{Kind: core.Unavailable, Message: "too many requests for credentials are waiting", RetryAfter: turn}
	}
	clock := p.counter.all.clock
	err = clock.Sleep(ctx, turn)
	for err == nil {
		wait := p.leave(clock.Now(), op, together)
		if wait == 0 {
			break
		}
		err = clock.Sleep(ctx, wait)
	}
	return err
}

// leave takes note that a call goes out now, unless too many have in the last
// second: then it returns how long to wait.
func (p *callPace) leave(now time.Time, op operation, together bool) time.Duration {
	rate := paceMost * p.rate
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := p.left[op].Wait(now, rate)
	if together {
		wait = max(wait, p.left[bothOps].Wait(now, rate))
	}
	if wait == 0 {
		p.left[op].Add(now, rate)
		p.left[bothOps].Add(now, rate)
	}
	return wait
}

// turn takes the next turn of an operation, unless it is later than patience.
// Together says that it is also one of both.
func (p *callPace) turn(line *lineState, op operation, crowded bool, patience time.Duration) (turn time.Duration, together bool) {
	gap := time.Duration(float64(time.Second) / (paceEven * p.rate))
	atOnce := time.Duration(max(0, math.Floor(paceBurst*p.rate)-1)) * gap
	turn = max(0, line[op]-atOnce)
	if both := max(turn, line[bothOps]-atOnce); crowded && both <= min(crowdWait, patience) {
		turn, together = both, true
	}
	if turn > patience {
		return turn, together
	}
	line[op] = max(line[op], turn) + gap
	line[bothOps] = max(line[bothOps], turn) + gap
	if !together { // two calls go out for each gap: what a crowd must make up for has an end
		line[bothOps] = min(line[bothOps], turn+atOnce+time.Second)
	}
	return turn, together
}

// lineState says for each operation, and for both, how long from now the next call
// would be due. One that was due before is zero.
type lineState [operations]time.Duration

// readLine reads a counter. A time that no call can have taken, because a clock was
// wrong, is none.
func readLine(value []byte, now time.Time) (line lineState) {
	var due [operations]int64
	if _, err := fmt.Sscan(string(value), &due[askStatus], &due[askCredentials], &due[bothOps]); err != nil {
		return line
	}
	for op, micro := range due {
		if ahead := time.UnixMicro(micro).Sub(now); ahead > 0 && ahead < 2*linePatience {
			line[op] = ahead
		}
	}
	return line
}

// text is the line as a counter holds it.
func (l lineState) text(now time.Time) []byte {
	var due [operations]int64
	for op, ahead := range l {
		due[op] = now.Add(ahead).UnixMicro()
	}
	return fmt.Appendf(nil, "%d %d %d", due[askStatus], due[askCredentials], due[bothOps])
}

package jetstream

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// rest is how long nothing is tried after the server did not answer: until then
// a call fails at once, so that a provider repeats its callback instead of
// waiting with us.
const rest = time.Second

// gatherer lets the calls of many goroutines share a write: while one is under
// way, the next one gathers.
type gatherer struct {
	write func(context.Context, []*nats.Msg) error
	clock clock.Clock

	mu      sync.Mutex
	idle    sync.Cond // on mu: no write is under way
	waiting []call
	busy    bool
	broken  time.Time // when the server last did not answer
	cause   error
}

// call is one caller with what it wants written.
type call struct {
	messages []*nats.Msg
	done     chan error
}

func newGatherer(c clock.Clock, write func(context.Context, []*nats.Msg) error) *gatherer {
	g := &gatherer{write: write, clock: c}
	g.idle.L = &g.mu
	return g
}

// add has messages written with those of others, and waits until they are.
func (g *gatherer) add(ctx context.Context, messages []*nats.Msg) error {
	done := make(chan error, 1)
	if err := g.queue(call{messages, done}); err != nil { //nolint:contextcheck // a write is for many callers, and outlives each
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return failure("enqueue", ctx.Err())
	}
}

func (g *gatherer) queue(c call) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cause != nil && g.clock.Now().Sub(g.broken) < rest {
		return g.cause
	}
	g.waiting = append(g.waiting, c)
	if !g.busy {
		g.busy = true
		go g.run()
	}
	return nil
}

// run writes until nobody waits.
func (g *gatherer) run() {
	for {
		calls, messages := g.next()
		if len(calls) == 0 {
			return
		}
		err := g.write(context.Background(), messages)
		g.note(err)
		for _, c := range calls {
			c.done <- err
		}
	}
}

// next takes calls with up to a batch of messages, at least one call.
func (g *gatherer) next() (calls []call, messages []*nats.Msg) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.waiting) > 0 && (len(calls) == 0 || len(messages)+len(g.waiting[0].messages) <= batchSize) {
		calls = append(calls, g.waiting[0])
		messages = append(messages, g.waiting[0].messages...)
		g.waiting = g.waiting[1:]
	}
	if len(calls) == 0 {
		g.busy, g.waiting = false, nil
		g.idle.Broadcast()
	}
	return calls, messages
}

// note remembers whether the server answers. If it does not, who waits learns so
// at once, and is not made to wait as long again.
func (g *gatherer) note(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cause = nil
	if e, ok := err.(*core.Error); ok && e.Err != nil { //nolint:errorlint // our own error, of this very write
		g.cause, g.broken = err, g.clock.Now()
		for _, c := range g.waiting {
			c.done <- err
		}
		g.waiting = slices.Delete(g.waiting, 0, len(g.waiting))
	}
}

// wait returns when no write is under way.
func (g *gatherer) wait() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.busy {
		g.idle.Wait()
	}
}

package jetstream

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// gauge keeps a queue from growing without end. It knows what the stream held
// when it last looked, and adds what went in since: never less than there is, as
// far as this process is concerned.
type gauge struct {
	most      int
	mostBytes int64
	clock     clock.Clock
	look      func(context.Context) (messages int, bytes int64, err error)

	mu       sync.Mutex
	looked   time.Time
	messages int
	bytes    int64
}

const (
	// glance is how long a look is good for: others write, too.
	glance = time.Second
	// framing is what the server adds to a message, at least.
	framing = 30
)

// admit lets messages pass, or is an error of kind Unavailable if there is no
// room for them.
func (g *gauge) admit(ctx context.Context, messages []*nats.Msg) error {
	var bytes int64
	for _, m := range messages {
		bytes += int64(len(m.Subject) + len(m.Data) + framing)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	fits := func() bool { return g.messages+len(messages) <= g.most && g.bytes+bytes <= g.mostBytes }
	if now := g.clock.Now(); !fits() || g.looked.IsZero() || now.Sub(g.looked) > glance {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		held, heldBytes, err := g.look(ctx)
		if err != nil {
			return err
		}
		g.messages, g.bytes, g.looked = held, heldBytes, now
	}
	if !fits() {
		return core.Errorf(core.Unavailable, "the queue is full: it holds %d messages of %d bytes together, at most %d of %d bytes",
			g.messages, g.bytes, g.most, g.mostBytes)
	}
	g.messages += len(messages)
	g.bytes += bytes
	return nil
}

package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
)

// receipt is our hold on a delivery.
type receipt struct {
	ack string // the subject that ends or extends it

	mu      sync.Mutex
	until   time.Time // when the lease ends, by our clock
	settled bool
}

// live reports whether the delivery is still ours.
func (r *receipt) live(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.settled && now.Before(r.until)
}

func (r *receipt) extend(until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until = until
}

func (r *receipt) settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settled = true
}

// held returns our hold on a delivery, or nil if it is not ours, or no longer.
func (q *Queue) held(d core.Delivery) *receipt {
	if r, ok := d.Receipt.(*receipt); ok && r.live(q.conn.clock.Now()) {
		return r
	}
	return nil
}

// pull is a request for messages. With no_wait and a time to expire, the server
// waits for the first and then gives what is there.
type pull struct {
	Batch   int           `json:"batch"`
	Expires time.Duration `json:"expires,omitempty"`
	NoWait  bool          `json:"no_wait"`
}

// Receive returns up to most messages that are due, by the server's clock. A
// message that cannot be read, as one of a later version, is made a dead letter.
func (q *Queue) Receive(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	if err := q.enter(ctx, "receive"); err != nil || most <= 0 {
		return nil, err
	}
	end := q.conn.clock.Now().Add(wait)
	for {
		deliveries, err := q.pull(ctx, most, max(0, end.Sub(q.conn.clock.Now())))
		if errors.Is(err, nats.ErrNoResponders) && q.conn.clock.Now().Before(end) {
			err = nil // a cluster is electing a leader
		}
		if err != nil || len(deliveries) > 0 || !q.conn.clock.Now().Before(end) {
			return deliveries, err
		}
		// Others wait as well, and are served first.
		if err := q.conn.clock.Sleep(ctx, min(breath, max(0, end.Sub(q.conn.clock.Now())))); err != nil {
			return nil, failure("receive", err)
		}
	}
}

// pull asks once.
func (q *Queue) pull(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	most = min(most, nats.DefaultSubPendingMsgsLimit)
	request, err := json.Marshal(pull{most, wait.Truncate(time.Millisecond), true})
	if err != nil {
		return nil, failure("receive", err)
	}
	// An inbox of its own: one that the library's requests also listen to would keep
	// a pull alive that nobody waits for, and answer requests with messages.
	// The channel has room for all that the server may send: a subscription of the
	// library's own kind makes half a megabyte of room each time.
	inbox := q.conn.nats.NewInbox()
	replies := make(chan *nats.Msg, most+1)
	subscription, err := q.conn.nats.ChanSubscribe(inbox, replies)
	if err != nil {
		return nil, failure("receive", err)
	}
	defer func() { _ = subscription.Unsubscribe() }() // a connection that is gone has no subscriptions
	info := q.consumer.CachedInfo()
	if err := q.conn.nats.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+info.Stream+"."+info.Name, inbox, request); err != nil {
		return nil, failure("receive", err)
	}
	short, cancel := context.WithTimeout(ctx, wait+patience/2)
	defer cancel()
	deliveries := make([]core.Delivery, 0, most)
	for range most {
		m, err := nextOf(short, replies)
		switch {
		case len(deliveries) > 0 && (err != nil || m.Reply == ""):
			return deliveries, nil // what came is ours, and the rest comes again
		case err != nil:
			return nil, failure("receive", errors.Join(err, ctx.Err()))
		case m.Reply == "":
			return nil, ended(m)
		}
		d, err := q.unpack(ctx, m)
		if err != nil {
			return deliveries, err
		}
		if d.Receipt != nil {
			deliveries = append(deliveries, d)
		}
	}
	return deliveries, nil
}

// nextOf waits for a message. Nobody listening is an error, as it is where the
// library waits.
func nextOf(ctx context.Context, replies <-chan *nats.Msg) (*nats.Msg, error) {
	select {
	case m := <-replies:
		switch {
		case m == nil:
			return nil, nats.ErrConnectionClosed
		case untaken(m):
			return nil, nats.ErrNoResponders
		}
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ended is the error, if any, in the word of the server that nothing more comes.
func ended(m *nats.Msg) error {
	switch status := m.Header.Get("Status"); status {
	case "404", "408": // no messages, or none in time, or others wait
		return nil
	default:
		why := "the server ends the request: " + m.Header.Get("Description")
		return &core.Error{Kind: core.Unavailable, Op: "receive", Code: status, Message: why}
	}
}

// unpack makes a delivery of a message. One without a receipt is none: it could
// not be read and was put away.
func (q *Queue) unpack(ctx context.Context, m *nats.Msg) (core.Delivery, error) {
	about, err := m.Metadata()
	if err != nil {
		return core.Delivery{}, failure("receive", err)
	}
	r := &receipt{ack: m.Reply, until: q.conn.clock.Now().Add(q.lease)}
	d := core.Delivery{Attempt: int(about.NumDelivered), Receipt: r} //nolint:gosec // a count of deliveries
	err = json.Unmarshal(m.Data, &d.Message)
	if err == nil && d.Message.Version == core.MessageVersion {
		return d, nil
	}
	reason := fmt.Sprintf("cannot be read: version %d, not %d", d.Message.Version, core.MessageVersion)
	if err != nil {
		reason = "cannot be read: it is no message in JSON"
	}
	if err := q.bury(ctx, []grave{{Reason: reason, At: q.conn.clock.Now(), Data: m.Data}}); err != nil {
		return core.Delivery{}, err
	}
	return core.Delivery{}, q.acknowledge(ctx, "receive", []*receipt{r}, done)
}

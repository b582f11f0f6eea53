package redis

import (
	"context"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
)

// DefaultLease is how long a delivery is its receiver's if a [QueueConfig] does
// not say.
const DefaultLease = time.Minute

// QueueConfig says how a queue behaves.
type QueueConfig struct {
	// Lease is how long a delivery is its receiver's, in whole milliseconds.
	// Default: [DefaultLease].
	Lease time.Duration
}

// chunk is how many messages one run of a script takes, so that none keeps the
// server from its other work for more than a millisecond or so.
const chunk = 200

// group is the one consumer group of the queue.
const group = "vodrefresh"

type queue struct {
	server *Server
	client goredis.UniversalClient
	bell   *bell
	lease  int64 // in ms

	ready, delayed, leases, dead, rings string // keys

	enqueue, receive, extend, settle, redrive, depth *goredis.Script

	close func() error
}

// receipt is what a delivery is known by.
type receipt struct {
	entry   string
	attempt int64
}

// Queue returns the server's queue. There is one for each prefix; all handles
// on it, in whatever process, should have the same lease.
func (s *Server) Queue(cfg QueueConfig) core.Queue {
	if cfg.Lease == 0 {
		cfg.Lease = DefaultLease
	}
	q := &queue{
		server:  s,
		client:  s.dial(),
		lease:   max(1, cfg.Lease.Milliseconds()),
		ready:   s.address.Key("queue", "ready"),
		delayed: s.address.Key("queue", "delayed"),
		leases:  s.address.Key("queue", "leases"),
		dead:    s.address.Key("queue", "dead"),
		rings:   s.address.Key("queue", "bell"),
		enqueue: goredis.NewScript(enqueueLua),
		receive: goredis.NewScript(receiveLua),
		extend:  goredis.NewScript(extendLua),
		settle:  goredis.NewScript(settleLua),
		redrive: goredis.NewScript(redriveLua),
		depth:   goredis.NewScript(depthLua),
	}
	q.bell = newBell(s.dial(), q.rings)
	q.close = sync.OnceValue(func() error {
		q.bell.close()
		return s.failure(context.Background(), "redis close", q.client.Close())
	})
	return q
}

// Enqueue stores the messages in chunks, each of them wholly or not at all.
func (q *queue) Enqueue(ctx context.Context, messages []core.Message) error {
	for some := range slices.Chunk(messages, chunk) {
		args := append(make([]any, 0, 1+2*len(some)), group)
		for _, m := range some {
			body, err := encode(m)
			if err != nil {
				return err
			}
			args = append(args, due(m), body)
		}
		err := q.enqueue.Run(ctx, q.client, []string{q.ready, q.delayed, q.rings}, args...).Err()
		if err != nil {
			return q.server.failure(ctx, "redis enqueue", err)
		}
	}
	return nil
}

// Extend begins leases anew.
func (q *queue) Extend(ctx context.Context, deliveries []core.Delivery) error {
	for some := range slices.Chunk(deliveries, chunk) {
		args := []any{group, q.lease}
		for _, d := range some {
			held, err := receiptOf(d)
			if err != nil {
				return err
			}
			args = append(args, held.entry, held.attempt)
		}
		err := q.extend.Run(ctx, q.client, []string{q.ready, q.leases}, args...).Err()
		if err != nil {
			return q.server.failure(ctx, "redis extend", err)
		}
	}
	return nil
}

// Settle ends deliveries in chunks, each of them wholly or not at all. One with
// a reason is dead, even if it also has a message to come again.
func (q *queue) Settle(ctx context.Context, settlements []core.Settlement) error {
	for some := range slices.Chunk(settlements, chunk) {
		args := []any{group}
		for _, s := range some {
			six, err := settlementArgs(s)
			if err != nil {
				return err
			}
			args = append(args, six...)
		}
		if err := q.end(ctx, args); err != nil {
			return err
		}
	}
	return nil
}

func (q *queue) end(ctx context.Context, args []any) error {
	keys := []string{q.ready, q.delayed, q.leases, q.rings, q.dead}
	return q.server.failure(ctx, "redis settle", q.settle.Run(ctx, q.client, keys, args...).Err())
}

// settlementArgs are the six arguments that say how one delivery ends.
func settlementArgs(s core.Settlement) ([]any, error) {
	held, err := receiptOf(s.Delivery)
	if err != nil {
		return nil, err
	}
	what, message := "done", (*core.Message)(nil)
	switch {
	case s.Dead != "":
		what, message = "dead", &s.Delivery.Message
	case s.Again != nil:
		what, message = "again", s.Again
	}
	var (
		at   int64
		body string
	)
	if message != nil {
		at = due(*message)
		if body, err = encode(*message); err != nil {
			return nil, err
		}
	}
	return []any{held.entry, held.attempt, what, at, body, s.Dead}, nil
}

// receiptOf is the receipt of a delivery that this driver made.
func receiptOf(d core.Delivery) (receipt, error) {
	held, ok := d.Receipt.(receipt)
	if !ok {
		return receipt{}, core.Errorf(core.Invalid, "redis queue: the delivery of %s is not of this queue", d.Message.Task.ID)
	}
	return held, nil
}

// Depth counts what is where, by the server's clock.
func (q *queue) Depth(ctx context.Context) (core.Depth, error) {
	counts, err := q.depth.Run(ctx, q.client, []string{q.ready, q.delayed, q.dead}).Int64Slice()
	switch {
	case err != nil:
		return core.Depth{}, q.server.failure(ctx, "redis depth", err)
	case len(counts) != 3:
		return core.Depth{}, nonsense("redis depth")
	}
	return core.Depth{Ready: int(counts[0]), Delayed: int(counts[1]), Dead: int(counts[2])}, nil
}

// Close ends the connections, and the waiting of who is in Receive.
func (q *queue) Close() error { return q.close() }

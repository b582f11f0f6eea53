package jetstream

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/vodrefresh/vodrefresh/core"
)

// The limits of a queue, if none are configured.
const (
	DefaultLease       = 30 * time.Second
	DefaultMaxMessages = 5_000_000
	DefaultMaxBytes    = 8 << 30
)

// QueueConfig says which queue is opened and how. All processes that share a
// queue have to agree on it.
type QueueConfig struct {
	// Name begins the names of its streams and subjects: letters, digits, - and
	// _, at most 64. Default: [DefaultName].
	Name string
	// Lease is how long a delivery is the receiver's own, at least 100 ms.
	// Default: [DefaultLease].
	Lease time.Duration
	// MaxMessages and MaxBytes are what the queue holds at most, delayed messages
	// included and dead letters not. What would be too much is refused as
	// Unavailable. Defaults: [DefaultMaxMessages], [DefaultMaxBytes].
	MaxMessages int
	MaxBytes    int64
}

// Queue is a [core.Queue] on two streams: Name_queue and Name_dead. Make one with
// [OpenQueue].
type Queue struct {
	conn     *Conn
	stream   jetstream.Stream
	consumer jetstream.Consumer
	dead     jetstream.Stream
	due      string // the subject of what is due
	at       string // the subjects of what is not, but for their last token
	buried   string // the subject of dead letters
	lease    time.Duration
	gauge    *gauge
	gatherer *gatherer
	closed   atomic.Bool
}

var _ core.Queue = (*Queue)(nil)

// OpenQueue opens a queue, and makes its streams and its consumer if they do not
// exist. Kinds: Invalid for a configuration that cannot be, or streams that are
// there and differ; Unavailable if the servers are not; Internal for damage.
func OpenQueue(ctx context.Context, conn *Conn, cfg QueueConfig) (*Queue, error) {
	cfg.Name = cmp.Or(cfg.Name, DefaultName)
	cfg.Lease = cmp.Or(cfg.Lease, DefaultLease)
	cfg.MaxMessages = cmp.Or(cfg.MaxMessages, DefaultMaxMessages)
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, DefaultMaxBytes)
	if wrong := cfg.check(); len(wrong) > 0 {
		return nil, &core.Error{Kind: core.Invalid, Op: "open the queue", Message: "cannot be done", Fields: wrong}
	}
	q := &Queue{
		conn:   conn,
		due:    cfg.Name + ".queue.due",
		at:     cfg.Name + ".queue.at.",
		buried: cfg.Name + ".dead",
		lease:  cfg.Lease,
	}
	var err error
	q.stream, err = conn.openStream(ctx, jetstream.StreamConfig{
		Name:              cfg.Name + "_queue",
		Subjects:          []string{q.due, q.at + "*"},
		Retention:         jetstream.WorkQueuePolicy,
		AllowMsgSchedules: true,
		// Discard has to be old with schedules; without limits nothing is.
	})
	if err != nil {
		return nil, err
	}
	q.dead, err = conn.openStream(ctx, jetstream.StreamConfig{
		Name:     cfg.Name + "_dead",
		Subjects: []string{q.buried},
		Discard:  jetstream.DiscardNew,
	})
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(conn.intact(q.stream), conn.intact(q.dead)); err != nil {
		return nil, err
	}
	q.consumer, err = q.stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable:       "workers",
		FilterSubject: q.due,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       cfg.Lease + margin(cfg.Lease),
		MaxDeliver:    -1,
		MaxAckPending: 1 << 20,
		MaxWaiting:    4096,
	})
	if err != nil {
		return nil, failure("open the queue's consumer", err)
	}
	q.gauge = &gauge{most: cfg.MaxMessages, mostBytes: cfg.MaxBytes, clock: conn.clock, look: q.size}
	q.gatherer = newGatherer(conn.clock, q.write)
	return q, nil
}

// margin is how much longer than the receiver the server holds on to a lease: an
// acknowledgement sent in the last moment is not late.
func margin(lease time.Duration) time.Duration { return max(lease/10, 250*time.Millisecond) }

func (cfg QueueConfig) check() []core.FieldError {
	wrong := checkName(cfg.Name)
	if cfg.Lease < 100*time.Millisecond {
		wrong = append(wrong, core.FieldError{Field: "Lease", Value: cfg.Lease.String(), Detail: "must be 100ms or more"})
	}
	if cfg.MaxMessages < 0 {
		wrong = append(wrong, core.FieldError{Field: "MaxMessages", Value: cfg.MaxMessages, Detail: "must be 0 (the default) or more"})
	}
	if cfg.MaxBytes < 0 {
		wrong = append(wrong, core.FieldError{Field: "MaxBytes", Value: cfg.MaxBytes, Detail: "must be 0 (the default) or more"})
	}
	return wrong
}

// Enqueue stores the messages, together with those of other callers at the same
// time.
func (q *Queue) Enqueue(ctx context.Context, messages []core.Message) error {
	if err := q.enter(ctx, "enqueue"); err != nil || len(messages) == 0 {
		return err
	}
	stored := make([]*nats.Msg, len(messages))
	for i, m := range messages {
		var err error
		if stored[i], err = q.pack(m); err != nil {
			return err
		}
	}
	return q.gatherer.add(ctx, stored)
}

// write stores what several callers gave, if there is room.
func (q *Queue) write(ctx context.Context, messages []*nats.Msg) error {
	if err := q.gauge.admit(ctx, messages); err != nil {
		return err
	}
	return q.conn.publish(ctx, "enqueue", q.name(), messages)
}

// pack makes a message for the server: for at once, or for a time to come.
func (q *Queue) pack(m core.Message) (*nats.Msg, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return nil, core.Errorf(core.Invalid, "enqueue: the message of %s cannot be written as JSON: %v", m.Task.ID, err)
	}
	return q.put(data, m.Due)
}

func (q *Queue) put(data []byte, due time.Time) (*nats.Msg, error) {
	const headers = 1 << 10 // more than ours and the server's take
	if most := q.conn.nats.MaxPayload() - headers; int64(len(data)) > most {
		return nil, &core.Error{Kind: core.Invalid, Op: "enqueue", Fields: []core.FieldError{
			{Field: "Message", Value: fmt.Sprintf("%d bytes", len(data)), Detail: fmt.Sprintf("must have at most %d bytes as JSON", most)},
		}}
	}
	if !due.After(q.conn.clock.Now()) {
		return &nats.Msg{Subject: q.due, Data: data}, nil
	}
	return &nats.Msg{
		Subject: q.at + nuid.New().Next(), // one schedule a subject
		Data:    data,
		Header: nats.Header{
			jetstream.ScheduleHeader:       {"@at " + due.UTC().Format(time.RFC3339Nano)},
			jetstream.ScheduleTargetHeader: {q.due},
		},
	}, nil
}

// Depth counts what is in the queue. It asks two streams and a consumer one
// after the other, so what moves in between may be counted twice or not.
func (q *Queue) Depth(ctx context.Context) (core.Depth, error) {
	if err := q.enter(ctx, "depth"); err != nil {
		return core.Depth{}, err
	}
	workers, err := q.consumer.Info(ctx)
	if err != nil {
		return core.Depth{}, failure("depth", err)
	}
	all, _, err := q.size(ctx)
	if err != nil {
		return core.Depth{}, err
	}
	dead, err := q.dead.Info(ctx)
	if err != nil {
		return core.Depth{}, failure("depth", err)
	}
	ready := int(workers.NumPending) + workers.NumAckPending                                     //nolint:gosec // a count of messages
	return core.Depth{Ready: ready, Delayed: max(0, all-ready), Dead: int(dead.State.Msgs)}, nil //nolint:gosec // a count of messages
}

// name is that of the queue's stream.
func (q *Queue) name() string { return q.stream.CachedInfo().Config.Name }

// size is what the queue's stream holds.
func (q *Queue) size(ctx context.Context) (messages int, bytes int64, err error) {
	info, err := q.stream.Info(ctx)
	if err != nil {
		return 0, 0, failure("depth", err)
	}
	return int(info.State.Msgs), int64(info.State.Bytes), nil //nolint:gosec // counts of messages and bytes
}

// Close waits for what is being written. The connection stays: it may be a
// store's too.
func (q *Queue) Close() error {
	q.closed.Store(true)
	q.gatherer.wait()
	return nil
}

// enter says why a call cannot be made.
func (q *Queue) enter(ctx context.Context, op string) error {
	if q.closed.Load() {
		return closed("queue")
	}
	return failure(op, ctx.Err())
}

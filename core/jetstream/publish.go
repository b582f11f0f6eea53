package jetstream

import (
	"context"
	"slices"

	"github.com/nats-io/nats.go"
)

// batchSize is the most messages that are written and synced together.
const batchSize = 1000

// stored is the server's word that a message is stored.
type stored struct {
	Sequence uint64   `json:"seq"`
	Error    *refusal `json:"error"`
}

// publish stores messages of one stream, and returns once they are on the disk. An
// error means that any of them may be stored.
func (c *Conn) publish(ctx context.Context, op, stream string, messages []*nats.Msg) error {
	if len(messages) == 0 {
		return nil
	}
	sequences, err := c.publishAll(ctx, op, messages)
	if err != nil || c.disk == nil {
		return err // a cluster's servers sync as they are configured
	}
	if err := c.disk.sync(op, stream); err != nil {
		return err
	}
	return c.disk.mark(op, stream, slices.Max(sequences))
}

// publishAll stores messages and returns their sequences. An error means that any
// of them may be stored.
func (c *Conn) publishAll(ctx context.Context, op string, messages []*nats.Msg) ([]uint64, error) {
	acks, err := c.publishEach(ctx, op, messages)
	if err != nil {
		return nil, err
	}
	sequences := make([]uint64, len(acks))
	for i, ack := range acks {
		if err := ack.Error.err(op); err != nil {
			return nil, err
		}
		sequences[i] = ack.Sequence
	}
	return sequences, nil
}

// publishEach stores messages each for itself, and says what became of each.
func (c *Conn) publishEach(ctx context.Context, op string, messages []*nats.Msg) ([]stored, error) {
	answers, err := c.ask(ctx, op, messages)
	if err != nil {
		return nil, err
	}
	acks := make([]stored, len(answers))
	for i, m := range answers {
		if err := read(op, m, &acks[i]); err != nil {
			return nil, err
		}
	}
	return acks, nil
}

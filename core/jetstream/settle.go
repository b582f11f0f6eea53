package jetstream

import (
	"context"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
)

// What the server is told about a delivery.
const (
	done     = "+ACK"
	progress = "+WPI"
)

// Extend begins the leases anew, of deliveries that are still ours.
func (q *Queue) Extend(ctx context.Context, deliveries []core.Delivery) error {
	if err := q.enter(ctx, "extend"); err != nil {
		return err
	}
	var ours []*receipt
	for _, d := range deliveries {
		if r := q.held(d); r != nil {
			ours = append(ours, r)
		}
	}
	until := q.conn.clock.Now().Add(q.lease)
	if err := q.acknowledge(ctx, "extend", ours, progress); err != nil {
		return err
	}
	for _, r := range ours {
		r.extend(until)
	}
	return nil
}

// Settle ends deliveries that are still ours. If what is to come again or is dead
// cannot be stored, those deliveries are not ended, but the others are.
func (q *Queue) Settle(ctx context.Context, settlements []core.Settlement) error {
	if err := q.enter(ctx, "settle"); err != nil {
		return err
	}
	var (
		ended, put, buried []*receipt
		again              []*nats.Msg
		graves             []grave
	)
	for _, s := range settlements {
		r := q.held(s.Delivery)
		switch {
		case r == nil:
		case s.Again != nil:
			m, err := q.pack(*s.Again)
			if err != nil {
				return err
			}
			again, put = append(again, m), append(put, r)
		case s.Dead != "":
			g, err := q.grave(s)
			if err != nil {
				return err
			}
			graves, buried = append(graves, g), append(buried, r)
		default:
			ended = append(ended, r)
		}
	}
	// A full queue takes back what it handed out: it does not grow by that.
	errAgain := q.conn.publish(ctx, "settle", q.name(), again)
	if errAgain == nil {
		ended = append(ended, put...)
	}
	errBury := q.bury(ctx, graves)
	if errBury == nil {
		ended = append(ended, buried...)
	}
	errDone := q.acknowledge(ctx, "settle", ended, done)
	for _, err := range []error{errAgain, errBury, errDone} {
		if err != nil {
			return err
		}
	}
	return nil
}

// acknowledge tells the server about deliveries, and waits until it has taken
// note of each.
func (q *Queue) acknowledge(ctx context.Context, op string, receipts []*receipt, word string) error {
	if len(receipts) == 0 {
		return nil
	}
	requests := make([]*nats.Msg, len(receipts))
	for i, r := range receipts {
		requests[i] = &nats.Msg{Subject: r.ack, Data: []byte(word)}
	}
	if _, err := q.conn.ask(ctx, op, requests); err != nil {
		return err
	}
	if word == done {
		for _, r := range receipts {
			r.settle()
		}
	}
	return nil
}

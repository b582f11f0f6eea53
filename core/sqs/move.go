package sqs

import (
	"context"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	ahead  = 2 * time.Minute  // how long before its time a record is sent
	claim  = time.Minute      // how long a record is its claimer's
	moving = 30 * time.Second // how often Receive moves records
)

// Move sends the messages whose delay ends within two minutes, with what is left
// of it, from the store to the queue, and returns how many. It is to be called
// once a minute where nobody calls Receive. Several may do so at a time.
func (q *Queue) Move(ctx context.Context) (int, error) {
	if q.later == nil {
		return 0, nil
	}
	ctx, done := q.account.Begin(ctx)
	defer done()
	for count := 0; ; {
		horizon := q.clock.Now().Add(ahead)
		found, err := q.later.list(ctx, horizon, page)
		if err != nil {
			return count, err
		}
		claimed, err := q.later.claim(ctx, found, horizon.Add(claim))
		if err != nil {
			return count, err
		}
		parcels := make([]parcel, len(claimed))
		for i, r := range claimed {
			m, _ := unpack(string(r.Value)) // what cannot be read is due at once
			parcels[i] = parcel{string(r.Value), m.Due}
		}
		n, err := q.hand(ctx, "sqs move", q.later, claimed, parcels)
		count += n
		if err != nil || len(found) < page || n == 0 {
			return count, err
		}
	}
}

// hand sends parcels and then removes their records. A record whose parcel
// could not be sent is found again when the claim ends.
func (q *Queue) hand(ctx context.Context, op string, from *shelf, claimed []core.Record, parcels []parcel) (int, error) {
	ended := q.send(ctx, op, parcels)
	sent := make([]core.Record, 0, len(claimed))
	for i, err := range ended {
		if err == nil {
			sent = append(sent, claimed[i])
		}
	}
	err := from.remove(ctx, sent)
	if failed := first(ended); failed != nil {
		err = failed
	}
	return len(sent), err
}

// moveNow moves what is due unless that was done a short while ago. It is no
// reason not to receive: a failure is logged.
func (q *Queue) moveNow(ctx context.Context) {
	now, last := q.clock.Now(), q.moved.Load()
	if last != 0 && now.Sub(time.Unix(0, last)) < moving || !q.moved.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	if _, err := q.Move(ctx); err != nil && ctx.Err() == nil {
		q.log.WarnContext(ctx, "delayed messages could not be moved to the queue", "error_kind", core.KindOf(err), "error", err)
	}
}

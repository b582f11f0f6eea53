package sqs

import (
	"context"
	"slices"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// skew is how far other instances' clocks may be ahead of ours.
const skew = 10 * time.Second

// Dead lists dead letters, but for those that are being put back.
func (q *Queue) Dead(ctx context.Context, most int) ([]core.DeadLetter, error) {
	if q.dead == nil || most <= 0 {
		return nil, nil
	}
	ctx, done := q.account.Begin(ctx)
	defer done()
	records, err := q.dead.list(ctx, q.clock.Now().Add(skew), most)
	if err != nil {
		return nil, err
	}
	letters := make([]core.DeadLetter, len(records))
	for i, r := range records {
		letters[i] = exhume(r, q.dead.id(r))
	}
	return letters, nil
}

// Redrive puts dead letters back, each of them once, however many do so at a
// time. It stops at the letter that was the newest when it began.
func (q *Queue) Redrive(ctx context.Context, ids []string) (int, error) {
	if q.dead == nil {
		return 0, nil
	}
	ctx, done := q.account.Begin(ctx)
	defer done()
	begun := q.clock.Now()
	if len(ids) > 0 {
		records, err := q.dead.find(ctx, ids, begun.Add(skew))
		if err != nil {
			return 0, err
		}
		return q.putBack(ctx, records)
	}
	for count := 0; ; {
		records, err := q.dead.list(ctx, begun, page)
		if err != nil || len(records) == 0 {
			return count, err
		}
		n, err := q.putBack(ctx, records)
		count += n
		if err != nil || n == 0 {
			return count, err
		}
	}
}

// putBack sends letters that nobody else is putting back, and returns how many
// those were.
func (q *Queue) putBack(ctx context.Context, records []core.Record) (int, error) {
	parcels := make(map[string]parcel, len(records))
	readable := slices.DeleteFunc(records, func(r core.Record) bool {
		p, ok := afresh(r)
		parcels[r.Key] = p
		return !ok
	})
	claimed, err := q.dead.claim(ctx, readable, q.clock.Now().Add(claim))
	if err != nil {
		return 0, err
	}
	bodies := make([]parcel, len(claimed))
	for i, r := range claimed {
		bodies[i] = parcels[r.Key]
	}
	return q.hand(ctx, "sqs redrive", q.dead, claimed, bodies)
}

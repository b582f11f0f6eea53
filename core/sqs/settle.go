package sqs

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
)

// ending is how one delivery ends: by a message in its place, by a dead letter,
// or by nothing more.
type ending struct {
	receipt

	again *parcel
	dead  *core.Record
}

// Settle ends deliveries. One with a reason is dead, even if it also has a
// message to come again. What has to be written first, is written while the
// delivery is certainly ours.
func (q *Queue) Settle(ctx context.Context, settlements []core.Settlement) error {
	const op = "sqs settle"
	var done []string
	var replaced []ending
	seen := make(map[string]bool, len(settlements))
	for _, s := range settlements {
		e, err := q.endingOf(op, s)
		switch {
		case err != nil:
			return err
		case seen[e.handle]: // settled already
		case e.again != nil || e.dead != nil:
			replaced = append(replaced, e)
		case s.Dead != "" && e.adopted:
			return core.Errorf(core.Unavailable, "%s: a dead letter needs a store; the redrive policy takes the message away", op)
		case s.Dead == "" && !e.adopted:
			done = append(done, e.handle)
		} // else its receiver deletes it, or there is no store: the redrive policy takes it away
		seen[e.handle] = true
	}
	ctx, end := q.account.Begin(ctx)
	defer end()
	written, err := q.replace(ctx, op, replaced)
	if removed := q.remove(ctx, op, append(done, written...)); err == nil {
		err = removed
	}
	return err
}

func (q *Queue) endingOf(op string, s core.Settlement) (ending, error) {
	held, err := receiptOf(s.Delivery)
	if err != nil {
		return ending{}, err
	}
	e := ending{receipt: held}
	switch {
	case s.Dead != "" && q.dead != nil:
		p, err := pack(op, s.Delivery.Message)
		if err != nil {
			return ending{}, err
		}
		value, due := bury(letter{At: q.clock.Now().UTC(), Reason: s.Dead, Body: p.body})
		e.dead = &core.Record{Value: value, Due: due}
	case s.Dead == "" && s.Again != nil:
		p, err := pack(op, *s.Again)
		if err != nil {
			return ending{}, err
		}
		e.again = &p
	}
	return e, nil
}

// replace writes what comes in the place of deliveries, and returns the handles
// of those that can be deleted. A delivery that is not ours any more is left
// alone.
func (q *Queue) replace(ctx context.Context, op string, endings []ending) (written []string, err error) {
	if len(endings) == 0 {
		return nil, nil
	}
	handles := make([]string, len(endings))
	for i, e := range endings {
		handles[i] = e.handle
	}
	ours, err := q.hold(ctx, op, handles)
	var (
		parcels []parcel
		sent    []string // handles, in the order of the parcels
		letters []core.Record
		buried  []string // handles, in the order of the letters
	)
	for i, e := range endings {
		switch {
		case !ours[i]:
		case e.dead != nil:
			letters, buried = append(letters, *e.dead), append(buried, e.handle)
		default:
			parcels, sent = append(parcels, *e.again), append(sent, e.handle)
		}
	}
	for i, failed := range q.put(ctx, op, parcels) {
		if failed == nil {
			written = append(written, sent[i])
		} else if err == nil {
			err = failed
		}
	}
	if len(letters) > 0 {
		if failed := q.dead.add(ctx, letters); failed == nil {
			written = append(written, buried...)
		} else if err == nil {
			err = failed
		}
	}
	return written, err
}

// put stores parcels, those with a long delay in the store, and returns what
// became of each.
func (q *Queue) put(ctx context.Context, op string, parcels []parcel) []error {
	ended := make([]error, len(parcels))
	var (
		soon     []parcel
		soonAt   []int // numbers of the parcels
		records  []core.Record
		recordAt []int
	)
	long := q.clock.Now().Add(maxDelay)
	for i, p := range parcels {
		if q.later != nil && p.due.After(long) {
			records, recordAt = append(records, core.Record{Value: []byte(p.body), Due: p.due}), append(recordAt, i)
		} else {
			soon, soonAt = append(soon, p), append(soonAt, i)
		}
	}
	for i, err := range q.send(ctx, op, soon) {
		ended[soonAt[i]] = err
	}
	if len(records) > 0 {
		if err := q.later.add(ctx, records); err != nil {
			for _, i := range recordAt {
				ended[i] = err
			}
		}
	}
	return ended
}

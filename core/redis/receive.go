package redis

import (
	"context"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
)

// Receive takes what is due; if that is nothing, it waits until the bell rings,
// or the next delay or lease ends.
func (q *queue) Receive(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	if most <= 0 {
		return nil, nil
	}
	if wait <= 0 {
		found, err := q.look(ctx, most)
		return found.deliveries, err
	}
	bounded, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if q.bell.take(bounded) {
		defer q.bell.give()
		for bounded.Err() == nil {
			found, err := q.look(ctx, most)
			if err != nil || len(found.deliveries) > 0 {
				return found.deliveries, err
			}
			if err := q.bell.listen(bounded, found.ring, found.pause); err != nil {
				return nil, q.server.failure(ctx, "redis receive", err)
			}
		}
	}
	return nil, q.server.failure(ctx, "redis receive", q.stopped(ctx))
}

// stopped says why waiting has ended early; nil if it was waited to the end.
func (q *queue) stopped(ctx context.Context) error {
	select {
	case <-q.bell.closed:
		return goredis.ErrClosed
	default:
		return ctx.Err()
	}
}

// sight is what a look at the queue has found.
type sight struct {
	deliveries []core.Delivery
	ring       string        // the last ring of the bell before the look
	pause      time.Duration // until the next delay or lease ends; negative if there is none
}

// look takes what is due now. What cannot be read becomes a dead letter as it
// is, because a later version of the program may know it, and does not count.
func (q *queue) look(ctx context.Context, most int) (sight, error) {
	keys := []string{q.ready, q.delayed, q.leases, q.rings}
	for {
		answer, err := q.receive.Run(ctx, q.client, keys, group, min(most, chunk), q.lease).Slice()
		if err != nil {
			return sight{}, q.server.failure(ctx, "redis receive", err)
		}
		found, unreadable, ok := q.sort(ctx, answer)
		switch {
		case !ok:
			return sight{}, nonsense("redis receive")
		case len(unreadable) == 0:
			return found, nil
		}
		if err := q.end(ctx, append([]any{group}, unreadable...)); err != nil {
			return sight{}, err
		}
		if len(found.deliveries) > 0 {
			return found, nil
		}
	}
}

// sort tells the deliveries in the script's answer (ring, pause, and three for
// each) from the arguments that settle those which cannot be read. An answer of
// another form is not ok.
func (q *queue) sort(ctx context.Context, answer []any) (found sight, unreadable []any, ok bool) {
	if len(answer)%3 != 2 {
		return sight{}, nil, false
	}
	found.ring, _ = answer[0].(string)
	ms, _ := answer[1].(int64)
	found.pause = time.Duration(ms) * time.Millisecond
	for some := range slices.Chunk(answer[2:], 3) {
		entry, _ := some[0].(string)
		attempt, _ := some[1].(int64)
		body, _ := some[2].(string)
		if !isEntryID(entry) || attempt < 1 {
			return sight{}, nil, false
		}
		message, reason := decode(body)
		if reason != "" {
			q.server.log.WarnContext(ctx, "a message became a dead letter", "entry", entry, "reason", reason)
			unreadable = append(unreadable, entry, attempt, "dead", 0, body, reason)
			continue
		}
		found.deliveries = append(found.deliveries, core.Delivery{
			Message: message, Attempt: int(attempt), Receipt: receipt{entry, attempt},
		})
	}
	return found, unreadable, true
}

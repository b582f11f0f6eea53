package core

import (
	"context"
	"slices"
	"time"
)

// openBatch is reserved work that does not fill a call yet.
type openBatch struct {
	works []work
	since time.Time // when the oldest came in
}

// goes is when the batch is submitted, full or not: when it has lingered, or while
// what is reserved is still safe for as long as a call may take.
func (b *openBatch) goes(linger *linger, deadline time.Duration) time.Time {
	at := linger.ends(len(b.works), b.since)
	for _, w := range b.works {
		if until := w.reservation.Until; !until.IsZero() && until.Add(-deadline).Before(at) {
			at = until.Add(-deadline)
		}
	}
	return at
}

// join takes in what another batch has.
func (b *openBatch) join(other *openBatch) {
	b.works = append(b.works, other.works...)
	if other.since.Before(b.since) {
		b.since = other.since
	}
}

// deliveries are all that the batch has in hand.
func (b *openBatch) deliveries() []Delivery {
	var all []Delivery
	for _, w := range b.works {
		all = append(append(all, w.delivery), w.joined...)
	}
	return all
}

// gather waits until there is enough for a call, or the batch has lingered, and
// returns what is to be submitted. Of a group only one batch waits: another one
// takes from it what it lacks itself, or leaves it all that it has.
func (l *lane) gather(ctx context.Context, key groupKey, b *openBatch, limit int) []work {
	l.mu.Lock()
	defer l.mu.Unlock()
	if waiting := l.open[key]; waiting != nil {
		defer l.rouse()
		lacks := limit - len(b.works)
		if len(waiting.works) >= lacks {
			full := slices.Concat(b.works, waiting.works[:lacks])
			waiting.works = waiting.works[lacks:]
			return full
		}
		waiting.join(b)
		return nil
	}
	l.open[key] = b
	defer delete(l.open, key)
	for ctx.Err() == nil && len(b.works) > 0 && len(b.works)+l.pool.targets(key) < limit {
		wait, more := b.goes(&l.pool.linger, l.cfg.Deadline).Sub(l.cfg.Clock.Now()), l.more
		if wait <= 0 {
			break
		}
		l.mu.Unlock()
		more.rest(ctx, l.cfg.Clock, wait)
		l.mu.Lock()
	}
	return b.works
}

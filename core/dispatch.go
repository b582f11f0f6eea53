package core

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// glance is when a message that met another worker's lease is looked at again,
// at the latest when the lease ends: most calls are answered much sooner.
const glance = 2 * time.Second

// work is a message that is going to be submitted: the delivery, its
// reservation, and the deliveries that joined it.
type work struct {
	delivery    Delivery
	reservation Reservation
	joined      []Delivery
}

// dispatch sees deliveries about one call's worth of targets to their end: it
// submits what is not covered, with more of the group in the place of what is.
func (l *lane) dispatch(ctx context.Context, key groupKey, taken handful) {
	if len(taken.deliveries) == 0 {
		return
	}
	finishing := context.WithoutCancel(ctx)
	admitted := messagesOf(taken.deliveries)
	limit := l.limit(admitted[0].Task)
	batch := l.fill(finishing, key, nil, taken, limit)
	if len(batch) > 0 && len(batch) < limit {
		batch = l.gather(ctx, key, &openBatch{batch, taken.since}, limit)
	}
	if len(batch) > 0 && len(batch) < limit {
		batch = l.fill(finishing, key, batch, l.take(key, limit-len(batch)), limit)
	}
	if len(batch) == 0 {
		l.cfg.Submitter.abandon(finishing, admitted)
		return
	}
	l.submit(finishing, batch)
}

// fill reserves deliveries for a batch, and more of the group in the place of those
// that are covered, until the batch is full, nothing is left, or coverage cannot
// be asked.
func (l *lane) fill(ctx context.Context, key groupKey, batch []work, taken handful, limit int) []work {
	for len(taken.deliveries) > 0 {
		reserved, ended := l.reserve(ctx, taken.deliveries)
		batch = append(batch, reserved...)
		l.settle(ctx, ended)
		if len(batch) >= limit || len(reserved)+len(ended) == 0 {
			break
		}
		taken = l.take(key, limit-len(batch))
	}
	return batch
}

func messagesOf(deliveries []Delivery) []Message {
	messages := make([]Message, len(deliveries))
	for i, d := range deliveries {
		messages[i] = d.Message
	}
	return messages
}

// reserve tells deliveries that are to be submitted from those that have ended.
// Where coverage cannot be asked they come again when their leases end.
func (l *lane) reserve(ctx context.Context, taken []Delivery) (batch []work, ended []Settlement) {
	reservations, err := l.cfg.Submitter.reserve(ctx, messagesOf(taken))
	if err != nil {
		l.cfg.Log.WarnContext(ctx, "coverage cannot be asked, the messages come again", "error_kind", KindOf(err), "error", err)
		l.dropped(taken)
		return nil, nil
	}
	place := make(map[int]int, len(taken))
	for i, r := range reservations {
		switch r.State {
		case Reserved:
			place[i] = len(batch)
			batch = append(batch, work{delivery: taken[i], reservation: r})
		case Covered:
			ended = append(ended, Settlement{Delivery: taken[i], Outcome: Outcome{Task: taken[i].Message.Task, State: OutcomeCovered}})
		case Busy, Exhausted:
			again, kind := taken[i].Message, Unavailable
			again.Due = l.comesAgain(r)
			if r.State == Exhausted {
				kind = QuotaExceeded
			}
			ended = append(ended, Settlement{Delivery: taken[i], Again: &again, Outcome: waits(taken[i], kind, again.Due)})
		case Joined: // its leader may stand behind it
		}
	}
	for i, r := range reservations {
		if r.State == Joined {
			leader := place[r.Leader]
			batch[leader].joined = append(batch[leader].joined, taken[i])
		}
	}
	return batch, ended
}

// waits is what has become of a delivery that may not go out now.
func waits(d Delivery, kind Kind, until time.Time) Outcome {
	return Outcome{Task: d.Message.Task, State: Failed, Again: until, Err: Errorf(kind, "not submitted before %s", until.Format(time.RFC3339))}
}

// comesAgain is when a message is worth another look that may not go out now.
func (l *lane) comesAgain(r Reservation) time.Time {
	if r.State == Exhausted {
		return r.Until
	}
	if soon := l.cfg.Clock.Now().Add(glance); soon.Before(r.Until) {
		return soon
	}
	return r.Until
}

// submit sends a batch out and settles its messages.
func (l *lane) submit(ctx context.Context, batch []work) {
	limited, cancel := context.WithTimeout(ctx, l.cfg.Deadline)
	defer cancel()
	reserved := make([]Reservation, len(batch))
	for i, b := range batch {
		reserved[i] = b.reservation
	}
	var ended []Settlement
	for i, o := range l.cfg.Submitter.submit(limited, reserved, calling{turn: true}) {
		for _, d := range append(batch[i].joined, batch[i].delivery) {
			s := l.ending(d, o)
			s.Outcome = o
			s.Outcome.Task = d.Message.Task
			ended = append(ended, s)
		}
	}
	l.settle(ctx, ended)
}

// ending says how a delivery ends after its task did.
func (w *Worker) ending(d Delivery, o Outcome) Settlement {
	if o.State == Refreshed {
		return Settlement{Delivery: d}
	}
	if o.Final() {
		return Settlement{Delivery: d, Dead: reason(o)}
	}
	again, now := d.Message, w.cfg.Clock.Now()
	if KindOf(o.Err) == QuotaExceeded { // waiting is no failure
		again.Due = o.Again
		if again.Due.IsZero() {
			again.Due = now.Add(time.Hour)
		}
		return Settlement{Delivery: d, Again: &again}
	}
	again.Tries++
	if again.Tries >= w.cfg.Tries && now.Sub(d.Message.Received) >= w.cfg.Age {
		return Settlement{Delivery: d, Dead: fmt.Sprintf("given up after %d tries: %s", again.Tries, reason(o))}
	}
	again.Due = now.Add(w.backoff(again.Tries, o.Err))
	return Settlement{Delivery: d, Again: &again}
}

// reason is why a task was not done, in words.
func reason(o Outcome) string {
	if o.Err != nil {
		return o.Err.Error()
	}
	switch o.State {
	case OutcomeNotFound:
		return "not_found: the platform does not know it"
	case OutcomeForbidden:
		return "forbidden: the account may not touch it"
	case Refreshed, OutcomeCovered, Queued, Failed:
	}
	return string(o.State)
}

// backoff is the wait before a message is tried again: full jitter, doubling
// from 2 s up to 5 min, and never less than the platform asked for.
func (w *Worker) backoff(tries int, err error) time.Duration {
	const first, most = 2 * time.Second, 5 * time.Minute
	wait := most
	if tries < 8 { // beyond, doubling is above the most
		wait = min(most, first<<(tries-1))
	}
	wait = time.Duration(w.cfg.Random() * float64(wait))
	if e, ok := errors.AsType[*Error](err); ok {
		wait = max(wait, e.RetryAfter)
	}
	return wait
}

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

// reserve takes the next call's worth out of the pool: as many messages as it
// needs until the call is full of what is not covered.
func (w *Worker) reserve(ctx context.Context, p *pool) []work {
	key, ok := p.next(w.cfg.Clock.Now(), w.cfg.Linger)
	if !ok {
		return nil
	}
	limit := p.groups[key].limit
	var batch []work
	var ended []Settlement
	for len(batch) < limit {
		taken := p.take(key, limit-len(batch))
		if len(taken) == 0 {
			break
		}
		reservations, err := w.reservations(ctx, taken)
		if err != nil {
			w.cfg.Log.WarnContext(ctx, "coverage cannot be asked, the messages come again", "error_kind", KindOf(err), "error", err)
			break // their leases end by themselves
		}
		place := make(map[int]int, len(taken))
		for i, r := range reservations {
			switch r.State {
			case Reserved:
				place[i] = len(batch)
				batch = append(batch, work{delivery: taken[i], reservation: r})
			case Covered:
				ended = append(ended, Settlement{Delivery: taken[i]})
			case Busy:
				again := taken[i].Message
				again.Due = r.Until
				if soon := w.cfg.Clock.Now().Add(glance); soon.Before(again.Due) {
					again.Due = soon
				}
				ended = append(ended, Settlement{Delivery: taken[i], Again: &again})
			case Joined: // its leader may stand behind it
			}
		}
		for i, r := range reservations {
			if r.State == Joined {
				leader := place[r.Leader]
				batch[leader].joined = append(batch[leader].joined, taken[i])
			}
		}
	}
	w.settle(ctx, ended)
	return batch
}

// reservations asks coverage; without one, everything is to be submitted.
func (w *Worker) reservations(ctx context.Context, taken []Delivery) ([]Reservation, error) {
	messages := make([]Message, len(taken))
	for i, d := range taken {
		messages[i] = d.Message
	}
	if w.cfg.Coverage != nil {
		return w.cfg.Coverage.Reserve(ctx, messages)
	}
	all := make([]Reservation, len(messages))
	for i, m := range messages {
		all[i] = Reservation{Message: m, State: Reserved, Leader: i}
	}
	return all, nil
}

// submit sends a batch out and settles its messages.
func (w *Worker) submit(ctx context.Context, batch []work) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Deadline)
	defer cancel()
	tasks := make([]Task, len(batch))
	for i, b := range batch {
		tasks[i] = b.delivery.Message.Task
	}
	left := w.cfg.Clock.Now() // before the request leaves
	outcomes := w.outcomes(ctx, tasks)
	var done, undone []Reservation
	var ended []Settlement
	for i, o := range outcomes {
		if o.State == Refreshed {
			done = append(done, batch[i].reservation)
		} else {
			undone = append(undone, batch[i].reservation)
		}
		for _, d := range append(batch[i].joined, batch[i].delivery) {
			ended = append(ended, w.ending(d, o))
		}
	}
	ctx = context.WithoutCancel(ctx) // what was learnt is recorded, however late it is
	if w.cfg.Coverage != nil {
		if err := errors.Join(w.cfg.Coverage.Commit(ctx, done, left), w.cfg.Coverage.Release(ctx, undone)); err != nil {
			w.cfg.Log.WarnContext(ctx, "coverage could not be recorded, doubles may be submitted again", "error", err)
		}
	}
	w.settle(ctx, ended)
	if w.cfg.Follow != nil {
		w.cfg.Follow.Track(outcomes...)
	}
}

// outcomes submits tasks of one provider.
func (w *Worker) outcomes(ctx context.Context, tasks []Task) []Outcome {
	provider := tasks[0].Provider
	if r, ok := w.cfg.Refreshers[provider]; ok {
		return r.Refresh(ctx, tasks)
	}
	all := make([]Outcome, len(tasks))
	for i, t := range tasks {
		all[i] = Outcome{Task: t, State: Failed, Err: Errorf(Invalid, "provider %q is not set up", provider)}
	}
	return all
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
	if KindOf(o.Err) == QuotaExceeded {
		again.Due = w.cfg.NextDay(now)
		return Settlement{Delivery: d, Again: &again}
	}
	again.Tries++
	if again.Tries >= w.cfg.Tries {
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

// settle ends deliveries. What cannot be settled comes again when its lease
// ends, and is covered then.
func (w *Worker) settle(ctx context.Context, ended []Settlement) {
	if len(ended) == 0 {
		return
	}
	for _, s := range ended {
		if s.Dead != "" {
			w.cfg.Log.ErrorContext(ctx, "message is dead", "provider", s.Delivery.Message.Task.Provider,
				"media_id", s.Delivery.Message.Task.ID, "reason", s.Dead)
		}
	}
	if err := w.cfg.Queue.Settle(ctx, ended); err != nil {
		w.cfg.Log.WarnContext(ctx, "messages could not be settled, they come again", "messages", len(ended), "error", err)
	}
}

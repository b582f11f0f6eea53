package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// ahead is how much later a delayed message is due: engines that plan in whole
// seconds are given more than one.
const ahead = 2 * time.Second

// arrives waits for a message that is due then: it must not come before, nor
// much later.
func arrives(ctx context.Context, q core.Queue, id string, due time.Time) (core.Delivery, error) {
	for {
		got, err := q.Receive(ctx, 10, soon)
		now := system().Now()
		switch {
		case err != nil:
			return core.Delivery{}, wrap("receive", err)
		case len(got) > 0 && now.Before(due):
			return core.Delivery{}, fmt.Errorf("%v came %v before it was due", ids(got), due.Sub(now))
		case len(got) > 0:
			return got[0], errors.Join(equal("messages", len(got), 1), equal("media received", got[0].Message.Task.ID, id))
		case now.After(due.Add(late)):
			return core.Delivery{}, fmt.Errorf("%s did not come within %v of being due", id, late)
		}
	}
}

func checkDelay(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	now, past, later := message("now"), message("past"), message("later")
	past.Due = system().Now().Add(-time.Hour)
	later.Due = system().Now().Add(ahead).Truncate(time.Millisecond)
	if err := q.Enqueue(ctx, []core.Message{later, past, now}); err != nil {
		return wrap("enqueue", err)
	}
	got, err := receive(ctx, other, 2)
	if err != nil {
		return err
	}
	if err := errors.Join(
		equal("media received at once", strings.Join(ids(got), " "), "now past"),
		settle(ctx, other, core.Settlement{}, got...),
		depth(ctx, q, "while one is delayed", core.Depth{Delayed: 1}),
	); err != nil {
		return err
	}
	d, err := arrives(ctx, other, "later", later.Due)
	if err != nil {
		return err
	}
	return errors.Join(
		equal("message", text(d.Message), text(later)),
		equal("attempt", d.Attempt, 1),
		depth(ctx, q, "when it is in hand", core.Depth{Ready: 1}),
		settle(ctx, other, core.Settlement{}, d),
		depth(ctx, q, "in the end", core.Depth{}),
	)
}

func checkAgain(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	if err := enqueue(ctx, q, "a"); err != nil {
		return err
	}
	d, err := one(ctx, q, "a")
	if err != nil {
		return err
	}
	next := d.Message
	next.Tries, next.Task.Options.Formats = 1, "mp4"
	if err := settle(ctx, q, core.Settlement{Again: &next}, d); err != nil {
		return err
	}
	d, err = one(ctx, other, "a")
	if err != nil {
		return err
	}
	if err := errors.Join(
		equal("message", text(d.Message), text(next)),
		equal("attempt of a message in the place of another", d.Attempt, 1),
		depth(ctx, q, "when it came again", core.Depth{Ready: 1}),
		settle(ctx, other, core.Settlement{}, d),
	); err != nil {
		return err
	}
	pause(ctx, h.Lease) // the first delivery would come again now
	return errors.Join(none(ctx, q, "after both are settled"), depth(ctx, q, "in the end", core.Depth{}))
}

func checkAgainLater(t *testing.T, h Harness) error {
	ctx, q := t.Context(), h.open(t)
	if err := enqueue(ctx, q, "a"); err != nil {
		return err
	}
	d, err := one(ctx, q, "a")
	if err != nil {
		return err
	}
	next := d.Message
	next.Due = system().Now().Add(max(ahead, 2*h.Lease)).Truncate(time.Millisecond) // longer than a lease
	if err := errors.Join(
		settle(ctx, q, core.Settlement{Again: &next}, d),
		depth(ctx, q, "while it is put off", core.Depth{Delayed: 1}),
	); err != nil {
		return err
	}
	d, err = arrives(ctx, q, "a", next.Due)
	if err != nil {
		return err
	}
	return errors.Join(
		equal("message", text(d.Message), text(next)),
		settle(ctx, q, core.Settlement{}, d),
		depth(ctx, q, "in the end", core.Depth{}),
	)
}

// checkMixed settles several deliveries in one call, each in its own way.
func checkMixed(t *testing.T, h Harness) error {
	ctx, q := t.Context(), h.open(t)
	if err := enqueue(ctx, q, "done", "again", "later", "dead", "lost"); err != nil {
		return err
	}
	got, err := receive(ctx, q, 5)
	if err != nil {
		return err
	}
	var settlements []core.Settlement
	for _, d := range got {
		s := core.Settlement{Delivery: d}
		switch d.Message.Task.ID {
		case "again":
			again := message("again")
			s.Again = &again
		case "later":
			later := message("later")
			later.Due = system().Now().Add(time.Hour)
			s.Again = &later
		case "dead":
			s.Dead = "for a reason"
		case "lost":
			continue
		}
		settlements = append(settlements, s)
	}
	if err := errors.Join(
		wrap("settle", q.Settle(ctx, settlements)),
		depth(ctx, q, "after all are settled but one", core.Depth{Ready: 2, Delayed: 1, Dead: 1}),
	); err != nil {
		return err
	}
	pause(ctx, h.Lease)
	last, err := receive(ctx, q, 2)
	if err != nil {
		return err
	}
	return equal("media that came again", strings.Join(ids(last), " "), "again lost")
}

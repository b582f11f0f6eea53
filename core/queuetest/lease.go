package queuetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

func checkLease(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	if err := enqueue(ctx, q, "a"); err != nil {
		return err
	}
	for attempt := 1; attempt <= 3; attempt++ {
		start := system().Now()
		var got []core.Delivery
		for len(got) == 0 {
			var err error
			if got, err = other.Receive(ctx, 10, soon); err != nil {
				return wrap("receive", err)
			}
			if took := system().Now().Sub(start); took > h.Lease+late {
				return fmt.Errorf("attempt %d did not come within %v of the one before", attempt, took)
			}
		}
		// A server counts in milliseconds, and began before we did.
		if took := system().Now().Sub(start); attempt > 1 && took < h.Lease/2 {
			return fmt.Errorf("attempt %d came after %v, while the lease of %v was alive", attempt, took, h.Lease)
		}
		if err := errors.Join(equal("messages", len(got), 1), equal("attempt", got[0].Attempt, attempt)); err != nil {
			return err
		}
		q, other = other, q // the other's lease counts too
	}
	return nil
}

func checkExtend(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	if err := enqueue(ctx, q, "a"); err != nil {
		return err
	}
	d, err := one(ctx, q, "a")
	if err != nil {
		return err
	}
	for range 8 { // two leases long
		pause(ctx, h.Lease/4)
		if err := q.Extend(ctx, []core.Delivery{d}); err != nil {
			return wrap("extend", err)
		}
		if got, err := other.Receive(ctx, 10, 0); err != nil || len(got) > 0 {
			return errors.Join(wrap("receive", err), equal("messages received during an extended lease", len(got), 0))
		}
	}
	if err := settle(ctx, q, core.Settlement{}, d); err != nil {
		return err
	}
	pause(ctx, h.Lease)
	return errors.Join(none(ctx, other, "after an extended delivery is done"), depth(ctx, q, "after it", core.Depth{}))
}

// checkPassedOn settles deliveries that are somebody else's by now, in every
// way: it must not take them away, nor put a second one beside them.
func checkPassedOn(t *testing.T, h Harness) error {
	ctx, slow, quick := t.Context(), h.open(t), h.open(t)
	if err := enqueue(ctx, slow, "done", "again", "dead", "extended"); err != nil {
		return err
	}
	old, err := receive(ctx, slow, 4)
	if err != nil {
		return err
	}
	pause(ctx, h.Lease)
	held, err := receive(ctx, quick, 4)
	if err != nil {
		return wrap("after the lease", err)
	}
	var settlements []core.Settlement
	for _, d := range old {
		s := core.Settlement{Delivery: d}
		switch d.Message.Task.ID {
		case "again":
			s.Again = &d.Message
		case "dead":
			s.Dead = "too late"
		case "extended":
			if err := slow.Extend(ctx, []core.Delivery{d}); err != nil {
				return wrap("extend of a delivery whose lease has passed on", err)
			}
			continue
		}
		settlements = append(settlements, s)
	}
	if err := slow.Settle(ctx, settlements); err != nil {
		return wrap("settle of deliveries whose lease has passed on", err)
	}
	if err := errors.Join(
		wrap("extend", quick.Extend(ctx, held)),
		noneWithin(ctx, h.Lease/4, slow, "after a late settle"),
		depth(ctx, quick, "after a late settle", core.Depth{Ready: 4}),
	); err != nil {
		return err
	}
	pause(ctx, h.Lease) // who holds them now loses them too
	last, err := receive(ctx, slow, 4)
	if err != nil {
		return wrap("after a late settle and another lease", err)
	}
	errs := []error{equal("deliveries held", len(held), 4)}
	for _, d := range last {
		errs = append(errs, equal("attempt of "+d.Message.Task.ID, d.Attempt, 3))
	}
	return errors.Join(append(errs,
		settle(ctx, slow, core.Settlement{}, last...),
		depth(ctx, quick, "in the end", core.Depth{}))...)
}

func checkTwice(t *testing.T, h Harness) error {
	ctx, q := t.Context(), h.open(t)
	if err := enqueue(ctx, q, "a"); err != nil {
		return err
	}
	d, err := one(ctx, q, "a")
	if err != nil {
		return err
	}
	again := message("b")
	if err := errors.Join(
		settle(ctx, q, core.Settlement{}, d),
		settle(ctx, q, core.Settlement{}, d),
		settle(ctx, q, core.Settlement{Again: &again}, d),
		settle(ctx, q, core.Settlement{Dead: "too late"}, d),
		wrap("extend", q.Extend(ctx, []core.Delivery{d})),
	); err != nil {
		return wrap("settled already", err)
	}
	return errors.Join(none(ctx, q, "after it was settled twice"), depth(ctx, q, "after it", core.Depth{}))
}

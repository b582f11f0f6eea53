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

// bury gives messages up, one after the other, so that the first is the oldest.
func bury(ctx context.Context, q core.Queue, all ...core.Message) error {
	for _, m := range all {
		if err := q.Enqueue(ctx, []core.Message{m}); err != nil {
			return wrap("enqueue", err)
		}
		d, err := one(ctx, q, m.Task.ID)
		if err != nil {
			return err
		}
		if err := settle(ctx, q, core.Settlement{Dead: "no use: " + m.Task.ID}, d); err != nil {
			return err
		}
		pause(ctx, 2*time.Millisecond) // ages are told apart by milliseconds
	}
	return nil
}

// dead lists the dead letters once there are as many as wanted: a server may
// list a moment behind.
func dead(ctx context.Context, q core.Queue, most, want int) ([]core.DeadLetter, error) {
	var letters []core.DeadLetter
	err := eventually(ctx, func() (err error) {
		letters, err = q.Dead(ctx, most)
		return errors.Join(wrap("dead", err), equal("number of dead letters", len(letters), want))
	})
	return letters, err
}

// media are those of dead letters, in their order.
func media(letters []core.DeadLetter) string {
	all := make([]string, len(letters))
	for i, l := range letters {
		all[i] = l.Message.Task.ID
	}
	return strings.Join(all, " ")
}

func checkDead(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	whole := full()
	whole.Task.ID = "whole"
	before := system().Now()
	if err := bury(ctx, q, message("z"), whole, message("a")); err != nil {
		return err
	}
	after := system().Now()
	letters, err := dead(ctx, other, 10, 3)
	if err != nil {
		return err
	}
	oldest, err := dead(ctx, other, 2, 2)
	if err != nil {
		return err
	}
	errs := []error{
		equal("dead media, the oldest first", media(letters), "z whole a"),
		equal("the two oldest", media(oldest), "z whole"),
		equal("message", text(letters[1].Message), text(whole)),
	}
	seen := map[string]bool{}
	for _, l := range letters {
		errs = append(errs, equal("reason", l.Reason, "no use: "+l.Message.Task.ID))
		if l.ID == "" || seen[l.ID] {
			errs = append(errs, fmt.Errorf("ID %q of a dead letter is empty or not its own", l.ID))
		}
		seen[l.ID] = true
		// A server's clock may be a little off ours.
		if l.At.Before(before.Add(-time.Second)) || l.At.After(after.Add(time.Second)) {
			errs = append(errs, fmt.Errorf("died at %v, not between %v and %v", l.At, before, after))
		}
	}
	pause(ctx, h.Lease)
	return errors.Join(append(errs,
		none(ctx, q, "after all are dead"),
		depth(ctx, q, "after all are dead", core.Depth{Dead: 3}))...)
}

func checkRedrive(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	tried := message("tried")
	tried.Tries, tried.FailedJobs, tried.GiveUp, tried.Due = 7, 2, "no hope", time.Date(1999, 3, 4, 12, 0, 0, 0, time.UTC)
	if err := bury(ctx, q, message("a"), tried, message("b")); err != nil {
		return err
	}
	letters, err := dead(ctx, other, 10, 3)
	if err != nil {
		return err
	}
	strange, err := other.Redrive(ctx, []string{"nobody", "", "18446744073709551616", "1-1"})
	if err := errors.Join(wrap("redrive of unknown IDs", err), equal("number redriven of unknown IDs", strange, 0)); err != nil {
		return err
	}
	n, err := other.Redrive(ctx, []string{"nobody", letters[1].ID})
	if err := errors.Join(wrap("redrive", err), equal("number redriven", n, 1)); err != nil {
		return err
	}
	d, err := one(ctx, q, "tried")
	if err != nil {
		return err
	}
	want := tried.Revived()
	rest, err := dead(ctx, other, 10, 2)
	gone, goneErr := other.Redrive(ctx, []string{letters[1].ID})
	return errors.Join(
		equal("message redriven", text(d.Message), text(want)),
		equal("attempt of a message redriven", d.Attempt, 1),
		err, equal("dead media left", media(rest), "a b"),
		wrap("redrive once more", goneErr), equal("number redriven once more", gone, 0),
		depth(ctx, q, "after a redrive", core.Depth{Ready: 1, Dead: 2}),
		settle(ctx, q, core.Settlement{}, d),
		depth(ctx, q, "in the end", core.Depth{Dead: 2}),
	)
}

func checkRedriveAll(t *testing.T, h Harness) error {
	const many = 150
	ctx, q := t.Context(), h.open(t)
	if err := q.Enqueue(ctx, messages("m", many)); err != nil {
		return wrap("enqueue", err)
	}
	if err := settleAll(ctx, q, core.Settlement{Dead: "no use"}, many); err != nil {
		return err
	}
	if _, err := dead(ctx, q, 2*many, many); err != nil {
		return err
	}
	n, err := q.Redrive(ctx, nil)
	if err := errors.Join(wrap("redrive", err), equal("number redriven", n, many)); err != nil {
		return err
	}
	return errors.Join(
		settleAll(ctx, q, core.Settlement{}, many),
		depth(ctx, q, "in the end", core.Depth{}),
	)
}

func checkDepth(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	later := messages("later", 3)
	for i := range later {
		later[i].Due = system().Now().Add(time.Hour)
	}
	if err := bury(ctx, q, message("x"), message("y")); err != nil {
		return err
	}
	if err := q.Enqueue(ctx, append(messages("now", 5), later...)); err != nil {
		return wrap("enqueue", err)
	}
	want := core.Depth{Ready: 5, Delayed: 3, Dead: 2}
	if err := depth(ctx, other, "before anything is received", want); err != nil {
		return err
	}
	if _, err := receive(ctx, q, 2); err != nil {
		return err
	}
	if err := depth(ctx, other, "with two in hand", want); err != nil {
		return err
	}
	pause(ctx, h.Lease)
	return depth(ctx, other, "with two leases ended", want)
}

package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func checkDone(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	if err := enqueue(ctx, q, "a", "b", "c"); err != nil {
		return err
	}
	got, err := receive(ctx, other, 3)
	if err != nil {
		return err
	}
	errs := []error{equal("media received", strings.Join(ids(got), " "), "a b c")}
	for _, d := range got {
		errs = append(errs, equal("attempt", d.Attempt, 1))
	}
	errs = append(errs, settle(ctx, other, core.Settlement{}, got...))
	pause(ctx, h.Lease) // it would come again now
	return errors.Join(append(errs,
		none(ctx, q, "after all is done"),
		depth(ctx, q, "after all is done", core.Depth{}))...)
}

// full is a message that says something in every field, and much in some. Its
// times are past on any clock, a virtual one included.
func full() core.Message {
	zone := time.FixedZone("", 8*60*60)
	return core.Message{
		Version: core.MessageVersion,
		Task: core.Task{
			Provider: events.Huawei, Target: core.URL,
			ID: "https://media.example.com/ü/" + strings.Repeat("long/", 2048) + "index.m3u8?a=%20&b=<\">",
			Options: core.Options{
				TaskType: core.Preload, Formats: "mp4,m3u8", Definitions: "FD,4K", StreamType: "video",
				ResultType: "Multiple", SliceFlag: "true", SliceCount: 20,
				UserData: `{"note":"` + strings.Repeat("\u754c ", core.MaxUserData/4-4) + `"}`,
			},
			Then: core.Preload, Event: "TranscodeComplete", EventTime: time.Date(1999, 3, 4, 20, 0, 0, 0, zone),
		},
		Due:      time.Date(1999, 3, 4, 12, 0, 0, 1, time.UTC),
		Received: time.Date(1999, 3, 4, 20, 0, 0, 123_456_789, zone),
		Tries:    3,
		Redriven: true,
	}
}

func checkFields(t *testing.T, h Harness) error {
	ctx, q := t.Context(), h.open(t)
	want := full()
	if err := q.Enqueue(ctx, []core.Message{want}); err != nil {
		return wrap("enqueue", err)
	}
	got, err := receive(ctx, q, 1)
	if err != nil {
		return err
	}
	return equal("message", text(got[0].Message), text(want))
}

func checkNothing(t *testing.T, h Harness) error {
	ctx, q := t.Context(), h.open(t)
	redriven, err := q.Redrive(ctx, nil)
	dead, deadErr := q.Dead(ctx, 10)
	return errors.Join(
		wrap("enqueue of no messages", q.Enqueue(ctx, nil)),
		wrap("settle of no deliveries", q.Settle(ctx, nil)),
		wrap("extend of no deliveries", q.Extend(ctx, nil)),
		wrap("redrive of no dead letters", err), equal("number redriven", redriven, 0),
		wrap("list of no dead letters", deadErr), equal("number of dead letters", len(dead), 0),
		depth(ctx, q, "of an empty queue", core.Depth{}),
	)
}

func checkMany(t *testing.T, h Harness) error {
	const many = 1000
	ctx, q := t.Context(), h.open(t)
	if err := q.Enqueue(ctx, messages("m", many)); err != nil {
		return wrap("enqueue", err)
	}
	if err := depth(ctx, q, "after one call", core.Depth{Ready: many}); err != nil {
		return err
	}
	seen := make(map[string]bool, many)
	for len(seen) < many {
		got, err := receive(ctx, q, min(20, many-len(seen)))
		if err != nil {
			return err
		}
		for _, d := range got {
			seen[d.Message.Task.ID] = true
		}
		if err := settle(ctx, q, core.Settlement{}, got...); err != nil {
			return err
		}
	}
	return depth(ctx, q, "after all is done", core.Depth{})
}

func checkMost(t *testing.T, h Harness) error {
	ctx, q := t.Context(), h.open(t)
	if err := enqueue(ctx, q, "a", "b", "c", "d", "e"); err != nil {
		return err
	}
	var all []core.Delivery
	for range 3 {
		got, err := q.Receive(ctx, 2, late)
		if err != nil {
			return wrap("receive", err)
		}
		if len(got) > 2 {
			return fmt.Errorf("received %v, want at most 2", ids(got))
		}
		all = append(all, got...)
	}
	if len(all) < 5 { // a Receive may take less than there is
		rest, err := receive(ctx, q, 5-len(all))
		if err != nil {
			return err
		}
		all = append(all, rest...)
	}
	return equal("media received", strings.Join(ids(all), " "), "a b c d e")
}

func checkFirst(t *testing.T, h Harness) error {
	ctx, q := t.Context(), h.open(t)
	if err := enqueue(ctx, q, "a", "b"); err != nil {
		return err
	}
	start := system().Now()
	got, err := q.Receive(ctx, 100, 10*late)
	if err != nil {
		return wrap("receive", err)
	}
	if took := system().Now().Sub(start); len(got) == 0 || took > late {
		return fmt.Errorf("received %v after %v, want what was there at once", ids(got), took)
	}
	return nil
}

func checkWakes(t *testing.T, h Harness) error {
	ctx, q, other := t.Context(), h.open(t), h.open(t)
	sent := make(chan error, 1)
	go func() {
		pause(ctx, quiet)
		sent <- enqueue(ctx, other, "a")
	}()
	start := system().Now()
	got, err := q.Receive(ctx, 10, 10*late)
	took := system().Now().Sub(start)
	if err := errors.Join(wrap("receive", err), <-sent); err != nil {
		return err
	}
	if !slices.Equal(ids(got), []string{"a"}) || took > quiet+late {
		return fmt.Errorf("received %v after %v, want [a] after %v", ids(got), took, quiet)
	}
	return nil
}

func checkEmpty(t *testing.T, h Harness) error {
	ctx, q := t.Context(), h.open(t)
	var errs []error
	for _, wait := range []time.Duration{0, quiet} {
		start := system().Now()
		got, err := q.Receive(ctx, 10, wait)
		took := system().Now().Sub(start)
		errs = append(errs, wrap("receive", err), equal("messages received of an empty queue", len(got), 0))
		// A server counts in milliseconds.
		if took < wait-time.Millisecond || took > wait+late {
			errs = append(errs, fmt.Errorf("returned after %v, want %v", took, wait))
		}
	}
	return errors.Join(errs...)
}

func checkContext(t *testing.T, h Harness) error {
	q := h.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), quiet)
	defer cancel()
	start := system().Now()
	_, err := q.Receive(ctx, 10, 10*late)
	took := system().Now().Sub(start)
	errs := []error{
		ended("receive whose context ends", err, context.DeadlineExceeded),
		ended("enqueue whose context has ended", enqueue(ctx, q, "a"), context.DeadlineExceeded),
	}
	if took > quiet+late {
		errs = append(errs, fmt.Errorf("receive returned %v after its context ended", took-quiet))
	}
	return errors.Join(errs...)
}

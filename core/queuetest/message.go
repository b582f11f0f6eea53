package queuetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// message is a plain one about a media, due at once.
func message(id string) core.Message {
	return core.Message{
		Version: core.MessageVersion,
		Task: core.Task{
			Provider: events.Aliyun, Target: core.Media, ID: id,
			Options: core.Options{TaskType: core.Refresh}, Event: "TranscodeComplete",
		},
		Received: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
	}
}

// messages are n plain ones; their IDs begin with prefix.
func messages(prefix string, n int) []core.Message {
	all := make([]core.Message, n)
	for i := range all {
		all[i] = message(prefix + strconv.Itoa(i))
	}
	return all
}

// enqueue puts plain messages into the queue.
func enqueue(ctx context.Context, q core.Queue, ids ...string) error {
	all := make([]core.Message, len(ids))
	for i, id := range ids {
		all[i] = message(id)
	}
	return wrap("enqueue", q.Enqueue(ctx, all))
}

// receive takes exactly n deliveries, however many calls that needs.
func receive(ctx context.Context, q core.Queue, n int) ([]core.Delivery, error) {
	var all []core.Delivery
	deadline := system().Now().Add(late)
	for len(all) < n {
		some, err := q.Receive(ctx, n-len(all), soon)
		if err != nil {
			return all, wrap("receive", err)
		}
		if len(some) == 0 && system().Now().After(deadline) {
			return all, fmt.Errorf("received %v, want %d messages", ids(all), n)
		}
		all = append(all, some...)
		if len(some) > 0 {
			deadline = system().Now().Add(late)
		}
	}
	return all, nil
}

// one takes one delivery, which has to be of this media.
func one(ctx context.Context, q core.Queue, id string) (core.Delivery, error) {
	all, err := receive(ctx, q, 1)
	if err != nil {
		return core.Delivery{}, err
	}
	return all[0], equal("media received", all[0].Message.Task.ID, id)
}

// none is an error if a message comes.
func none(ctx context.Context, q core.Queue, when string) error {
	return noneWithin(ctx, quiet, q, when)
}

// noneWithin is an error if a message comes in that time.
func noneWithin(ctx context.Context, wait time.Duration, q core.Queue, when string) error {
	all, err := q.Receive(ctx, 10, wait)
	if err != nil {
		return wrap("receive "+when, err)
	}
	if len(all) > 0 {
		return fmt.Errorf("%s: received %v, want nothing", when, ids(all))
	}
	return nil
}

// settle ends deliveries, all in the same way.
func settle(ctx context.Context, q core.Queue, end core.Settlement, deliveries ...core.Delivery) error {
	all := make([]core.Settlement, len(deliveries))
	for i, d := range deliveries {
		all[i] = end
		all[i].Delivery = d
	}
	return wrap("settle", q.Settle(ctx, all))
}

// settleAll receives n deliveries and ends them alike, a handful at a time: a slow
// machine takes longer for all than a lease lasts.
func settleAll(ctx context.Context, q core.Queue, end core.Settlement, n int) error {
	const handful = 10
	for left := n; left > 0; left -= min(left, handful) {
		got, err := receive(ctx, q, min(left, handful))
		if err != nil {
			return err
		}
		if err := settle(ctx, q, end, got...); err != nil {
			return err
		}
	}
	return nil
}

// depth is an error unless the queue soon counts this: a server may count a
// moment behind.
func depth(ctx context.Context, q core.Queue, when string, want core.Depth) error {
	return eventually(ctx, func() error {
		got, err := q.Depth(ctx)
		return errors.Join(wrap("depth", err), equal("depth "+when, got, want))
	})
}

// eventually asks until the answer is good or late.
func eventually(ctx context.Context, ask func() error) error {
	deadline := system().Now().Add(late)
	for {
		err := ask()
		if err == nil || ctx.Err() != nil || system().Now().After(deadline) {
			return err
		}
		pause(ctx, between)
	}
}

// ids are the media of deliveries, in order of name.
func ids(deliveries []core.Delivery) []string {
	all := make([]string, len(deliveries))
	for i, d := range deliveries {
		all[i] = d.Message.Task.ID
	}
	slices.Sort(all)
	return all
}

// text is a message as JSON, which is what two of them are compared by.
func text(m core.Message) string {
	data, err := json.Marshal(m)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// equal is an error unless got is want.
func equal[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s is %+v, want %+v", what, got, want)
	}
	return nil
}

// wrap says what failed.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// ended is an error unless err is a [core.Error] of kind Unavailable that wraps
// cause.
func ended(what string, err, cause error) error {
	e, ok := errors.AsType[*core.Error](err)
	switch {
	case err == nil:
		return fmt.Errorf("%s: no error", what)
	case !ok:
		return fmt.Errorf("%s: error of type %T, want a core.Error: %w", what, err, err)
	case e.Kind != core.Unavailable:
		return fmt.Errorf("%s: kind %s, want unavailable: %w", what, e.Kind, err)
	case !errors.Is(err, cause):
		return fmt.Errorf("%s: error %w, want one that is %w", what, err, cause)
	}
	return nil
}

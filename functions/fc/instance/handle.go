package instance

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
)

// work is what a service does with what is no request.
type work interface {
	Accept(ctx context.Context, bodies [][]byte) []error
	Drain(ctx context.Context) error
	Tick(ctx context.Context) error
}

// Result is what became of a batch of messages or a tick.
type Result struct {
	Messages int `json:"messages"`
}

// Handle deals with messages of a queue or with a tick of a timer; requests are
// for Handler. It ends before ctx's deadline does.
//
// Function Compute knows no answer for a part of a batch: an error brings all of
// it again. So there is one only if a message has to come again for which there
// is no queue of our own. An event that is not for this function is an error of
// kind Forbidden, whoever sent it.
func (i *Instance) Handle(ctx context.Context, e envelope.Event) (result Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = i.panicked(ctx, p)
		}
	}()
	if i.function != config.Refresh {
		return Result{}, core.Errorf(core.Forbidden, "an event of kind %q is not for FUNCTION=%s, which takes requests of an HTTP trigger", e.Kind, i.function)
	}
	ctx, cancel := early(ctx, i.Clock.Now())
	defer cancel()
	switch e.Kind {
	case envelope.Queue:
		return i.batch(ctx, e.Messages)
	case envelope.Timer:
		return Result{}, i.work.Tick(ctx)
	case envelope.HTTP:
	}
	return Result{}, core.Errorf(core.Forbidden, "an event of kind %q has to come as a request", e.Kind)
}

// batch takes messages in, and works them off while there is time. What is taken
// in is durable or finished, so whatever becomes of the work is no reason to have
// the batch sent again.
func (i *Instance) batch(ctx context.Context, messages []envelope.Message) (Result, error) {
	bodies := make([][]byte, len(messages))
	for n, m := range messages {
		bodies[n] = m.Body
	}
	var first error
	again := 0
	for n, err := range i.work.Accept(ctx, bodies) {
		if err == nil {
			continue
		}
		again++
		first = cmp.Or(first, err)
		i.Log.WarnContext(ctx, "a message has to come again", "message_id", messages[n].ID, "error_kind", core.KindOf(err), "error", err)
	}
	if again < len(messages) {
		if err := i.work.Drain(ctx); err != nil {
			i.Log.WarnContext(ctx, "the queue was not worked off; the timer goes on with it", "error_kind", core.KindOf(err), "error", err)
		}
	}
	if again > 0 {
		return Result{}, &core.Error{
			Kind: core.KindOf(first), Err: first,
			Message: fmt.Sprintf("%d of %d messages have to come again, and with them the whole batch: %s", again, len(messages), first),
		}
	}
	return Result{Messages: len(messages)}, nil
}

// early ends before ctx's deadline does: calls that are under way then take up
// to 20 s to finish, and what became of them has to be written down before the
// platform freezes or ends the instance. Where there is little time, half of it is
// for that.
func early(ctx context.Context, now time.Time) (context.Context, context.CancelFunc) {
	const (
		finishing = 21 * time.Second
		share     = 2
	)
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-min(finishing, deadline.Sub(now)/share)))
}

// panicked turns a panic into an error. Its text may hold anything and is not
// shown, unless it is the runtime's own.
func (i *Instance) panicked(ctx context.Context, p any) error {
	text := fmt.Sprintf("%T", p)
	if own, ok := p.(runtime.Error); ok {
		text = own.Error()
	}
	i.Log.ErrorContext(ctx, "panic", "panic", text, "stack", string(debug.Stack()))
	return core.Errorf(core.Internal, "an internal error; the log says more")
}

package invocation

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelope"
)

// Queue makes deliveries of messages that Lambda has received: core/sqs does.
type Queue interface {
	// Adopt fails with an error of kind NotReady if the message is done with for
	// now, and with another one if it has to come again.
	Adopt(ctx context.Context, body, handle string, count int) (core.Delivery, error)
}

// Config is what a [Handler] is made of.
type Config struct {
	Function config.Function
	HTTP     http.Handler
	Queue    Queue // nil: messages are of a queue that nobody knows here
	// Work submits what was adopted, and returns what has to come again.
	Work  func(ctx context.Context, deliveries []core.Delivery) []core.Delivery
	Tick  func(ctx context.Context) error
	Clock clock.Clock
	Log   *slog.Logger
}

// Handler answers events. It is safe for concurrent use, and a panic in it ends
// the invocation alone.
type Handler struct{ cfg Config }

// New returns a handler. Without a queue, messages are taken as they are: each is
// submitted at once, even if it is not due, and what was not done has to come again.
func New(cfg Config) *Handler {
	if cfg.Queue == nil {
		cfg.Queue = direct{}
	}
	return &Handler{cfg}
}

// Invoke answers one event, a second before the deadline of ctx, or a fifth of the
// time where there is little. The error, which Lambda repeats to whoever invoked the
// function and logs, is of kind Invalid for an event that this function is not for.
func (h *Handler) Invoke(ctx context.Context, event []byte) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, h.panicked(ctx, p)
		}
	}()
	e, err := envelope.Decode(event)
	if err != nil {
		return nil, err
	}
	answering, cancel := h.before(ctx, time.Second, 5)
	defer cancel()
	if e.HTTP != nil {
		return h.serve(answering, e.HTTP)
	}
	if h.cfg.Function != config.Refresh {
		return nil, core.Errorf(core.Invalid, "this deployment is FUNCTION=%s: it answers HTTP requests, and neither messages of a queue nor a schedule, "+
			"which are for FUNCTION=%s", h.cfg.Function, config.Refresh)
	}
	working, cancel := h.before(ctx, finishing, 2)
	defer cancel()
	if e.Tick {
		return h.tick(answering, working)
	}
	return h.batch(answering, working, e.Records)
}

// tick does what is due. What it does not finish is due again in a minute.
func (h *Handler) tick(answering, working context.Context) ([]byte, error) {
	err, finished := within(answering, func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = h.panicked(working, p)
			}
		}()
		return h.cfg.Tick(working)
	})
	if !finished {
		err = core.Errorf(core.Unavailable, "no time is left for the tick: give the function a longer time-out")
	}
	if err != nil {
		return nil, err
	}
	return []byte("null"), nil
}

// within waits for some work until ctx ends; then the work goes on, while the
// process does, and nobody waits for it.
func within[T any](ctx context.Context, work func() T) (result T, finished bool) {
	done := make(chan T, 1)
	go func() { done <- work() }()
	select {
	case result = <-done:
		return result, true
	case <-ctx.Done():
		return result, false
	}
}

// finishing is how long Work and Tick may take to finish the calls that are under
// way when their context ends.
const finishing = 21 * time.Second

// before ends so long before Lambda ends the process, or where there is little time
// with a part of it to spare.
func (h *Handler) before(ctx context.Context, margin time.Duration, part int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	left := deadline.Sub(h.cfg.Clock.Now())
	return context.WithDeadline(ctx, deadline.Add(-min(margin, left/time.Duration(part))))
}

// panicked logs a panic. Its text may hold anything and is not shown, unless it is
// the runtime's own.
func (h *Handler) panicked(ctx context.Context, p any) error {
	text := fmt.Sprintf("%T", p)
	if own, ok := p.(runtime.Error); ok {
		text = own.Error()
	}
	h.cfg.Log.ErrorContext(ctx, "panic", "panic", text, "stack", string(debug.Stack()))
	return core.Errorf(core.Internal, "an internal error; the log says more")
}

// encode writes an answer.
func encode(answer any) ([]byte, error) {
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, &core.Error{Kind: core.Internal, Message: "the answer cannot be written", Err: err}
	}
	return text, nil
}

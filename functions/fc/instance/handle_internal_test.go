package instance

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
)

// fakeWork is a service that does as it is told.
type fakeWork struct {
	accept      func([][]byte) []error
	drain, tick error
	drained     int
	deadline    time.Time // of what it was asked last
}

func (w *fakeWork) Accept(ctx context.Context, bodies [][]byte) []error {
	w.deadline, _ = ctx.Deadline()
	return w.accept(bodies)
}

func (w *fakeWork) Drain(context.Context) error {
	w.drained++
	return w.drain
}

func (w *fakeWork) Tick(ctx context.Context) error {
	w.deadline, _ = ctx.Deadline()
	return w.tick
}

func begin() time.Time { return time.Date(2026, 5, 28, 20, 26, 40, 0, time.UTC) }

// faked is a refresh function around such a service, and its log.
func faked(w *fakeWork) (*Instance, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return &Instance{
		Log: slog.New(slog.NewJSONHandler(log, nil)), Clock: clock.NewFake(begin()), function: config.Refresh, work: w,
	}, log
}

func messages(count int) envelope.Event {
	return envelope.Event{Kind: envelope.Queue, Messages: make([]envelope.Message, count)}
}

// The queue is worked off as soon as there is something in it. That this fails
// is no reason to have the batch again: the timer goes on.
func TestDrainAfterAccept(t *testing.T) {
	t.Parallel()
	refused := core.Errorf(core.Unavailable, "the queue is full")
	for name, c := range map[string]struct {
		accepted []error
		drain    error
		drains   int
		kind     core.Kind
	}{
		"all taken":                        {[]error{nil, nil}, nil, 1, ""},
		"all taken, the draining fails":    {[]error{nil, nil}, refused, 1, ""},
		"one refused":                      {[]error{nil, refused}, nil, 1, core.Unavailable},
		"one refused, the draining fails":  {[]error{refused, nil}, errors.New("x"), 1, core.Unavailable},
		"all refused":                      {[]error{refused, errors.New("x")}, nil, 0, core.Unavailable},
		"nothing came":                     {nil, nil, 0, ""},
		"refused by who knows no kinds":    {[]error{errors.New("x")}, nil, 0, core.Internal},
		"refused because the time was out": {[]error{context.DeadlineExceeded}, nil, 0, core.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &fakeWork{accept: func([][]byte) []error { return c.accepted }, drain: c.drain}
			i, log := faked(w)
			got, err := i.Handle(t.Context(), messages(len(c.accepted)))
			if core.KindOf(err) != c.kind || err == nil && got.Messages != len(c.accepted) || w.drained != c.drains {
				t.Errorf("got %+v, %v and %d drainings", got, err, w.drained)
			}
			if c.drain != nil && !strings.Contains(log.String(), "the queue was not worked off") {
				t.Errorf("the log does not say so: %s", log)
			}
		})
	}
}

// A panic ends the event, not the instance, and its text is nobody's.
func TestPanics(t *testing.T) {
	t.Parallel()
	none := func() int { return len([]error(nil)) }
	for name, c := range map[string]struct {
		panics func()
		part   string
	}{
		"a text":         {func() { panic("s3cret") }, `"panic":"string"`},
		"the runtime's":  {func() { _ = make([]error, none())[none()] }, "index out of range"},
		"an error's own": {func() { panic(errors.New("s3cret")) }, `"panic":"*errors.errorString"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, log := faked(&fakeWork{accept: func([][]byte) []error { c.panics(); return nil }})
			_, err := i.Handle(t.Context(), messages(1))
			if core.KindOf(err) != core.Internal || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v", err)
			}
			if text := log.String(); !strings.Contains(text, c.part) || strings.Contains(text, "s3cret") || !strings.Contains(text, "handle_internal_test.go") {
				t.Errorf("the log does not say %q and where, or tells too much: %s", c.part, text)
			}
		})
	}
}

// There is time left to finish what is under way: 21 s, or half of little.
func TestTheTimeThatIsLeft(t *testing.T) {
	t.Parallel()
	for given, want := range map[time.Duration]time.Duration{
		5 * time.Minute: 279 * time.Second, time.Minute: 39 * time.Second, 42 * time.Second: 21 * time.Second,
		30 * time.Second: 15 * time.Second, 3 * time.Second: 1500 * time.Millisecond,
	} {
		w := &fakeWork{accept: func(bodies [][]byte) []error { return make([]error, len(bodies)) }}
		i, _ := faked(w)
		ctx, cancel := context.WithDeadline(t.Context(), begin().Add(given))
		for _, e := range []envelope.Event{messages(1), {Kind: envelope.Timer}} {
			w.deadline = time.Time{}
			if _, err := i.Handle(ctx, e); err != nil || !w.deadline.Equal(begin().Add(want)) {
				t.Errorf("%s, kind %q: got until %s, %v, want %s", given, e.Kind, w.deadline, err, want)
			}
		}
		cancel()
	}
	w := &fakeWork{tick: errors.New("x")}
	i, _ := faked(w)
	if _, err := i.Handle(t.Context(), envelope.Event{Kind: envelope.Timer}); err == nil || !w.deadline.IsZero() {
		t.Errorf("without a deadline: got until %s, %v, want the error", w.deadline, err)
	}
}

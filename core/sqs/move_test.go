package sqs_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// after is a message that is due so long after noon.
func after(id string, d time.Duration) core.Message {
	m := message(id)
	m.Due = noon().Add(d)
	return m
}

// delays are what messages were sent with, in seconds, by media.
func delays(s *service) map[string]int {
	all := map[string]int{}
	for _, c := range s.made("SendMessageBatch") {
		for _, e := range c.entries {
			_, rest, _ := strings.Cut(e.MessageBody, `"id":"`)
			id, _, _ := strings.Cut(rest, `"`)
			all[id] = e.DelaySeconds
		}
	}
	return all
}

// TestDelays: SQS holds back what it can, in whole seconds and never too short.
func TestDelays(t *testing.T) {
	t.Parallel()
	s := new(service)
	q := fake(t, s, sqs.Options{Store: storeBy(s)})
	must(t, q.Enqueue(t.Context(), []core.Message{
		message("now"), after("past", -time.Hour), after("just", 1), after("second", time.Second), after("more", time.Second+1),
		after("most", 15*time.Minute), after("long", 15*time.Minute+1), after("longer", time.Hour),
	}))
	want := map[string]int{"now": 0, "past": 0, "just": 1, "second": 1, "more": 2, "most": 900}
	if got := delays(s); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("sent with %v, want %v", got, want)
	}
	if d, err := q.Depth(t.Context()); err != nil || d != (core.Depth{Delayed: 2}) {
		t.Errorf("depth is %+v, %v; want 2 delayed", d, err)
	}
}

// TestMove: a long delay ends to the second if somebody looks each minute.
func TestMove(t *testing.T) {
	t.Parallel()
	s := new(service)
	q := fake(t, s, sqs.Options{Store: storeBy(s)})
	must(t, q.Enqueue(t.Context(), []core.Message{after("a", time.Hour), after("b", time.Hour+30*time.Second), after("c", 2*time.Hour)}))
	for _, step := range []struct {
		at   time.Duration
		want string
	}{
		{0, "map[]"},
		{57 * time.Minute, "map[]"},
		{58*time.Minute + time.Second/2, "map[a:120]"},
		{60 * time.Minute, "map[a:120 b:30]"},
		{61 * time.Minute, "map[a:120 b:30]"},
		{3 * time.Hour, "map[a:120 b:30 c:0]"},
	} {
		s.clock.Advance(noon().Add(step.at).Sub(s.clock.Now()))
		_, err := q.Move(t.Context())
		if got := fmt.Sprint(delays(s)); err != nil || got != step.want {
			t.Errorf("at %v: sent with %s, %v; want %s", step.at, got, err, step.want)
		}
	}
	if d, err := q.Depth(t.Context()); err != nil || d != (core.Depth{}) {
		t.Errorf("depth is %+v, %v; want nothing left", d, err)
	}
}

// TestMoveOnce: several instances send each message once.
func TestMoveOnce(t *testing.T) {
	t.Parallel()
	const many = 250
	s := new(service)
	st := storeBy(s)
	all := make([]core.Message, many)
	for i := range all {
		all[i] = after(fmt.Sprint("m", i), time.Hour)
	}
	must(t, fake(t, s, sqs.Options{Store: st}).Enqueue(t.Context(), all))
	s.clock.Advance(time.Hour)
	var (
		moved   atomic.Int32
		running sync.WaitGroup
	)
	for range 8 {
		q := fake(t, s, sqs.Options{Store: st})
		running.Go(func() {
			for range 5 { // who meets only what others have claimed, gives up
				n, err := q.Move(t.Context())
				moved.Add(int32(n))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	sent := 0
	for _, c := range s.made("SendMessageBatch") {
		sent += len(c.entries)
	}
	if different := len(delays(s)); moved.Load() != many || sent != many || different != many {
		t.Errorf("moved %d, sent %d, of them %d different; want %d", moved.Load(), sent, different, many)
	}
}

// TestMoveOutlivesFailures: what could not be sent is sent a while later.
func TestMoveOutlivesFailures(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	s := &service{answer: func(asked) any {
		if down.Load() {
			return errors.New("connection refused")
		}
		return nil
	}}
	q := fake(t, s, sqs.Options{Store: storeBy(s)})
	must(t, q.Enqueue(t.Context(), []core.Message{after("a", time.Hour)}))
	s.clock.Advance(time.Hour)
	down.Store(true)
	if n, err := q.Move(t.Context()); n != 0 || core.KindOf(err) != core.Unavailable {
		t.Errorf("while the service is down: %d, %v", n, err)
	}
	down.Store(false)
	for _, want := range []int{0, 1, 0} {
		if n, err := q.Move(t.Context()); n != want || err != nil {
			t.Errorf("moved %d, %v; want %d", n, err, want)
		}
		s.clock.Advance(61 * time.Second)
	}
}

// TestReceiveMoves: who receives also looks for what is due, each half minute.
func TestReceiveMoves(t *testing.T) {
	t.Parallel()
	s := new(service)
	q := fake(t, s, sqs.Options{Store: storeBy(s)})
	must(t, q.Enqueue(t.Context(), []core.Message{after("a", time.Hour)}))
	const wait = 5 * time.Second
	for s.clock.Now().Before(noon().Add(59*time.Minute)) && len(s.made("SendMessageBatch")) == 0 {
		_, err := q.Receive(t.Context(), 1, wait)
		must(t, err)
	}
	sent := s.clock.Now().Add(-wait)
	ends := sent.Add(time.Duration(delays(s)["a"]) * time.Second).Sub(noon())
	if ends < time.Hour || ends > time.Hour+time.Second {
		t.Errorf("sent at %v, to come after %v, want an hour", sent, ends)
	}
}

// TestReceiveInSpiteOfTheStore: a store that is down is logged, and no reason not
// to receive.
func TestReceiveInSpiteOfTheStore(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := &service{answer: answers(map[string]any{"ReceiveMessage": arrived(body("a"))})}
	st := store(t)
	must(t, st.Close())
	q := fake(t, s, sqs.Options{Store: st, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 3 {
		got, err := q.Receive(t.Context(), 1, 0)
		if len(got) != 1 || err != nil {
			t.Errorf("received %v, %v", got, err)
		}
	}
	if n := strings.Count(log.String(), "could not be moved"); n != 1 {
		t.Errorf("%d lines, want one: %s", n, log.String())
	}
	_, moveErr := q.Move(t.Context())
	_, depthErr := q.Depth(t.Context())
	_, deadErr := q.Dead(t.Context(), 1)
	_, redriveErr := q.Redrive(t.Context(), nil)
	_, namedErr := q.Redrive(t.Context(), []string{"a"})
	for op, err := range map[string]error{
		"enqueue": q.Enqueue(t.Context(), []core.Message{after("a", 1<<60)}), "move": moveErr, "depth": depthErr, "dead": deadErr,
		"redrive": redriveErr, "redrive by name": namedErr,
	} {
		if core.KindOf(err) != core.Unavailable {
			t.Errorf("%s: %v, want that the store is not there", op, err)
		}
	}
}

// TestWithoutStore: SQS alone holds a long delay in steps, and keeps what is
// given up until its redrive policy takes it.
func TestWithoutStore(t *testing.T) {
	t.Parallel()
	s := new(service)
	q := fake(t, s, sqs.Options{})
	must(t, q.Enqueue(t.Context(), []core.Message{after("a", 40*time.Minute)}))
	for _, want := range []int{900, 900, 600} {
		calls := s.made("SendMessageBatch")
		last := calls[len(calls)-1].entries[0]
		if last.DelaySeconds != want {
			t.Errorf("sent with %d s, want %d", last.DelaySeconds, want)
		}
		s.clock.Advance(time.Duration(want) * time.Second)
		_, err := q.Adopt(t.Context(), last.MessageBody, "handle", 1)
		if wantErr := want == 900; (core.KindOf(err) == core.NotReady) != wantErr {
			t.Errorf("after %d s: %v", want, err)
		}
	}
	before := len(s.operations())
	must(t, q.Settle(t.Context(), []core.Settlement{{Delivery: hold(t, q, body("b"), "handle"), Dead: "no use"}}))
	letters, deadErr := q.Dead(t.Context(), 10)
	redriven, redriveErr := q.Redrive(t.Context(), nil)
	moved, moveErr := q.Move(t.Context())
	if err := errors.Join(deadErr, redriveErr, moveErr); err != nil || len(letters)+redriven+moved > 0 || len(s.operations()) != before {
		t.Errorf("dead %v, redriven %d, moved %d, %v, after %v", letters, redriven, moved, err, s.operations()[before:])
	}
}

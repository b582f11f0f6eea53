package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// bury makes so many dead letters.
func bury(t *testing.T, q *sqs.Queue, many int) {
	t.Helper()
	for i := range many {
		id := fmt.Sprint("m", i)
		must(t, q.Settle(t.Context(), []core.Settlement{{Delivery: hold(t, q, body(id), id), Dead: "no use"}}))
	}
}

// TestRedriveOnce: several operators put each letter back once.
func TestRedriveOnce(t *testing.T) {
	t.Parallel()
	const many = 130
	s := new(service)
	q := fake(t, s, sqs.Options{Store: storeBy(s)})
	bury(t, q, many)
	var (
		count   atomic.Int32
		running sync.WaitGroup
	)
	for range 6 {
		running.Go(func() {
			for range 4 { // who meets only what others have claimed, gives up
				n, err := q.Redrive(t.Context(), nil)
				count.Add(int32(n))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	if different := len(delays(s)); count.Load() != many || different != many {
		t.Errorf("redriven %d, sent %d different; want %d", count.Load(), different, many)
	}
}

// TestRedriveFails: a letter that could not be sent is still there a minute
// later, and its message is what it was.
func TestRedriveFails(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	s := &service{answer: func(c asked) any {
		if down.Load() && c.operation == "SendMessageBatch" {
			return errors.New("connection refused")
		}
		return nil
	}}
	q := fake(t, s, sqs.Options{Store: storeBy(s)})
	bury(t, q, 1)
	letters, err := q.Dead(t.Context(), 10)
	must(t, err)
	down.Store(true)
	for _, ids := range [][]string{{letters[0].ID}, nil} {
		n, err := q.Redrive(t.Context(), ids)
		if n != 0 || core.KindOf(err) != core.Unavailable {
			t.Errorf("redrive of %v: %d, %v", ids, n, err)
		}
		if left, err := q.Dead(t.Context(), 10); len(left) != 0 || err != nil {
			t.Errorf("while it is being put back there are %v, %v", left, err)
		}
		if n, err := q.Redrive(t.Context(), []string{letters[0].ID}); n != 0 || err != nil {
			t.Errorf("somebody else puts back %d, %v", n, err)
		}
		s.clock.Advance(61 * time.Second)
	}
	down.Store(false)
	left, err := q.Dead(t.Context(), 10)
	if err != nil || len(left) != 1 || left[0].ID != letters[0].ID || left[0].Reason != "no use" || !left[0].At.Equal(noon()) {
		t.Errorf("left are %+v, %v; want %+v", left, err, letters)
	}
	if n, err := q.Redrive(t.Context(), []string{letters[0].ID, letters[0].ID}); n != 1 || err != nil {
		t.Errorf("redrive: %d, %v", n, err)
	}
}

// TestStrangeLetters: a record that is no letter is shown, and left alone.
func TestStrangeLetters(t *testing.T) {
	t.Parallel()
	s := new(service)
	st := storeBy(s)
	_, err := st.Put(t.Context(), []core.Record{{Key: "sqs-dead/123456789012/vod/x", Value: []byte("?"), Due: noon()}})
	must(t, err)
	q := fake(t, s, sqs.Options{Store: st})
	letters, err := q.Dead(t.Context(), 10)
	if err != nil || len(letters) != 1 || letters[0].ID != "x" || !strings.Contains(letters[0].Reason, "cannot be read") || !letters[0].At.Equal(noon()) {
		t.Errorf("dead letters are %+v, %v", letters, err)
	}
	if n, err := q.Redrive(t.Context(), nil); n != 0 || err != nil || len(s.made("SendMessageBatch")) > 0 {
		t.Errorf("redrive: %d, %v", n, err)
	}
	if letters, err := q.Dead(t.Context(), 0); letters != nil || err != nil {
		t.Errorf("of none there are %v, %v", letters, err)
	}
}

// TestQueuesDoNotMeet: a store serves several queues.
func TestQueuesDoNotMeet(t *testing.T) {
	t.Parallel()
	s := new(service)
	st := storeBy(s)
	q := fake(t, s, sqs.Options{Store: st})
	bury(t, q, 1)
	must(t, q.Enqueue(t.Context(), []core.Message{after("a", time.Hour)}))
	other := open(t, remote+"-other", sqs.Options{Store: st, Clock: s.clock, Transport: transport(s)})
	if d, err := other.Depth(t.Context()); err != nil || d != (core.Depth{}) {
		t.Errorf("the other queue has %+v, %v", d, err)
	}
}

// once is a store whose claims somebody else is always faster with.
type once struct{ *memory.Store }

func (once) Put(_ context.Context, records []core.Record) ([]string, error) {
	return make([]string, len(records)), nil
}

// TestSlower: who is slower sends nothing; a key that was random and taken is a
// defect somewhere.
func TestSlower(t *testing.T) {
	t.Parallel()
	s := new(service)
	st := storeBy(s)
	q := fake(t, s, sqs.Options{Store: st})
	bury(t, q, 1)
	must(t, q.Enqueue(t.Context(), []core.Message{after("a", time.Hour)}))
	s.clock.Advance(time.Hour)
	slow := fake(t, s, sqs.Options{Store: once{st}})
	moved, moveErr := slow.Move(t.Context())
	redriven, redriveErr := slow.Redrive(t.Context(), nil)
	if err := errors.Join(moveErr, redriveErr); err != nil || moved+redriven > 0 || len(s.made("SendMessageBatch")) > 0 {
		t.Errorf("moved %d, redriven %d, %v", moved, redriven, err)
	}
	if err := slow.Enqueue(t.Context(), []core.Message{after("a", 2*time.Hour)}); core.KindOf(err) != core.Internal {
		t.Errorf("enqueue: %v", err)
	}
}

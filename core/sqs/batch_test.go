package sqs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// sizes are how many entries the calls of an operation had, in order of size.
func sizes(calls []asked) []int {
	var all []int
	for _, c := range calls {
		all = append(all, len(c.entries))
	}
	slices.Sort(all)
	return all
}

func TestCallsHaveTenEntries(t *testing.T) {
	t.Parallel()
	s := new(service)
	q := fake(t, s, sqs.Options{})
	must(t, q.Enqueue(t.Context(), messages(95)))
	if got := sizes(s.made("SendMessageBatch")); !slices.Equal(got, []int{5, 10, 10, 10, 10, 10, 10, 10, 10, 10}) {
		t.Errorf("calls had %v entries, want 9 of 10 and one of 5", got)
	}
	ids := map[string]int{}
	for _, c := range s.made("SendMessageBatch") {
		for _, e := range c.entries {
			ids[e.MessageBody]++
		}
	}
	if len(ids) != 95 {
		t.Errorf("%d different messages were sent, want 95", len(ids))
	}
}

// TestCallsAreNotTooLong: the messages of one call have 256 KiB together.
func TestCallsAreNotTooLong(t *testing.T) {
	t.Parallel()
	s := new(service)
	q := fake(t, s, sqs.Options{})
	all := messages(5)
	for i := range all {
		all[i].Task.ID = strings.Repeat("x", 100<<10)
	}
	all[4].Task.ID = "small"
	must(t, q.Enqueue(t.Context(), all))
	if got := sizes(s.made("SendMessageBatch")); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("calls had %v entries, want 2 and 3", got)
	}
}

func TestTooLongAMessage(t *testing.T) {
	t.Parallel()
	s := new(service)
	q := fake(t, s, sqs.Options{})
	all := messages(2)
	all[1].Task.ID = strings.Repeat("x", 256<<10)
	err := q.Enqueue(t.Context(), all)
	if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "message: must have at most 262144 bytes as JSON") {
		t.Errorf("error %v, want that it is too long", err)
	}
	if calls := s.operations(); len(calls) > 0 {
		t.Errorf("it made %v", calls)
	}
}

// TestUnwritable: a message that JSON cannot hold is the caller's mistake.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	q := fake(t, new(service), sqs.Options{Store: store(t)})
	bad := message("bad")
	bad.Received = time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)
	held := hold(t, q, body("a"), "handle")
	dead := held
	dead.Message = bad
	for op, err := range map[string]error{
		"enqueue": q.Enqueue(t.Context(), []core.Message{bad}),
		"again":   q.Settle(t.Context(), []core.Settlement{{Delivery: held, Again: &bad}}),
		"dead":    q.Settle(t.Context(), []core.Settlement{{Delivery: dead, Dead: "no use"}}),
	} {
		if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "cannot be written as JSON") {
			t.Errorf("%s: %v, want that it is invalid", op, err)
		}
	}
}

// TestPartialFailures: each entry of a batch ends in its own way.
func TestPartialFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		refused refusedEntry
		times   int // that it is refused
		kind    core.Kind
		text    string
		calls   []int
	}{
		"once, by its own fault":    {refusedEntry{Code: "ServiceUnavailable"}, 1, "", "", []int{1, 10}},
		"throttled once":            {refusedEntry{Code: "ThrottlingException"}, 1, "", "", []int{1, 10}},
		"twice":                     {refusedEntry{Code: "InternalError"}, 2, "", "", []int{1, 1, 10}},
		"always, by its own fault":  {refusedEntry{Code: "InternalError"}, 9, core.Unavailable, "not in order right now (InternalError)", []int{1, 1, 10}},
		"always throttled":          {refusedEntry{Code: "RequestThrottled"}, 9, core.Throttled, "too many calls", []int{1, 1, 10}},
		"by ours":                   {refusedEntry{Code: "InvalidMessageContents", Message: "character of " + emulatortest.Key, SenderFault: true}, 9, core.Invalid, "the service refuses: character of *** (InvalidMessageContents)", []int{10}},
		"by ours, and never called": {refusedEntry{Code: "Odd", SenderFault: true}, 9, core.Internal, "(Odd)", []int{10}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			left := test.times
			s := &service{refuse: func(_ asked, e entry) *refusedEntry {
				mu.Lock()
				defer mu.Unlock()
				if e.Id != "3" || left == 0 {
					return nil
				}
				left--
				refused := test.refused
				return &refused
			}}
			q := fake(t, s, sqs.Options{})
			err := q.Enqueue(t.Context(), messages(10))
			if core.KindOf(err) != test.kind || err != nil && !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v of kind %q; want one of kind %q with %q", err, core.KindOf(err), test.kind, test.text)
			}
			if got := sizes(s.made("SendMessageBatch")); !slices.Equal(got, test.calls) {
				t.Errorf("calls had %v entries, want %v", got, test.calls)
			}
			discreet(t, err)
		})
	}
}

// TestUnclearAnswers: what the service does not acknowledge is not taken for
// stored.
func TestUnclearAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]any{
		"says nothing": map[string]any{},
		"of one":       map[string]any{"Successful": []entry{{Id: "0"}}},
		"of others":    map[string]any{"Failed": []refusedEntry{{Id: "7"}, {Id: "x"}, {Id: "-1"}, {Id: "3"}}},
	} {
		q := fake(t, &service{answer: func(asked) any { return answer }}, sqs.Options{})
		if err := q.Enqueue(t.Context(), messages(3)); core.KindOf(err) != core.Internal || !strings.Contains(err.Error(), "what became of every message") {
			t.Errorf("%s: error %v, want that this is nonsense", name, err)
		}
	}
}

// TestEnqueueOutlivesATry: a connection that fails once is no failure.
func TestEnqueueOutlivesATry(t *testing.T) {
	t.Parallel()
	var once sync.Once
	s := &service{answer: func(asked) (answer any) {
		once.Do(func() { answer = errors.New("connection reset by peer") })
		return answer
	}}
	must(t, fake(t, s, sqs.Options{}).Enqueue(t.Context(), messages(1)))
	if got := s.operations(); len(got) != 2 {
		t.Errorf("it made %v, want a second try", got)
	}
}

// TestWaitBetweenTries: entries that are tried again get a pause, and its end is
// that of the caller's time.
func TestWaitBetweenTries(t *testing.T) {
	t.Parallel()
	s := &service{refuse: func(asked, entry) *refusedEntry { return &refusedEntry{Code: "InternalError"} }}
	q := fake(t, s, sqs.Options{})
	if err := q.Enqueue(t.Context(), messages(1)); core.KindOf(err) != core.Unavailable {
		t.Errorf("error %v", err)
	}
	if slept := s.clock.Slept(); !slices.Equal(slept, []time.Duration{50 * time.Millisecond, 100 * time.Millisecond}) {
		t.Errorf("it waited %v", slept)
	}
	ctx, cancel := context.WithCancel(t.Context())
	given := &service{refuse: func(asked, entry) *refusedEntry {
		cancel()
		return &refusedEntry{Code: "InternalError"}
	}}
	if err := fake(t, given, sqs.Options{}).Enqueue(ctx, messages(1)); err == nil || len(given.operations()) != 1 {
		t.Errorf("given up meanwhile: %v after %v", err, given.operations())
	}
}

func TestForeignDelivery(t *testing.T) {
	t.Parallel()
	q := fake(t, new(service), sqs.Options{})
	foreign := core.Delivery{Message: message("a"), Receipt: "another driver's"}
	for op, err := range map[string]error{
		"extend": q.Extend(t.Context(), []core.Delivery{foreign}),
		"settle": q.Settle(t.Context(), []core.Settlement{{Delivery: foreign}}),
	} {
		if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "the delivery of a is not of this queue") {
			t.Errorf("%s: %v, want that it is invalid", op, err)
		}
	}
}

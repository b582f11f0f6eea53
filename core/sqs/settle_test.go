package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// store is a store in memory that lives by the system's clock.
func store(t *testing.T) *memory.Store {
	t.Helper()
	return memory.NewStore(nil)
}

// storeBy is one that lives by a service's clock.
func storeBy(s *service) *memory.Store {
	s.clock = clock.NewFake(noon())
	return memory.NewStore(s.clock)
}

// TestOrderOfSettling: nothing is deleted before what replaces it is durable.
func TestOrderOfSettling(t *testing.T) {
	t.Parallel()
	later := message("later")
	later.Due = noon().Add(time.Hour)
	again := message("again")
	for name, test := range map[string]struct {
		end  core.Settlement
		want string
	}{
		"done":      {core.Settlement{}, "DeleteMessageBatch"},
		"again":     {core.Settlement{Again: &again}, "ChangeMessageVisibilityBatch SendMessageBatch DeleteMessageBatch"},
		"later":     {core.Settlement{Again: &later}, "ChangeMessageVisibilityBatch DeleteMessageBatch"},
		"dead":      {core.Settlement{Dead: "no use"}, "ChangeMessageVisibilityBatch DeleteMessageBatch"},
		"dead both": {core.Settlement{Dead: "no use", Again: &again}, "ChangeMessageVisibilityBatch DeleteMessageBatch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := new(service)
			st := storeBy(s)
			q := fake(t, s, sqs.Options{Store: st})
			test.end.Delivery = hold(t, q, body("a"), "handle")
			must(t, q.Settle(t.Context(), []core.Settlement{test.end, test.end})) // the second changes nothing
			if got := strings.Join(s.operations(), " "); got != test.want {
				t.Errorf("it made %s; want %s", got, test.want)
			}
			if last := s.made("")[len(s.operations())-1]; len(last.entries) != 1 || last.entries[0].ReceiptHandle != "handle" {
				t.Errorf("it deleted %+v", last.entries)
			}
			want := core.Depth{Delayed: map[bool]int{true: 1}[name == "later"], Dead: map[bool]int{true: 1}[test.end.Dead != ""]}
			if got, err := q.Depth(t.Context()); err != nil || got != want {
				t.Errorf("depth is %+v, %v; want %+v", got, err, want)
			}
		})
	}
}

// failing is a store that cannot be written.
type failing struct{ core.Store }

func (failing) Put(context.Context, []core.Record) ([]string, error) {
	return nil, core.Errorf(core.Unavailable, "the store is down")
}

// TestFailedReplacement: what could not be replaced stays.
func TestFailedReplacement(t *testing.T) {
	t.Parallel()
	again, later := message("again"), message("later")
	later.Due = noon().Add(time.Hour)
	refuse := func(operation string) func(asked, entry) *refusedEntry {
		return func(c asked, e entry) *refusedEntry {
			if c.operation != operation || e.ReceiptHandle == "good" || strings.Contains(e.MessageBody, `"good"`) {
				return nil
			}
			return &refusedEntry{Code: "Odd", SenderFault: true}
		}
	}
	good := message("good")
	for name, test := range map[string]struct {
		end     core.Settlement
		refuse  func(asked, entry) *refusedEntry
		store   core.Store
		kind    core.Kind
		deleted []string
	}{
		"not sent":          {core.Settlement{Again: &again}, refuse("SendMessageBatch"), nil, core.Internal, []string{"good"}},
		"not held":          {core.Settlement{Again: &again}, refuse("ChangeMessageVisibilityBatch"), nil, core.Internal, []string{"good"}},
		"not written":       {core.Settlement{Again: &later}, nil, failing{}, core.Unavailable, []string{"good"}},
		"not buried":        {core.Settlement{Dead: "no use"}, nil, failing{}, core.Unavailable, []string{"good"}},
		"not deleted":       {core.Settlement{}, refuse("DeleteMessageBatch"), nil, core.Internal, []string{"bad", "good"}},
		"deleted elsewhere": {core.Settlement{Again: &again}, passedOn, nil, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{refuse: test.refuse}
			q := fake(t, s, sqs.Options{Store: test.store})
			test.end.Delivery = hold(t, q, body("a"), "bad")
			err := q.Settle(t.Context(), []core.Settlement{test.end, {Delivery: hold(t, q, body("b"), "good"), Again: &good}})
			if core.KindOf(err) != test.kind {
				t.Errorf("error %v, want one of kind %q", err, test.kind)
			}
			var deleted []string
			for _, c := range s.made("DeleteMessageBatch") {
				for _, e := range c.entries {
					deleted = append(deleted, e.ReceiptHandle)
				}
			}
			if !slices.Equal(deleted, test.deleted) {
				t.Errorf("deleted %v, want %v", deleted, test.deleted)
			}
		})
	}
}

// passedOn says that every message is somebody else's, in each spelling.
func passedOn(c asked, e entry) *refusedEntry {
	code := map[string]string{"0": "InvalidParameterValue", "1": "ReceiptHandleIsInvalid", "2": "AWS.SimpleQueueService.MessageNotInflight"}[e.Id]
	if c.operation == "SendMessageBatch" {
		return nil
	}
	return &refusedEntry{Code: code, SenderFault: true}
}

// TestPassedOn: what is somebody else's is left alone, and is no error.
func TestPassedOn(t *testing.T) {
	t.Parallel()
	s := &service{refuse: passedOn}
	q := fake(t, s, sqs.Options{Store: store(t)})
	again := message("again")
	var held []core.Delivery
	for i := range 3 {
		held = append(held, hold(t, q, body("a"), fmt.Sprint("handle", i)))
	}
	err := errors.Join(
		q.Extend(t.Context(), held),
		q.Settle(t.Context(), []core.Settlement{{Delivery: held[0]}, {Delivery: held[1], Again: &again}, {Delivery: held[2], Dead: "too late"}}),
	)
	if letters, _ := q.Dead(t.Context(), 1); err != nil || len(letters) > 0 || len(s.made("SendMessageBatch")) > 0 {
		t.Errorf("error %v, dead letters %v, sent %v; want nothing", err, letters, s.made("SendMessageBatch"))
	}
}

// TestLease: leases are whole seconds, and begin anew as long as they were.
func TestLease(t *testing.T) {
	t.Parallel()
	for lease, want := range map[time.Duration]int{0: 60, 1: 1, time.Second: 1, 1500 * time.Millisecond: 2, 40 * time.Second: 40, 100 * time.Hour: 43200} {
		s := new(service)
		q := fake(t, s, sqs.Options{Lease: lease})
		_, err := q.Receive(t.Context(), 1, 0)
		must(t, err)
		must(t, q.Extend(t.Context(), []core.Delivery{hold(t, q, body("a"), "handle")}))
		received, _ := s.made("ReceiveMessage")[0].input["VisibilityTimeout"].(float64)
		if extended := s.made("ChangeMessageVisibilityBatch")[0].entries[0].VisibilityTimeout; int(received) != want || extended != want {
			t.Errorf("a lease of %v begins with %v and goes on with %v, want %d", lease, received, extended, want)
		}
	}
}

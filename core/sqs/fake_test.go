package sqs_test

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
	"github.com/vodrefresh/vodrefresh/events"
)

const remote = "sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod"

// noon is when tests with a clock of their own begin.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

func message(id string) core.Message {
	return core.Message{
		Version: core.MessageVersion,
		Task:    core.Task{Provider: events.Aliyun, Target: core.Media, ID: id, Options: core.Options{TaskType: core.Refresh}},
	}
}

func messages(n int) []core.Message {
	all := make([]core.Message, n)
	for i := range all {
		all[i] = message("m" + strconv.Itoa(i))
	}
	return all
}

// must stops a test at an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// entry is one of a batch call, and of its answer.
type entry struct {
	Id, MessageBody, ReceiptHandle string //nolint:revive // the wire's names
	DelaySeconds                   int
	VisibilityTimeout              int
}

// refusedEntry is an entry's own error.
type refusedEntry struct {
	Id, Code, Message string //nolint:revive // the wire's names
	SenderFault       bool
}

// asked is a call that the service got.
type asked struct {
	operation string
	entries   []entry
	input     map[string]any
}

// service is a fake SQS, which accepts everything that refuse and answer let
// pass.
type service struct {
	clock  *clock.Fake
	answer func(asked) any                  // nil: as usual
	refuse func(asked, entry) *refusedEntry // nil: nothing

	mu    sync.Mutex
	calls []asked
}

func (s *service) RoundTrip(c emulatortest.Call) (any, error) {
	call := asked{operation: c.Operation}
	c.Read(&call.input)
	var batch struct{ Entries []entry }
	c.Read(&batch)
	call.entries = batch.Entries
	s.mu.Lock()
	s.calls = append(s.calls, call)
	s.mu.Unlock()
	if s.answer != nil {
		switch answer := s.answer(call).(type) {
		case nil:
		case error:
			return nil, answer
		default:
			return answer, nil
		}
	}
	accepted, failed := []entry{}, []*refusedEntry{}
	for _, e := range batch.Entries {
		var r *refusedEntry
		if s.refuse != nil {
			r = s.refuse(call, e)
		}
		if r == nil {
			accepted = append(accepted, entry{Id: e.Id})
		} else {
			r.Id = e.Id
			failed = append(failed, r)
		}
	}
	if c.Operation == "ReceiveMessage" { // nothing comes, after the whole wait
		wait, _ := call.input["WaitTimeSeconds"].(float64)
		s.clock.Advance(time.Duration(wait) * time.Second)
	}
	return map[string]any{"Successful": accepted, "Failed": failed}, nil
}

// made are the calls so far of one operation; all for none.
func (s *service) made(operation string) []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.calls), func(c asked) bool { return operation != "" && c.operation != operation })
}

// operations are the names of the calls so far.
func (s *service) operations() []string {
	var all []string
	for _, c := range s.made("") {
		all = append(all, c.operation)
	}
	return all
}

// fake is a queue on a service that is not there, and lives by a clock of the
// test's.
func fake(t *testing.T, s *service, o sqs.Options) *sqs.Queue {
	t.Helper()
	if s.clock == nil {
		s.clock = clock.NewFake(noon())
	}
	o.Transport, o.Clock = transport(s), s.clock
	return open(t, remote, o)
}

// hold is a delivery of a message with this handle.
func hold(t *testing.T, q *sqs.Queue, body, handle string) core.Delivery {
	t.Helper()
	d, err := q.Hold(t.Context(), body, handle)
	must(t, err)
	return d
}

// body is the JSON of a plain message.
func body(id string) string {
	return `{"v":1,"task":{"provider":"aliyun","target":"media","id":"` + id + `","options":{"TaskType":"Refresh"}}}`
}

// answers is a service's answer by operation; others are as usual.
func answers(by map[string]any) func(asked) any {
	by = maps.Clone(by)
	return func(a asked) any { return by[a.operation] }
}

// transport is how the fake service is reached.
func transport(s *service) emulatortest.Transport { return s.RoundTrip }

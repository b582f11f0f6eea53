package sqs_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// number is a field of a call's input; 0 if there is none.
func number(c asked, field string) int {
	n, _ := c.input[field].(float64)
	return int(n)
}

// arrived is an answer that brings messages with these bodies.
func arrived(bodies ...string) any {
	var all []map[string]any
	for i, body := range bodies {
		all = append(all, map[string]any{
			"Body": body, "ReceiptHandle": fmt.Sprint("handle", i), "MessageId": fmt.Sprint("id", i),
			"Attributes": map[string]string{"ApproximateReceiveCount": "3"},
		})
	}
	return map[string]any{"Messages": all}
}

// TestWaitsAtTheService: as far as a wait is whole seconds, SQS does the waiting.
func TestWaitsAtTheService(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration][]int{
		0:                       {0},
		250 * time.Millisecond:  {0, 0, 0, 0},
		time.Second:             {1, 0},
		1100 * time.Millisecond: {1, 0, 0},
		5 * time.Second:         {5, 0},
		50 * time.Second:        {20, 20, 10, 0},
	} {
		s := new(service)
		q := fake(t, s, sqs.Options{})
		got, err := q.Receive(t.Context(), 7, wait)
		var waited []int
		for _, c := range s.made("ReceiveMessage") {
			waited = append(waited, number(c, "WaitTimeSeconds"))
			if number(c, "MaxNumberOfMessages") != 7 || fmt.Sprint(c.input["MessageSystemAttributeNames"]) != "[ApproximateReceiveCount]" {
				t.Errorf("it asks for %v", c.input)
			}
		}
		if len(got) > 0 || err != nil || !slices.Equal(waited, want) {
			t.Errorf("a wait of %v: %v, %v with calls of %v s, want %v", wait, got, err, waited, want)
		}
		if took := s.clock.Now().Sub(noon()); took != wait {
			t.Errorf("a wait of %v took %v", wait, took)
		}
	}
}

func TestReceiveNothingAskedFor(t *testing.T) {
	t.Parallel()
	s := new(service)
	got, err := fake(t, s, sqs.Options{}).Receive(t.Context(), 0, time.Hour)
	if len(got) > 0 || err != nil || len(s.operations()) > 0 {
		t.Errorf("received %v, %v with %v", got, err, s.operations())
	}
}

// slow makes each call take some time.
type slow struct{}

// TestReceiveMany: of more than ten it takes what is there, and what it has at a
// failure is not lost.
func TestReceiveMany(t *testing.T) {
	t.Parallel()
	ten := slices.Repeat([]string{body("a")}, 10)
	for name, test := range map[string]struct {
		most int
		then any // the answer after the first
		want int
	}{
		"as many as asked for": {55, nil, 55},
		"what there is":        {400, arrived(), 10},
		"until it fails":       {400, fmt.Errorf("connection of %s", emulatortest.Key), 10},
		"while leases are new": {400, slow{}, 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := new(service)
			s.answer = func(c asked) any {
				if test.then == (slow{}) {
					s.clock.Advance(4 * time.Second) // of 60
				} else if test.then != nil && len(s.made("ReceiveMessage")) > 1 {
					return test.then
				}
				return arrived(ten[:number(c, "MaxNumberOfMessages")]...)
			}
			got, err := fake(t, s, sqs.Options{}).Receive(t.Context(), test.most, time.Minute)
			if len(got) != test.want || err != nil {
				t.Fatalf("received %d, %v; want %d", len(got), err, test.want)
			}
			if got[0].Attempt != 3 || got[0].Message.Task.ID != "a" {
				t.Errorf("received %+v", got[0])
			}
		})
	}
}

// TestUnreadable: a message that this program cannot read becomes a dead letter
// as it is, and is put back as it was.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		"not JSON":                "cannot be read: it is not the JSON of a message",
		`{"v":7,"something":"😀"}`: "cannot be read: it has version 7, and this program knows 1",
	} {
		var log bytes.Buffer
		s := new(service)
		st := storeBy(s)
		first := true
		s.answer = func(c asked) any {
			if c.operation != "ReceiveMessage" || !first {
				return nil
			}
			first = false
			return arrived(text, body("good"))
		}
		q := fake(t, s, sqs.Options{Store: st, Log: slog.New(slog.NewTextHandler(&log, nil))})
		got, err := q.Receive(t.Context(), 10, time.Minute)
		if err != nil || len(got) != 1 || got[0].Message.Task.ID != "good" {
			t.Fatalf("received %v, %v; want what is good", got, err)
		}
		if deleted := s.made("DeleteMessageBatch"); len(deleted) != 1 || deleted[0].entries[0].ReceiptHandle != "handle0" {
			t.Errorf("deleted %v", deleted)
		}
		letters, err := q.Dead(t.Context(), 10)
		if err != nil || len(letters) != 1 || !strings.Contains(letters[0].Reason, reason) || !letters[0].At.Equal(noon()) {
			t.Fatalf("dead letters are %+v, %v; want %q", letters, err, reason)
		}
		if !strings.Contains(log.String(), "it is a dead letter now") {
			t.Errorf("the log is %s", log.String())
		}
		n, err := q.Redrive(t.Context(), []string{letters[0].ID})
		if sent := s.made("SendMessageBatch"); n != 1 || err != nil || len(sent) != 1 || sent[0].entries[0].MessageBody != text {
			t.Errorf("redrive: %d, %v sent %v; want it as it was", n, err, sent)
		}
	}
}

// TestAdopt says what became of a message that is not for now.
func TestAdopt(t *testing.T) {
	t.Parallel()
	later := strings.Replace(body("a"), `{"v":1`, `{"v":1,"due":"2026-03-04T12:10:00Z"`, 1)
	refuse := func(operation string) func(asked, entry) *refusedEntry {
		return func(c asked, _ entry) *refusedEntry {
			if c.operation != operation {
				return nil
			}
			return &refusedEntry{Code: "AccessDenied", SenderFault: true}
		}
	}
	for name, test := range map[string]struct {
		body    string
		store   core.Store
		refuse  func(asked, entry) *refusedEntry
		kind    core.Kind
		deleted bool
	}{
		"good":                     {body("a"), nil, nil, "", false},
		"a second early":           {strings.Replace(later, "12:10:00", "12:00:01", 1), nil, nil, "", false},
		"early":                    {later, nil, nil, core.NotReady, true},
		"early, and stays":         {later, nil, refuse("SendMessageBatch"), core.Forbidden, false},
		"not JSON":                 {"?", store(t), nil, core.Invalid, false},
		"unreadable, and no store": {"{}", nil, nil, core.Invalid, false},
		"another version":          {strings.Replace(body("a"), `"v":1`, `"v":2`, 1), nil, nil, core.Invalid, false},
		"no provider":              {strings.Replace(body("a"), "aliyun", "", 1), nil, nil, core.Invalid, false},
		"no media":                 {body(""), nil, nil, core.Invalid, false},
		"an unknown option":        {strings.Replace(body("a"), "Refresh", "Purge", 1), nil, nil, core.Invalid, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{refuse: test.refuse}
			q := fake(t, s, sqs.Options{Store: test.store})
			d, err := q.Adopt(t.Context(), test.body, "handle", 0)
			if core.KindOf(err) != test.kind || (err == nil) != (d.Message.Task.ID == "a" && d.Attempt == 1) {
				t.Errorf("adopted %+v, %v; want kind %q", d, err, test.kind)
			}
			if deleted := len(s.made("DeleteMessageBatch")) > 0; deleted != test.deleted {
				t.Errorf("deleted: %t, want %t", deleted, test.deleted)
			}
		})
	}
}

// TestAdopted: who received a message deletes it once it is done, and what takes
// its place is ours to write. Without a store, a dead letter has no place.
func TestAdopted(t *testing.T) {
	t.Parallel()
	again := message("again")
	for name, test := range map[string]struct {
		end   core.Settlement
		alone bool // without a store
		kind  core.Kind
		want  string
	}{
		"done":                    {core.Settlement{}, false, "", ""},
		"done, and no store":      {core.Settlement{}, true, "", ""},
		"again":                   {core.Settlement{Again: &again}, false, "", "ChangeMessageVisibilityBatch SendMessageBatch DeleteMessageBatch"},
		"dead":                    {core.Settlement{Dead: "no use"}, false, "", "ChangeMessageVisibilityBatch DeleteMessageBatch"},
		"dead, and no store":      {core.Settlement{Dead: "no use"}, true, core.Unavailable, ""},
		"again too, and no store": {core.Settlement{Dead: "no use", Again: &again}, true, core.Unavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := new(service)
			o := sqs.Options{Store: storeBy(s)}
			if test.alone {
				o.Store = nil
			}
			q := fake(t, s, o)
			var err error
			test.end.Delivery, err = q.Adopt(t.Context(), body("a"), "handle", 1)
			must(t, err)
			if err := q.Settle(t.Context(), []core.Settlement{test.end}); core.KindOf(err) != test.kind {
				t.Errorf("settled with %v, want kind %q", err, test.kind)
			}
			if got := strings.Join(s.operations(), " "); got != test.want {
				t.Errorf("it made %q, want %q", got, test.want)
			}
		})
	}
}

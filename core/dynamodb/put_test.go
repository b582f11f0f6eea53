package dynamodb_test

import (
	"bytes"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

// TestItem looks at how a record lies in the table.
func TestItem(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 20, 0, 0, 123, time.FixedZone("", 8*60*60))
	for name, test := range map[string]struct {
		record core.Record
		want   map[string]string // texts; value apart
		shelf  string
	}{
		"bare":     {core.Record{Key: "k", Value: []byte{}}, map[string]string{"pk": "k"}, ""},
		"expires":  {core.Record{Key: "a/b/c", Value: []byte("v"), Expires: at}, map[string]string{"expires": "2026-03-04T12:00:00.000000123Z", "ttl": "1772625601"}, ""},
		"due":      {core.Record{Key: "job/b", Value: []byte("v"), Due: at}, map[string]string{"due": "2026-03-04T12:00:00.000000123Z"}, "job/#"},
		"rootless": {core.Record{Key: "job", Value: []byte("v"), Due: at}, map[string]string{"pk": "job"}, "#"},
	} {
		var put struct {
			Item                keyed
			ConditionExpression string
		}
		s := fake(t, &service{answer: func(c emulatortest.Call) any { c.Read(&put); return nil }})
		revision := putOne(t, s, test.record)
		for attr, want := range test.want {
			if got := put.Item[attr].S + put.Item[attr].N; got != want {
				t.Errorf("%s: %s is %q, want %q", name, attr, got, want)
			}
		}
		if put.Item["revision"].S != revision || revision == "" || !bytes.Equal(put.Item["value"].B, test.record.Value) {
			t.Errorf("%s: it is %+v with revision %q", name, put.Item, revision)
		}
		shelf, isDue := put.Item["shelf"]
		if isDue != (test.shelf != "") || !strings.HasPrefix(shelf.S, test.shelf) || isDue && len(shelf.S) != len(test.shelf)+1 {
			t.Errorf("%s: shelf is %q, want %q and a digit", name, shelf.S, test.shelf)
		}
		if !strings.Contains(put.ConditionExpression, "attribute_not_exists(#pk)") {
			t.Errorf("%s: written if %q", name, put.ConditionExpression)
		}
	}
}

// putOne writes a record, and returns its new revision; empty for a conflict.
func putOne(t *testing.T, s core.Store, r core.Record) string {
	t.Helper()
	revisions, err := s.Put(t.Context(), []core.Record{r})
	must(t, err)
	return revisions[0]
}

// TestLostAnswer: a write that is repeated because its answer got lost is not
// taken for somebody else's.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		theirs bool // somebody else's write came in between
		want   bool
	}{
		"ours":   {false, true},
		"theirs": {true, false},
	} {
		var calls atomic.Int32
		s := fake(t, &service{answer: func(c emulatortest.Call) any {
			if calls.Add(1) == 1 {
				return errors.New("connection reset by peer")
			}
			var put struct {
				Item                                keyed
				ReturnValuesOnConditionCheckFailure string
			}
			c.Read(&put)
			if put.ReturnValuesOnConditionCheckFailure != "ALL_OLD" {
				t.Errorf("what is there is not asked for: %q", put.ReturnValuesOnConditionCheckFailure)
			}
			item := map[string]attribute{"revision": {put.Item["revision"].S}}
			if test.theirs {
				item["revision"] = attribute{"another"}
			}
			return emulatortest.Refusal{Code: "ConditionalCheckFailedException", Item: item}
		}})
		if got := putOne(t, s, core.Record{Key: "k", Value: []byte("v")}); (got != "") != test.want || calls.Load() != 2 {
			t.Errorf("%s: revision %q after %d calls, want one: %t", name, got, calls.Load(), test.want)
		}
	}
}

// TestPutFails: one record that cannot be written is an error of the call.
func TestPutFails(t *testing.T) {
	t.Parallel()
	s := fake(t, &service{answer: func(c emulatortest.Call) any {
		if strings.Contains(string(c.Input), "bad") {
			return emulatortest.Refusal{Code: "ValidationException"}
		}
		return nil
	}})
	revisions, err := s.Put(t.Context(), []core.Record{{Key: "good", Value: []byte{}}, {Key: "bad", Value: []byte{}}, {Key: "better", Value: []byte{}}})
	if revisions != nil || core.KindOf(err) != core.Internal {
		t.Errorf("revisions %v, %v; want an error", revisions, err)
	}
}

func TestRefusedRecords(t *testing.T) {
	t.Parallel()
	calls := new(service)
	s := fake(t, calls)
	for name, test := range map[string]struct {
		record core.Record
		want   string
	}{
		"no key":           {core.Record{Value: []byte{}}, "[0].Key: must have 1 to 512 bytes"},
		"no text":          {core.Record{Key: "a\xff", Value: []byte{}}, `[0].Key: must be UTF-8`},
		"too large":        {core.Record{Key: "k", Value: make([]byte, core.MaxValue+1)}, "[0].Value: must have at most 65536 bytes"},
		"due too late":     {core.Record{Key: "k", Value: []byte{}, Due: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, `[0].Due: must be in the years 0 to 9999, not "10000"`},
		"expires too late": {core.Record{Key: "k", Value: []byte{}, Expires: time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)}, `[0].Expires: must be in the years`},
	} {
		if _, err := s.Put(t.Context(), []core.Record{test.record}); core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if _, err := s.Get(t.Context(), []string{"a\xff"}); core.KindOf(err) != core.Invalid {
		t.Errorf("get: %v", err)
	}
	if n := calls.made(); n > 0 {
		t.Errorf("it made %d calls", n)
	}
}

// TestTimes: times come back to the nanosecond, from any year that can be
// written, and sort in between.
func TestTimes(t *testing.T) {
	t.Parallel()
	s := create(t, emulatortest.DynamoDB(t))
	past, future := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	at := time.Date(2100, 1, 2, 3, 4, 5, 678_901_234, time.FixedZone("", 8*60*60))
	put(t, s,
		core.Record{Key: "t/future", Value: []byte{}, Due: future, Expires: future},
		core.Record{Key: "t/exact", Value: []byte{}, Due: at, Expires: at.Add(1)},
		core.Record{Key: "t/past", Value: []byte{}, Due: past})
	records, err := s.Get(t.Context(), []string{"t/exact", "t/past", "t/future"})
	must(t, err)
	if r := records[0]; !r.Due.Equal(at) || !r.Expires.Equal(at.Add(1)) || !records[1].Due.Equal(past) || !records[2].Expires.Equal(future) {
		t.Errorf("stored %+v", records)
	}
	for before, want := range map[time.Time]string{
		at.Add(-1): "t/past", at: "t/past t/exact", future: "t/past t/exact t/future", future.AddDate(9, 0, 0): "t/past t/exact t/future",
	} {
		if got := strings.Join(dueKeys(t, s, "t/", before, 10), " "); got != want {
			t.Errorf("due at %v are %s, want %s", before, got, want)
		}
	}
}

// TestClockDecides: a record is over by our own clock, however late DynamoDB
// cleans it away.
func TestClockDecides(t *testing.T) {
	t.Parallel()
	emulator := emulatortest.DynamoDB(t)
	create(t, emulator)
	calls := new(service)
	fake(t, calls)
	s := open(t, emulator, dynamodb.Options{Clock: calls.clock})
	r := core.Record{Key: "a/b", Value: []byte("v"), Due: noon(), Expires: noon().Add(time.Minute)}
	r.Revision = putOne(t, s, r)
	calls.clock.Advance(time.Minute - 1)
	if got := dueKeys(t, s, "a/", noon(), 1); len(got) != 1 {
		t.Errorf("before it is over, due are %v", got)
	}
	calls.clock.Advance(1)
	found, err := s.Get(t.Context(), []string{"a/b"})
	must(t, err)
	if got := dueKeys(t, s, "a/", noon(), 1); len(got) > 0 || found[0].Revision != "" || putOne(t, s, r) != "" {
		t.Errorf("when it is over, it is %+v, and due are %v", found, got)
	}
	if putOne(t, s, core.Record{Key: "a/b", Value: []byte("w")}) == "" {
		t.Error("what is over is in the way")
	}
}

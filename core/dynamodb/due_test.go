package dynamodb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

// dueKeys lists the keys of what is due.
func dueKeys(t *testing.T, s core.Store, prefix string, before time.Time, most int) []string {
	t.Helper()
	records, err := s.Due(t.Context(), prefix, before, most)
	must(t, err)
	keys := make([]string, len(records))
	for i, r := range records {
		keys[i] = r.Key
	}
	return keys
}

// TestShelves lists due records by prefixes that are shorter and longer than the
// first part of a key.
func TestShelves(t *testing.T) {
	t.Parallel()
	s := create(t, emulatortest.DynamoDB(t))
	for i, key := range []string{"job/b/2", "plain", "jot", "job/a/1", "joke/1", "/root", "job"} {
		put(t, s, core.Record{Key: key, Value: []byte{1}, Due: time.Unix(int64(i), 0)})
	}
	put(t, s, core.Record{Key: "job/a/never", Value: []byte{1}})
	for prefix, want := range map[string]string{
		"":       "job/b/2 plain jot job/a/1 joke/1 /root job",
		"jo":     "job/b/2 jot job/a/1 joke/1 job",
		"job":    "job/b/2 job/a/1 job",
		"job/":   "job/b/2 job/a/1",
		"job/a":  "job/a/1",
		"job/a/": "job/a/1",
		"/":      "/root",
		"x/":     "",
	} {
		if got := strings.Join(dueKeys(t, s, prefix, time.Now(), 10), " "); got != want {
			t.Errorf("due with prefix %q are %s, want %s", prefix, got, want)
		}
	}
	if got := dueKeys(t, s, "", time.Now(), 2); !slices.Equal(got, []string{"job/b/2", "plain"}) {
		t.Errorf("the first two are %v", got)
	}
}

// TestDuePages: what was asked for may stand behind pages of what was not.
func TestDuePages(t *testing.T) {
	t.Parallel()
	s := create(t, emulatortest.DynamoDB(t))
	records := make([]core.Record, 0, 1000)
	for i := range 999 {
		records = append(records, core.Record{Key: fmt.Sprintf("job/other/%d", i), Value: []byte{1}, Due: time.UnixMilli(int64(i))})
	}
	put(t, s, append(records, core.Record{Key: "job/mine/last", Value: []byte{1}, Due: time.UnixMilli(999)})...)
	if got := dueKeys(t, s, "job/mine/", time.Now(), 10); !slices.Equal(got, []string{"job/mine/last"}) {
		t.Errorf("due are %v, want the last", got)
	}
	got := dueKeys(t, s, "job/", time.Now(), 450)
	if len(got) != 450 || got[0] != "job/other/0" || got[449] != "job/other/449" {
		t.Errorf("%d are due, from %s to %s", len(got), got[0], got[len(got)-1])
	}
}

// TestShards: the records of one sort are spread over the partitions of the
// index, and asked for in all of them.
func TestShards(t *testing.T) {
	t.Parallel()
	written, asked := map[string]int{}, map[string]int{}
	calls := new(service)
	calls.answer = func(c emulatortest.Call) any {
		var call struct {
			Item                      keyed
			ExpressionAttributeValues keyed
		}
		c.Read(&call)
		calls.mu.Lock()
		defer calls.mu.Unlock()
		if c.Operation == "PutItem" {
			written[call.Item["shelf"].S]++
		} else {
			asked[call.ExpressionAttributeValues[":shelf"].S]++
		}
		return nil
	}
	s := fake(t, calls)
	records := make([]core.Record, 400)
	for i := range records {
		records[i] = core.Record{Key: fmt.Sprintf("job/%d", i), Value: []byte{1}, Due: noon()}
	}
	put(t, s, records...)
	dueKeys(t, s, "job/1", noon(), 10)
	for _, shelf := range []string{"job/#0", "job/#1", "job/#2", "job/#3"} {
		if n := written[shelf]; n < 60 || n > 140 || asked[shelf] != 1 {
			t.Errorf("%d records went to %s, which was asked %d times; want about 100, once", n, shelf, asked[shelf])
		}
	}
	if len(written) != 4 || len(asked) != 4 {
		t.Errorf("written %v, asked %v", written, asked)
	}
}

// TestIndexIsBehind: the index may name a record that is gone, or not due any
// more; what the table says holds.
func TestIndexIsBehind(t *testing.T) {
	t.Parallel()
	const past, future = "2026-03-04T11:00:00.000000000Z", "2026-03-04T13:00:00.000000000Z"
	s := fake(t, &service{answer: func(c emulatortest.Call) any {
		if c.Operation == "Query" {
			if !strings.Contains(string(c.Input), "#0") {
				return nil
			}
			var items []map[string]attribute
			for _, key := range []string{"job/gone", "job/moved", "job/off", "job/over", "job/good", "job/later"} {
				items = append(items, map[string]attribute{"pk": {key}, "due": {past}})
			}
			return map[string]any{"Items": items}
		}
		items := []map[string]attribute{
			{"pk": {"job/moved"}, "revision": {"r"}, "due": {future}},
			{"pk": {"job/off"}, "revision": {"r"}},
			{"pk": {"job/over"}, "revision": {"r"}, "due": {past}, "expires": {past}},
			{"pk": {"job/good"}, "revision": {"r"}, "due": {past}},
			{"pk": {"job/later"}, "revision": {"r"}, "due": {"2026-03-04T11:00:00.000000001Z"}},
		}
		return map[string]any{"Responses": map[string]any{"vodrefresh": items}}
	}})
	if got := dueKeys(t, s, "job/", noon(), 10); !slices.Equal(got, []string{"job/good", "job/later"}) {
		t.Errorf("due are %v, want what the table says", got)
	}
}

// TestIndexPages: the index is read on until enough was found.
func TestIndexPages(t *testing.T) {
	t.Parallel()
	for prefix, operation := range map[string]string{"job/": "Query", "jo": "Scan"} {
		calls := new(service)
		calls.answer = func(c emulatortest.Call) any {
			var ask struct{ ExclusiveStartKey map[string]attribute }
			c.Read(&ask)
			if c.Operation == operation && ask.ExclusiveStartKey == nil {
				return map[string]any{"LastEvaluatedKey": map[string]attribute{"pk": {"job/x"}}}
			}
			return nil
		}
		s := fake(t, calls)
		if got := dueKeys(t, s, prefix, noon(), 10); len(got) > 0 {
			t.Errorf("due are %v", got)
		}
		if n, want := calls.made(), map[string]int{"Query": 8, "Scan": 2}[operation]; n != want {
			t.Errorf("%s: %d calls, want %d", operation, n, want)
		}
	}
}

func TestDueNothingAskedFor(t *testing.T) {
	t.Parallel()
	calls := new(service)
	s := fake(t, calls)
	if got := dueKeys(t, s, "job/", noon(), 0); len(got) > 0 || calls.made() > 0 {
		t.Errorf("of none there are %v, after %d calls", got, calls.made())
	}
}

// TestDueFailsHalfway: an index that answers and a table that does not.
func TestDueFailsHalfway(t *testing.T) {
	t.Parallel()
	s := fake(t, &service{answer: func(c emulatortest.Call) any {
		if c.Operation == "Query" {
			return map[string]any{"Items": []any{map[string]attribute{"pk": {"job/a"}, "due": {"2026-03-04T11:00:00.000000000Z"}}}}
		}
		return emulatortest.Refusal{Code: "AccessDeniedException"}
	}})
	if _, err := s.Due(t.Context(), "job/", noon(), 1); core.KindOf(err) != core.Forbidden {
		t.Errorf("error %v, want that it is forbidden", err)
	}
}

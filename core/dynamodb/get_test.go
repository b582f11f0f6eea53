package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

// batchGet is what a BatchGetItem asks for, and what it leaves over.
type batchGet struct {
	Keys           []map[string]attribute
	ConsistentRead bool `json:",omitempty"`
}

// brings is an answer that brings the first keys asked for, up to a number, and
// leaves the others over.
func brings(t *testing.T, c emulatortest.Call, most int) any {
	t.Helper()
	var ask struct{ RequestItems map[string]batchGet }
	c.Read(&ask)
	asked := ask.RequestItems["vodrefresh"]
	if !asked.ConsistentRead || len(asked.Keys) == 0 || len(asked.Keys) > 100 {
		t.Errorf("it asks for %d keys, consistent %t", len(asked.Keys), asked.ConsistentRead)
	}
	most = min(most, len(asked.Keys))
	items := make([]map[string]attribute, 0, most)
	for _, key := range asked.Keys[:most] {
		items = append(items, map[string]attribute{"pk": key["pk"], "revision": {"of " + key["pk"].S}})
	}
	answer := map[string]any{"Responses": map[string]any{"vodrefresh": items}}
	if left := asked.Keys[most:]; len(left) > 0 {
		answer["UnprocessedKeys"] = map[string]any{"vodrefresh": batchGet{Keys: left, ConsistentRead: true}}
	}
	return answer
}

// TestGetMany: however little a call brings, each key gets its record, in order.
func TestGetMany(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ each, calls int }{
		"all at once":    {100, 3},
		"some at a time": {30, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := &service{answer: func(c emulatortest.Call) any { return brings(t, c, test.each) }}
			s := fake(t, calls)
			keys := make([]string, 0, 251)
			for i := range 250 {
				keys = append(keys, strconv.Itoa(i*7%250))
			}
			keys = append(keys, "3") // once more
			found, err := s.Get(t.Context(), keys)
			must(t, err)
			for i, r := range found {
				if r.Key != keys[i] || r.Revision != "of "+keys[i] || r.Value == nil {
					t.Fatalf("at %d: %+v, want %s", i, r, keys[i])
				}
			}
			if n := calls.made(); n != test.calls {
				t.Errorf("it made %d calls, want %d", n, test.calls)
			}
		})
	}
}

// TestGetThrottled: a table that gives nothing is asked less and less often, and
// one that gives something goes on being asked.
func TestGetThrottled(t *testing.T) {
	t.Parallel()
	calls := &service{answer: func(c emulatortest.Call) any { return brings(t, c, 0) }}
	_, err := fake(t, calls).Get(t.Context(), []string{"a", "b"})
	if core.KindOf(err) != core.Throttled {
		t.Errorf("error %v of kind %s, want that it is throttled", err, core.KindOf(err))
	}
	const want = "[50ms 100ms 200ms 400ms 800ms 1.6s]"
	if slept := fmt.Sprint(calls.clock.Slept()); slept != want {
		t.Errorf("it waited %v, want %v", slept, want)
	}
	slow := &service{}
	slow.answer = func(c emulatortest.Call) any { return brings(t, c, min(1, slow.made()%3)) }
	found, err := fake(t, slow).Get(t.Context(), []string{"a", "b", "c", "d", "e", "f", "g"})
	if err != nil || len(found) != 7 || found[6].Revision != "of g" {
		t.Errorf("found %v, %v", found, err)
	}
}

// TestGetGivesUp when the caller does, between two calls.
func TestGetGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls := &service{answer: func(c emulatortest.Call) any { cancel(); return brings(t, c, 0) }}
	_, err := fake(t, calls).Get(ctx, []string{"a"})
	if core.KindOf(err) != core.Unavailable || !errors.Is(err, context.Canceled) || calls.made() != 1 {
		t.Errorf("error %v after %d calls", err, calls.made())
	}
}

// TestStrangeItems: attributes of other types are as if they were not there.
func TestStrangeItems(t *testing.T) {
	t.Parallel()
	s := fake(t, &service{answer: func(emulatortest.Call) any {
		item := map[string]map[string]string{"pk": {"S": "k"}, "revision": {"S": "r"}, "value": {"S": "text"}, "due": {"S": "soon"}, "expires": {"N": "1"}}
		return map[string]any{"Responses": map[string]any{"vodrefresh": []any{item}}}
	}})
	found, err := s.Get(t.Context(), []string{"k"})
	if want := fmt.Sprintf("%+v", core.Record{Key: "k", Value: []byte{}, Revision: "r"}); err != nil || fmt.Sprintf("%+v", found[0]) != want {
		t.Errorf("found %+v, %v; want %s", found, err, want)
	}
}

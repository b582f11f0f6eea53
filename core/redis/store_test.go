package redis_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
)

// addArgs is an entry of the queue's stream as something else would write it.
func addArgs(body string) *goredis.XAddArgs {
	return &goredis.XAddArgs{Stream: "{vodrefresh}:queue:ready", Values: []string{"m", body}}
}

// put writes records that must not be refused.
func put(t *testing.T, s core.Store, records ...core.Record) []string {
	t.Helper()
	revisions, err := s.Put(t.Context(), records)
	must(t, err)
	if slices.Contains(revisions, "") {
		t.Fatalf("revisions are %q: a conflict", revisions)
	}
	return revisions
}

// due lists the keys of what is due now.
func due(t *testing.T, s core.Store, prefix string, most int) []string {
	t.Helper()
	records, err := s.Due(t.Context(), prefix, time.Now(), most)
	must(t, err)
	keys := make([]string, len(records))
	for i, r := range records {
		keys[i] = r.Key
	}
	return keys
}

// TestLostAnswer: the client repeats a write whose answer got lost; it is not
// taken for somebody else's.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	_ = put(t, e.store(t), core.Record{Key: "warm", Value: []byte("up")}) // the server knows the script
	var cut sync.Once
	s := connect(t, between(t, e, func(sent string) (first bool) {
		if strings.Contains(sent, "evalsha") {
			cut.Do(func() { first = true })
		}
		return first
	}), nil).Store()
	defer s.Close()
	revisions := put(t, s, core.Record{Key: "k", Value: []byte("v")})
	records, err := s.Get(ctx, []string{"k"})
	must(t, err)
	if r := records[0]; r.Revision != revisions[0] || string(r.Value) != "v" {
		t.Errorf("stored %+v, want revision %s", r, revisions[0])
	}
}

// TestForgottenScripts: a server that was restarted knows no scripts.
func TestForgottenScripts(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	s, client := e.store(t), e.client(t)
	for i := range 3 {
		must(t, client.ScriptFlush(ctx).Err())
		put(t, s, core.Record{Key: fmt.Sprint("a", i), Value: []byte("1")}, core.Record{Key: fmt.Sprint("b", i), Value: []byte("2")})
	}
}

// TestShelves lists due records by prefixes that are shorter and longer than
// the first part of a key.
func TestShelves(t *testing.T) {
	t.Parallel()
	s := start(t).store(t)
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
		"p":      "plain",
		"x":      "",
		"x/":     "",
	} {
		if got := strings.Join(due(t, s, prefix, 10), " "); got != want {
			t.Errorf("due with prefix %q are %s, want %s", prefix, got, want)
		}
	}
	if got := due(t, s, "", 2); !slices.Equal(got, []string{"job/b/2", "plain"}) {
		t.Errorf("the first two are %v", got)
	}
	if got := due(t, s, "", 0); len(got) != 0 {
		t.Errorf("of none there are %v", got)
	}
}

// TestDuePages: what was asked for may stand behind pages of what was not, and
// of what has expired.
func TestDuePages(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	s, client := e.store(t), e.client(t)
	soon := time.Now().Add(300 * time.Millisecond)
	records := make([]core.Record, 0, 1000)
	for i := range 999 {
		r := core.Record{Key: fmt.Sprintf("job/other/%d", i), Value: []byte{1}, Due: time.UnixMilli(int64(i))}
		if i%2 == 0 {
			r.Key, r.Expires = fmt.Sprintf("job/mine/%d", i), soon
		}
		records = append(records, r)
	}
	records = append(records, core.Record{Key: "job/mine/last", Value: []byte{1}, Due: time.UnixMilli(999)})
	put(t, s, records...)
	time.Sleep(time.Until(soon) + 5*time.Millisecond)
	if got := due(t, s, "job/mine/", 10); !slices.Equal(got, []string{"job/mine/last"}) {
		t.Errorf("due are %v, want the last", got)
	}
	if n, err := client.ZCard(ctx, "{vodrefresh}:store:due:job/").Result(); n != 500 || err != nil {
		t.Errorf("the index has %d, %v; want 500 without the expired", n, err)
	}
}

// TestForgetSpares: a record that is written again just when its predecessor is
// taken out of the index, stays in it.
func TestForgetSpares(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	writer := e.store(t)
	record := core.Record{Key: "job/1", Value: []byte{1}, Due: time.Unix(1, 0)}
	put(t, writer, record)
	must(t, e.client(t).Del(ctx, "{vodrefresh}:store:record:job/1").Err()) // as if it had expired
	var again sync.Once
	s := connect(t, between(t, e, func(sent string) bool {
		if strings.Contains(sent, "evalsha") {
			again.Do(func() { put(t, writer, record) })
		}
		return false
	}), nil).Store()
	defer s.Close()
	for _, want := range []string{"", "job/1"} {
		if got := strings.Join(due(t, s, "job/", 1), " "); got != want {
			t.Errorf("due are %q, want %q", got, want)
		}
	}
}

// TestDeletedLeavesNothing but the name of its shelf.
func TestDeletedLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	s := e.store(t)
	record := core.Record{Key: "job/1", Value: []byte{1}, Due: time.Unix(1, 0)}
	record.Revision = put(t, s, record)[0]
	record.Value = nil
	if got := put(t, s, record); got[0] != core.Deleted {
		t.Errorf("revision is %q, want %q", got[0], core.Deleted)
	}
	keys, err := e.client(t).Keys(ctx, "*").Result()
	if want := []string{"{vodrefresh}:store:shelves"}; err != nil || !slices.Equal(keys, want) {
		t.Errorf("keys left are %v, %v; want %v", keys, err, want)
	}
}

// TestTimes: times come back to the nanosecond, though the index has less.
func TestTimes(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), start(t).store(t)
	at := time.Date(2100, 1, 2, 3, 4, 5, 678_901_234, time.FixedZone("", 8*3600))
	put(t, s,
		core.Record{Key: "exact", Value: []byte{}, Due: at, Expires: at.Add(1)},
		core.Record{Key: "bare", Value: bytes.Repeat([]byte{0, 255}, 32<<10)})
	records, err := s.Get(ctx, []string{"exact", "bare", "missing"})
	must(t, err)
	if r := records[0]; !r.Due.Equal(at) || !r.Expires.Equal(at.Add(1)) || r.Value == nil || len(r.Value) != 0 {
		t.Errorf("stored %+v, want due %v and an empty value", r, at)
	}
	if r := records[1]; !r.Due.IsZero() || !r.Expires.IsZero() || len(r.Value) != 64<<10 {
		t.Errorf("stored %v, %v and %d bytes, want neither time", r.Due, r.Expires, len(r.Value))
	}
	if r := records[2]; r.Revision != "" || r.Value != nil || r.Key != "missing" {
		t.Errorf("missing is %+v", r)
	}
	for before, want := range map[time.Time]int{at: 1, at.Add(-1): 0} { // in the same microsecond
		if got, err := s.Due(ctx, "exact", before, 10); len(got) != want || err != nil {
			t.Errorf("due at %v are %d, %v; want %d", before, len(got), err, want)
		}
	}
}

func TestRefusedRecords(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), start(t).store(t)
	long := strings.Repeat("k", 513)
	_, err := s.Put(ctx, []core.Record{{Key: "", Value: []byte{1}}, {Key: "a", Value: make([]byte, 64<<10+1)}, {Key: long}, {Key: "a"}})
	for _, want := range []string{
		"redis put: invalid: ", "keys[0]: must have 1 to 512 bytes", "keys[2]: must have 1 to 512 bytes",
		"records[1].Value: must have at most 65536 bytes, not \"65537 bytes\"", `keys[3]: must not be in a call twice, not "a"`,
	} {
		if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("put: %v, want %q", err, want)
		}
	}
	if _, err := s.Get(ctx, []string{"a", long}); core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "keys[1]") {
		t.Errorf("get: %v, want that keys[1] is invalid", err)
	}
	for _, call := range []func() (int, error){
		func() (int, error) { got, err := s.Get(ctx, nil); return len(got), err },
		func() (int, error) { got, err := s.Put(ctx, nil); return len(got), err },
	} {
		if n, err := call(); n != 0 || err != nil {
			t.Errorf("of nothing: %d, %v", n, err)
		}
	}
}

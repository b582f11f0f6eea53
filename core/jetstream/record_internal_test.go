package jetstream

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	times := []time.Time{{}, time.Unix(0, 0), time.Unix(0, 1), time.Unix(0, -1), time.Unix(-1e9, 7), time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	for _, due := range times {
		for _, expires := range times {
			for _, value := range [][]byte{{}, []byte("value"), make([]byte, core.MaxValue)} {
				r := core.Record{Key: "a/ü b", Value: value, Due: due, Expires: expires}
				got, err := decode(7, encode(r))
				if err != nil || got.Key != r.Key || !bytes.Equal(got.Value, value) || got.Value == nil || !got.Due.Equal(due) || !got.Expires.Equal(expires) {
					t.Fatalf("%v, %v became %v, %v, %v", due, expires, got.Due, got.Expires, err)
				}
				was, ok := parseRevision(got.Revision)
				if !ok || was.page != 7 || !was.due.Equal(due) {
					t.Fatalf("revision %q became %+v", got.Revision, was)
				}
			}
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	good := encode(core.Record{Key: "k", Value: []byte("v")})
	for end := range len(good) - 1 { // the value may be empty, the rest may not be short
		if r, err := decode(1, good[:end]); core.KindOf(err) != core.Internal {
			t.Errorf("%q is %+v, %v", good[:end], r, err)
		}
	}
	for _, bad := range []string{"\x02", "\x01", "\x01\x00\x00\x05k", "\x01" + strings.Repeat("\xff", 11), "\x01\x00\x00" + strings.Repeat("\xff", 11)} {
		if r, err := decode(1, []byte(bad)); core.KindOf(err) != core.Internal {
			t.Errorf("%q is %+v, %v", bad, r, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(core.Record{Key: "k", Value: []byte("v"), Due: time.Unix(1, 2), Expires: time.Unix(3, 4)}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decode(1, data)
		if err != nil {
			return
		}
		again, err := decode(1, encode(r))
		if err != nil || again.Key != r.Key || !bytes.Equal(again.Value, r.Value) || again.Revision != r.Revision {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	n := newNames("x")
	due := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for _, key := range []string{"a", "a.b/*>", "ü ", strings.Repeat("k", core.MaxKey)} {
		at, got, ok := n.parseEntry(n.entry(due, key))
		if !ok || got != key || at != due.UnixNano() {
			t.Errorf("key %q became %q, %d, %v", key, got, at, ok)
		}
		if subject, _ := n.bucket(key); len(subject) > len("x.store.bucket.")+3 || strings.ContainsAny(strings.TrimPrefix(subject, "x.store.bucket."), ".*> ") {
			t.Errorf("key %q is in %q", key, subject)
		}
	}
	if got, ok := n.parseSlice(n.slice(slice(due))); !ok || got != due.Unix()/10 {
		t.Errorf("slice %d, %v", got, ok)
	}
}

package ledger

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC)

func alike(a, b entry) bool {
	return a.key == b.key && bytes.Equal(a.value, b.value) && (a.value == nil) == (b.value == nil) && a.due.Equal(b.due) &&
		a.expire.Equal(b.expire) && a.born == b.born && a.was == b.was && a.wasDue.Equal(b.wasDue)
}

func TestPageRoundTrip(t *testing.T) {
	t.Parallel()
	times := []time.Time{{}, time.Unix(0, 0), time.Unix(0, -1), noon, time.Date(9943, 1, 1, 0, 0, 0, 1, time.UTC)}
	var all []entry
	for i, due := range times {
		for j, expire := range times {
			all = append(all,
				entry{key: strings.Repeat("ü", i+1), value: []byte("value"), due: due, expire: expire, born: uint64(i), was: uint64(j), wasDue: expire},
				entry{key: "a b", value: []byte{}, due: due, wasDue: due},
				entry{key: strings.Repeat("k", core.MaxKey), value: make([]byte, core.MaxValue), expire: expire, was: 1 << 60},
				entry{key: "gone", was: 7, wasDue: due})
		}
	}
	for some := range slices.Chunk(all, 4) {
		if got, err := decode(7, encode(some)); err != nil || !slices.EqualFunc(got, some, alike) {
			t.Fatalf("%d entries became %d, %v", len(some), len(got), err)
		}
	}
	if data := encode(nil); len(data) != 1 {
		t.Errorf("no entries are %x", data)
	}
}

// TestPagesAreCompressed, those that are not small.
func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]byte{10: plain, 1000: packed} {
		all := []entry{{key: "k", value: bytes.Repeat([]byte("value"), size/5)}}
		data := encode(all)
		if data[0] != want || len(data) > worthwhile {
			t.Errorf("a value of %d bytes is a page of %d, of format %d, want %d", size, len(data), data[0], want)
		}
		if got, err := decode(7, data); err != nil || !slices.EqualFunc(got, all, alike) {
			t.Errorf("%+v became %+v, %v", all, got, err)
		}
	}
}

func TestPageThatCannotBeRead(t *testing.T) {
	t.Parallel()
	good := encode([]entry{{key: "k", value: []byte("v"), due: noon, expire: noon, born: 3, was: 5, wasDue: noon}})
	for end := range good {
		if end == 1 {
			continue // a page of nothing
		}
		if got, err := decode(7, good[:end]); core.KindOf(err) != core.Internal {
			t.Errorf("%x is %+v, %v", good[:end], got, err)
		}
	}
	for what, bad := range map[string]string{
		"another format": "\x01\x00\x00\x01k",
		"nothing":        "",
		"no S2":          "\x04\x05\xff",
		"no size":        "\x04\xff",
		"too much":       "\x04\xff\xff\xff\x7f\x00",
		"another bit":    "\x03\x20\x00\x01k",
		"no key":         "\x03\x00\x00\x00",
		"a long key":     "\x03\x00\x00\x81\x04" + strings.Repeat("k", core.MaxKey+1),
		"a long number":  "\x03\x00" + strings.Repeat("\xff", 11),
		"a long time":    "\x03\x02\x00" + strings.Repeat("\xff", 11),
		"many nanos":     "\x03\x02\x00\x00\x80\x94\xeb\xdc\x03\x01k",
	} {
		got, err := decode(7, []byte(bad))
		if core.KindOf(err) != core.Internal || !strings.Contains(err.Error(), "the stored page 7 cannot be read") {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode([]entry{{key: "k", value: []byte("v"), due: noon, expire: noon, born: 3, was: 5, wasDue: noon}, {key: "gone"}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := decode(1, data)
		if err != nil {
			return
		}
		if again, err := decode(1, encode(all)); err != nil || !slices.EqualFunc(again, all, alike) {
			t.Errorf("%+v became %+v, %v", all, again, err)
		}
	})
}

func TestRevisionRoundTrip(t *testing.T) {
	t.Parallel()
	times := []time.Time{{}, time.Unix(0, 0), time.Unix(0, -1), noon, time.Date(9943, 1, 1, 0, 0, 0, 1, time.UTC)}
	for _, due := range times {
		for _, expires := range times {
			want := revision{7, momentOf(due), momentOf(expires), sumOf("key")}
			if got, ok := parseRevision(want.String()); !ok || got != want {
				t.Errorf("%+v became %q and %+v, %t", want, want.String(), got, ok)
			}
		}
	}
	for _, odd := range []string{"", "1", "1.", "1..", "x...1", "0...1", "1.!..1", "1..!.1", "1...!", "1...zzzzzzz", "1...1.", "-1...1", core.Deleted} {
		if got, ok := parseRevision(odd); ok {
			t.Errorf("%q is %+v", odd, got)
		}
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{time.Unix(0, 0), time.Unix(0, 1000), time.Unix(-5, 0), noon.Truncate(time.Microsecond)} {
		m := momentOf(at)
		if m == 0 || !m.time().Equal(at) || m.over(at.Add(-time.Microsecond)) || !m.over(at) {
			t.Errorf("%s is moment %d, which is %s", at, m, m.time())
		}
	}
	if never := momentOf(time.Time{}); never != 0 || never.over(noon) || !never.time().IsZero() {
		t.Errorf("never is moment %d", never)
	}
}

func TestFilling(t *testing.T) {
	t.Parallel()
	var f filling
	if f.takes(1, 1) {
		t.Error("there is no page")
	}
	f = newFilling(0, 10)
	if f.takes(0, 10) {
		t.Error("two keys of one hash are on a page")
	}
	for i := range uint64(maxRecords - 1) {
		if !f.takes(i+1, 10) {
			t.Errorf("the page is full with %d records", i+1)
		}
	}
	if f.takes(maxRecords, 10) {
		t.Error("there are too many records on a page")
	}
	f = newFilling(0, maxBytes-10)
	if !f.takes(1, 10) || f.takes(2, 1) {
		t.Error("a page is full with another size")
	}
}

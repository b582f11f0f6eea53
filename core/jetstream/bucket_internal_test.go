package jetstream

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestBucketRoundTrip(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 1, time.UTC)
	full := bucket{{mark{1}, 1, 1, time.Time{}}, {mark{2}, 1 << 40, 32, noon}, {mark{3}, 7, 2, time.Unix(-1, 0).UTC()}}
	for count := range len(full) + 1 {
		want := full[:count]
		data := want.encode()
		got, err := decodeBucket(message{7, data})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v became %v, %v", want, got, err)
		}
		for end := 1; end < len(data); end++ {
			if short, err := decodeBucket(message{7, data[:end]}); core.KindOf(err) != core.Internal && len(short) >= count {
				t.Errorf("%x is %v, %v", data[:end], short, err)
			}
		}
	}
	for _, bad := range []string{"\x01", "\x02\x01", "\x02123456", "\x02123456\x00\x01\x00"} {
		if got, err := decodeBucket(message{7, []byte(bad)}); core.KindOf(err) != core.Internal {
			t.Errorf("%q is %v, %v", bad, got, err)
		}
	}
}

// TestPlacesAreShort: there are as many as records.
func TestPlacesAreShort(t *testing.T) {
	t.Parallel()
	const most = 1 + 21
	data := bucket{{mark{1}, 1_000_000, 20, time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC)}}.encode()
	if len(data) > most {
		t.Errorf("a bucket of one place takes %d bytes, want %d at most", len(data), most)
	}
}

func TestBucketWith(t *testing.T) {
	t.Parallel()
	now := time.Unix(100, 0)
	old := bucket{{mark: mark{1}, page: 1}, {mark: mark{2}, page: 1, expires: now}, {mark: mark{3}, page: 1, expires: now.Add(1)}, {mark: mark{4}, page: 1}}
	got := old.with([]place{{mark: mark{1}, page: 2}, {mark: mark{4}}, {mark: mark{5}, page: 3}}, now)
	want := bucket{{mark: mark{3}, page: 1, expires: now.Add(1)}, {mark: mark{1}, page: 2}, {mark: mark{5}, page: 3}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if old[0].page != 1 || len(old) != 4 || old.find(mark{9}).page != 0 || old.find(mark{3}) != old[2] {
		t.Errorf("the old bucket is now %v", old)
	}
}

func TestPageRoundTrip(t *testing.T) {
	t.Parallel()
	records := []core.Record{{Key: "a", Value: []byte("one")}, {Key: "b", Value: []byte{}, Due: time.Unix(1, 2)}}
	data := encodePage(records)
	got, err := decodePage(message{7, data})
	if err != nil || len(got) != 2 || !bytes.Equal(got["a"].Value, records[0].Value) || !got["b"].Due.Equal(records[1].Due) || got["a"].Revision != "7." {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"\x05a", "\x02\x01\x00", "\xff", string(data[:len(data)-1])} {
		if got, err := decodePage(message{7, []byte(bad)}); core.KindOf(err) != core.Internal {
			t.Errorf("%q is %+v, %v", bad, got, err)
		}
	}
}

func TestSheets(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	const large = 65 << 10
	tests := map[string]struct {
		records []core.Record
		want    []int // records of each page
	}{
		"none":              {nil, nil},
		"deleted":           {[]core.Record{{}}, nil},
		"expires":           {[]core.Record{{Value: []byte{}, Expires: at}, {}, {Value: []byte{}, Expires: at}}, []int{2}},
		"never expires":     {[]core.Record{{Value: []byte{}}, {Value: []byte{}}}, []int{1, 1}},
		"is due":            {[]core.Record{{Value: []byte{}, Expires: at, Due: at}, {Value: []byte{}, Expires: at}, {Value: []byte{}, Expires: at}}, []int{1, 2}},
		"many":              {slices.Repeat([]core.Record{{Value: []byte{}, Expires: at}}, 2*sharers+1), []int{sharers, sharers, 1}},
		"as many as fit in": {slices.Repeat([]core.Record{{Value: make([]byte, large), Expires: at}}, 5), []int{4, 1}},
	}
	for name, test := range tests {
		changes := make([]*change, len(test.records))
		for i, r := range test.records {
			changes[i] = &change{record: r}
		}
		var got []int
		for _, p := range sheets(changes) {
			got = append(got, len(p.changes))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: pages of %v records, want %v", name, got, test.want)
		}
	}
}

func FuzzDecodeBucket(f *testing.F) {
	f.Add(bucket{{mark{1}, 1, 1, time.Unix(3, 4)}}.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := decodeBucket(message{7, data})
		if err != nil {
			return
		}
		if again, err := decodeBucket(message{7, b.encode()}); err != nil || !slices.Equal(again, b) {
			t.Errorf("%v became %v, %v", b, again, err)
		}
	})
}

package jetstream_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

func TestDamage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		bucket func(*jetstream.Store) []byte
		page   []byte
		says   string
	}{
		"bucket":         {func(*jetstream.Store) []byte { return []byte("garbage") }, nil, "the stored bucket 1 cannot be read"},
		"page":           {func(s *jetstream.Store) []byte { return s.BucketNaming("k", 1) }, []byte("garbage"), "the stored page 1 cannot be read"},
		"page is gone":   {func(s *jetstream.Store) []byte { return s.BucketNaming("k", 9) }, nil, `the page of record "k" is gone`},
		"page of others": {func(s *jetstream.Store) []byte { return s.BucketNaming("k", 1) }, nil, `page 1 does not have the record "k"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := byURL(t)
			s := openStore(t, conn, jetstream.StoreConfig{})
			for subject, data := range map[string][]byte{s.PageSubject(): test.page, s.BucketSubject("k"): test.bucket(s)} {
				if _, err := conn.NATS().Request(subject, data, time.Second); err != nil {
					t.Fatal(err)
				}
			}
			_, err := s.Get(t.Context(), []string{"k"})
			wantError(t, err, core.Internal, test.says)
		})
	}
}

// TestReadsGoToTheLeader, never to a replica that lags, as it would answer if a
// stream let it.
func TestReadsGoToTheLeader(t *testing.T) {
	t.Parallel()
	conn := byURL(t)
	openStore(t, conn, jetstream.StoreConfig{})
	for _, stream := range []string{"vodrefresh_store", "vodrefresh_page"} {
		if _, err := conn.NATS().Request("$JS.API.DIRECT.GET."+stream, nil, time.Second); err == nil {
			t.Errorf("%s is read directly", stream)
		}
	}
}

const (
	entries    = "vodrefresh.store.due.>"
	timeSlices = "vodrefresh.store.slice.*"
)

func wantPages(t *testing.T, s *jetstream.Store, want uint64) {
	t.Helper()
	if got, err := s.Pages(t.Context()); err != nil || got != want {
		t.Errorf("%d pages, %v, want %d", got, err, want)
	}
}

// TestPagesAreRemoved when nothing in them is in use any more.
func TestPagesAreRemoved(t *testing.T) {
	t.Parallel()
	s := openStore(t, byURL(t), jetstream.StoreConfig{})
	records := make([]core.Record, 40)
	for i := range records {
		records[i] = core.Record{Key: fmt.Sprint(i), Value: content, Expires: time.Now().Add(time.Hour)}
	}
	write := func(some []core.Record) {
		t.Helper()
		for i, revision := range put(t, s, some...) {
			if some[i].Revision = revision; revision == "" {
				t.Fatalf("record %d was not written", i)
			}
		}
	}
	write(records)
	wantPages(t, s, 2) // of 32 and of 8
	write(records)
	wantPages(t, s, 2)
	write(records[:5])
	wantPages(t, s, 3) // the first still has 27 in use
	if lost := put(t, s, core.Record{Key: "0", Value: content, Expires: records[0].Expires}); lost[0] != "" {
		t.Errorf("created what exists: %q", lost)
	}
	wantPages(t, s, 3)
	for i := range records {
		records[i].Expires = time.Time{}
	}
	write(records[32:])
	wantPages(t, s, 2+8) // each has its own, and the page of 8 is gone
	for i := range records {
		records[i].Value = nil
	}
	write(records[32:])
	wantPages(t, s, 2)
}

// TestBucketsAreShared by records whose writers do not know of each other.
func TestBucketsAreShared(t *testing.T) {
	t.Parallel()
	conn := byURL(t)
	s := openStore(t, conn, jetstream.StoreConfig{})
	at := map[string]string{} // the first key of each bucket
	var a, b string
	for i := 0; b == ""; i++ {
		key := fmt.Sprint(i)
		if first := at[s.BucketSubject(key)]; first != "" {
			a, b = first, key
		}
		at[s.BucketSubject(key)] = key
	}
	first := put(t, s, core.Record{Key: a, Value: content})[0]
	second := put(t, s, core.Record{Key: b, Value: content})[0]
	if first == "" || second == "" || first == second {
		t.Fatalf("revisions %q and %q", first, second)
	}
	var writers sync.WaitGroup
	for key, revision := range map[string]string{a: first, b: second} {
		writers.Go(func() {
			for range 20 {
				got, err := s.Put(t.Context(), []core.Record{{Key: key, Value: content, Revision: revision}, {Key: key + "/due", Value: content, Due: noon}})
				if err != nil || got[0] == "" {
					t.Errorf("record %s: %q, %v", key, got, err)
					return
				}
				revision = got[0]
			}
		})
	}
	writers.Wait()
	if gone := put(t, s, core.Record{Key: a, Revision: revisionOf(t, s, a)}, core.Record{Key: b, Revision: revisionOf(t, s, b)}); !slices.Equal(gone, []string{core.Deleted, core.Deleted}) {
		t.Errorf("deleted: %q", gone)
	}
}

func revisionOf(t *testing.T, s *jetstream.Store, key string) string {
	t.Helper()
	got, err := s.Get(t.Context(), []string{key})
	if err != nil {
		t.Fatal(err)
	}
	return got[0].Revision
}

func wantSubjects(t *testing.T, s *jetstream.Store, pattern string, want int) {
	t.Helper()
	subjects, err := s.Subjects(t.Context(), pattern)
	if err != nil || len(subjects) != want {
		t.Errorf("%d subjects %v match %s, %v, want %d", len(subjects), subjects, pattern, err, want)
	}
}

func TestIndexFollowsTheRecord(t *testing.T) {
	t.Parallel()
	s := openStore(t, byURL(t), jetstream.StoreConfig{})
	record := core.Record{Key: "k", Value: content, Due: noon}
	for i := range 3 { // moved, and written without being moved
		record.Revision = put(t, s, record)[0]
		record.Revision = put(t, s, record)[0]
		wantSubjects(t, s, entries, 1)
		if keys := due(t, s, record.Due); !slices.Equal(keys, []string{"k"}) {
			t.Errorf("move %d: due %v", i, keys)
		}
		record.Due = record.Due.Add(time.Minute)
	}
	wantSubjects(t, s, timeSlices, 1) // Due has forgotten those that were left
	if gone := put(t, s, core.Record{Key: "k", Revision: record.Revision}); gone[0] != core.Deleted {
		t.Errorf("deleted: %q", gone)
	}
	wantSubjects(t, s, entries, 0)
	if keys := due(t, s, noon.Add(time.Hour)); len(keys) != 0 {
		t.Errorf("deleted, due %v", keys)
	}
	wantSubjects(t, s, timeSlices, 0)
}

// TestIndexIsChecked writes what a crash after a write may leave, and what no
// version of this program writes.
func TestIndexIsChecked(t *testing.T) {
	t.Parallel()
	conn := byURL(t)
	s := openStore(t, conn, jetstream.StoreConfig{})
	slice := fmt.Sprint(noon.Unix() / 10)
	at := "vodrefresh.store.due." + slice + "."
	stale := []string{
		at + fmt.Sprint(noon.UnixNano()-1) + ".aw",   // k was due a moment before
		at + fmt.Sprint(noon.UnixNano()) + ".Z29uZQ", // gone
		at + "x.aw",                                   // no time
		at + fmt.Sprint(noon.UnixNano()) + ".%",       // no key
		at + fmt.Sprint(noon.UnixNano()+5e9) + ".bGF", // later than asked for
		"vodrefresh.store.slice.x",                    // no slice
	}
	put(t, s, core.Record{Key: "k", Value: content, Due: noon})
	for _, subject := range stale {
		if _, err := conn.NATS().Request(subject, nil, time.Second); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if keys := due(t, s, noon); !slices.Equal(keys, []string{"k"}) {
			t.Errorf("due %v", keys)
		}
	}
	wantSubjects(t, s, entries, 4) // the two that look right and are not have been removed
}

// TestIndexIsWrittenOnBothSides: who lists what is due between the writing of an
// entry and that of its record removes the entry, by its sequence. Written once
// more after the record, and before its mark, it stays.
func TestIndexIsWrittenOnBothSides(t *testing.T) {
	t.Parallel()
	conn := byURL(t)
	s := openStore(t, conn, jetstream.StoreConfig{})
	put(t, s, core.Record{Key: "k", Value: content, Due: noon})
	sequence := func(subject string) uint64 {
		answer, err := conn.NATS().Request("$JS.API.STREAM.MSG.GET.vodrefresh_store", fmt.Appendf(nil, `{"last_by_subj":%q}`, subject), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var found struct {
			Message struct {
				Seq uint64 `json:"seq"`
			} `json:"message"`
		}
		if err := json.Unmarshal(answer.Data, &found); err != nil {
			t.Fatal(err)
		}
		return found.Message.Seq
	}
	record, entry, mark := sequence(s.BucketSubject("k")), sequence(entries), sequence(timeSlices)
	if record != 3 || entry != 4 || mark != 5 {
		t.Errorf("place, entry and mark are messages %d, %d and %d, want 3, 4 and 5", record, entry, mark)
	}
}

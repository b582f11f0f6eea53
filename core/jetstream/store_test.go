package jetstream_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

func put(t *testing.T, s *jetstream.Store, records ...core.Record) []string {
	t.Helper()
	revisions, err := s.Put(t.Context(), records)
	if err != nil {
		t.Fatal(err)
	}
	return revisions
}

func due(t *testing.T, s *jetstream.Store, before time.Time) (keys []string) {
	t.Helper()
	records, err := s.Due(t.Context(), "", before, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		keys = append(keys, r.Key)
	}
	return keys
}

func wantSubjects(t *testing.T, s *jetstream.Store, pattern string, want int) {
	t.Helper()
	subjects, err := s.Subjects(t.Context(), pattern)
	if err != nil || len(subjects) != want {
		t.Errorf("%d subjects %v match %s, %v, want %d", len(subjects), subjects, pattern, err, want)
	}
}

var (
	noon    = time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC)
	content = []byte("v")
)

const (
	entries    = "vodrefresh.store.due.>"
	timeSlices = "vodrefresh.store.slice.*"
)

func TestExpiryByTheGivenClock(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(noon)
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{Clock: now})), jetstream.StoreConfig{})
	record := core.Record{Key: "k", Value: content, Due: noon, Expires: noon.Add(time.Hour)}
	record.Revision = put(t, s, record)[0]
	got, err := s.Get(t.Context(), []string{"k"})
	if err != nil || !bytes.Equal(got[0].Value, content) || !got[0].Due.Equal(noon) || !got[0].Expires.Equal(record.Expires) || got[0].Revision != record.Revision {
		t.Errorf("got %+v, %v, want %+v", got, err, record)
	}
	now.Advance(time.Hour) // the server still has it
	if got, err := s.Get(t.Context(), []string{"k"}); err != nil || got[0].Revision != "" || got[0].Value != nil {
		t.Errorf("expired, got %+v, %v", got, err)
	}
	if keys := due(t, s, noon); len(keys) != 0 {
		t.Errorf("expired, due %v", keys)
	}
	if again := put(t, s, record)[0]; again != "" {
		t.Errorf("replaced an expired record: %q", again)
	}
	if created := put(t, s, core.Record{Key: "k", Value: content})[0]; created == "" {
		t.Error("could not create a record in the place of an expired one")
	}
}

func TestPutOfOddRevisions(t *testing.T) {
	t.Parallel()
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.StoreConfig{})
	if gone := put(t, s, core.Record{Key: "none"}); gone[0] != core.Deleted {
		t.Errorf("deleting what does not exist: %q", gone)
	}
	revision := put(t, s, core.Record{Key: "k", Value: content})[0]
	for _, odd := range []string{"x", "1", "0.", "1.x", "x.", core.Deleted, "99999."} {
		if got := put(t, s, core.Record{Key: "k", Value: content, Revision: odd}); got[0] != "" {
			t.Errorf("revision %q passes for %q", odd, revision)
		}
	}
	if kept := put(t, s, core.Record{Key: "k"}); kept[0] != "" {
		t.Errorf("deleting what must not exist, and does: %q", kept)
	}
	if gone := put(t, s, core.Record{Key: "k", Revision: revision}); gone[0] != core.Deleted {
		t.Errorf("deleting: %q", gone)
	}
	if created := put(t, s, core.Record{Key: "k", Value: []byte{}}); created[0] == "" {
		t.Error("could not create a record in the place of a deleted one")
	}
	if got, err := s.Get(t.Context(), []string{"k"}); err != nil || got[0].Value == nil || len(got[0].Value) != 0 {
		t.Errorf("got %+v, %v, want an empty value", got, err)
	}
}

func TestIndexFollowsTheRecord(t *testing.T) {
	t.Parallel()
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.StoreConfig{})
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
	conn := inProcess(t, startServer(t, jetstream.Config{}))
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

func TestDueInManySlices(t *testing.T) {
	t.Parallel()
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.StoreConfig{})
	const count = 400 // more than fit in a batch with their entries
	records, want := make([]core.Record, count), make([]string, count)
	for i := range records {
		want[i] = fmt.Sprintf("k%03d", i)
		records[count-1-i] = core.Record{Key: want[i], Value: content, Due: noon.Add(time.Duration(i) * time.Second)}
	}
	records[7].Due = time.Unix(-5, 0) // long ago
	want = slices.Insert(slices.DeleteFunc(want, func(k string) bool { return k == records[7].Key }), 0, records[7].Key)
	if revisions := put(t, s, records...); slices.Contains(revisions, "") {
		t.Errorf("revisions %v", revisions)
	}
	if keys := due(t, s, noon.Add(time.Hour)); !slices.Equal(keys, want) {
		t.Errorf("due %v, want %v", keys, want)
	}
	some, err := s.Due(t.Context(), "k00", noon.Add(time.Hour), 3)
	if err != nil || len(some) != 3 || some[2].Key != "k002" {
		t.Errorf("due %v, %v", some, err)
	}
	if none, err := s.Due(t.Context(), "", noon, 0); len(none) != 0 || err != nil {
		t.Errorf("due %v, %v", none, err)
	}
}

func TestPutTogetherWithConflicts(t *testing.T) {
	t.Parallel()
	for _, count := range []int{10, 100} { // apart, and as a batch
		s := openStore(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.StoreConfig{})
		records := make([]core.Record, count)
		for i := range records {
			records[i] = core.Record{Key: fmt.Sprint(i), Value: content}
		}
		put(t, s, records[3])
		put(t, s, core.Record{Key: "5", Revision: put(t, s, records[5])[0]})
		for i, revision := range put(t, s, records...) {
			if (revision == "") != (i == 3) {
				t.Errorf("%d at once: revision %d is %q", count, i, revision)
			}
		}
	}
}

func TestFullStore(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	s := openStore(t, conn, jetstream.StoreConfig{MaxBytes: 1000})
	revision := put(t, s, core.Record{Key: "a", Value: make([]byte, 400)})[0]
	_, err := s.Put(t.Context(), []core.Record{{Key: "b", Value: make([]byte, 700)}})
	wantError(t, err, core.Unavailable, "maximum bytes exceeded")
	_, err = s.Put(t.Context(), []core.Record{{Key: "b", Value: make([]byte, 400)}, {Key: "c", Value: make([]byte, 400)}})
	wantError(t, err, core.Unavailable, "maximum bytes exceeded")
	_, err = s.Put(t.Context(), []core.Record{{Key: "c", Value: make([]byte, 700), Due: noon}})
	wantError(t, err, core.Unavailable)
	if gone := put(t, s, core.Record{Key: "a", Revision: revision})[0]; gone != core.Deleted {
		t.Error("nothing can be deleted in a full store")
	}
	larger := openStore(t, conn, jetstream.StoreConfig{MaxBytes: 10_000})
	put(t, larger, core.Record{Key: "c", Value: make([]byte, 700)})
}

func TestStoreConfiguration(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	_, err := jetstream.OpenStore(t.Context(), conn, jetstream.StoreConfig{Name: "*", MaxBytes: -1})
	wantError(t, err, core.Invalid, "Name: must be", "MaxBytes: must be")
}

func TestClosedStore(t *testing.T) {
	t.Parallel()
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.StoreConfig{})
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	_, errGet := s.Get(t.Context(), []string{"a"})
	_, errPut := s.Put(t.Context(), []core.Record{{Key: "a"}})
	_, errDue := s.Due(t.Context(), "", noon, 1)
	for _, err := range []error{errGet, errPut, errDue} {
		wantError(t, err, core.Unavailable, "the store is closed")
	}
}

// TestIndexIsWrittenOnBothSides: who lists what is due between the writing of an
// entry and that of its record removes the entry, by its sequence. Written once
// more after the record, and before its mark, it stays.
func TestIndexIsWrittenOnBothSides(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
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

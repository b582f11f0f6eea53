package jetstream_test

import (
	"bytes"
	"crypto/rand"
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

// conns are connections to servers of both kinds: embedded, and of others.
func conns(t *testing.T) map[string]*jetstream.Conn {
	t.Helper()
	return map[string]*jetstream.Conn{"embedded": inProcess(t, startServer(t, jetstream.Config{})), "by URL": byURL(t)}
}

// byURL is a connection to a server that listens, as one of a cluster does.
func byURL(t *testing.T) *jetstream.Conn {
	t.Helper()
	port := freePort(t)
	listening(t, port, nil)
	return connect(t, fmt.Sprintf("nats://127.0.0.1:%d", port), jetstream.Options{})
}

// stores are stores of both kinds.
func stores(t *testing.T) map[string]*jetstream.Store {
	t.Helper()
	all := map[string]*jetstream.Store{}
	for name, conn := range conns(t) {
		all[name] = openStore(t, conn, jetstream.StoreConfig{})
	}
	return all
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

var (
	noon    = time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC)
	content = []byte("v")
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
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			oddRevisions(t, s)
		})
	}
}

func oddRevisions(t *testing.T, s *jetstream.Store) {
	t.Helper()
	if gone := put(t, s, core.Record{Key: "none"}); gone[0] != core.Deleted {
		t.Errorf("deleting what does not exist: %q", gone)
	}
	revision := put(t, s, core.Record{Key: "k", Value: content})[0]
	for _, odd := range []string{"x", "1", "0.", "1.x", "x.", core.Deleted, "99999.", "99999..", "1..!", "1.!.", "0..", ".."} {
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

func TestManyAreDue(t *testing.T) {
	t.Parallel()
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			manyAreDue(t, s)
		})
	}
}

func manyAreDue(t *testing.T, s *jetstream.Store) {
	t.Helper()
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
	for name, s := range stores(t) {
		const count = 100
		records := make([]core.Record, count)
		for i := range records {
			records[i] = core.Record{Key: fmt.Sprint(i), Value: content}
		}
		put(t, s, records[3])
		put(t, s, core.Record{Key: "5", Revision: put(t, s, records[5])[0]})
		for i, revision := range put(t, s, records...) {
			if (revision == "") != (i == 3) {
				t.Errorf("%s: revision %d is %q", name, i, revision)
			}
		}
	}
}

func TestFullStore(t *testing.T) {
	t.Parallel()
	for name, conn := range conns(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fullStore(t, conn)
		})
	}
}

func fullStore(t *testing.T, conn *jetstream.Conn) {
	t.Helper()
	s := openStore(t, conn, jetstream.StoreConfig{MaxBytes: 1000})
	revision := put(t, s, core.Record{Key: "a", Value: noise(400)})[0]
	_, err := s.Put(t.Context(), []core.Record{{Key: "b", Value: noise(700)}})
	wantError(t, err, core.Unavailable, "maximum bytes exceeded")
	_, err = s.Put(t.Context(), []core.Record{{Key: "b", Value: noise(400)}, {Key: "c", Value: noise(400)}})
	wantError(t, err, core.Unavailable, "maximum bytes exceeded")
	_, err = s.Put(t.Context(), []core.Record{{Key: "c", Value: noise(700), Due: noon}})
	wantError(t, err, core.Unavailable)
	if gone := put(t, s, core.Record{Key: "a", Revision: revision})[0]; gone != core.Deleted {
		t.Error("nothing can be deleted in a full store")
	}
	larger := openStore(t, conn, jetstream.StoreConfig{MaxBytes: 10_000})
	put(t, larger, core.Record{Key: "c", Value: noise(700)})
}

// noise is bytes that cannot be compressed.
func noise(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.Read(data) // never fails
	return data
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

package jetstream_test

import (
	"fmt"
	"os"
	"path/filepath"
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
			port := freePort(t)
			listening(t, port, nil)
			conn, err := jetstream.Connect(t.Context(), fmt.Sprintf("nats://127.0.0.1:%d", port), jetstream.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			s := openStore(t, conn, jetstream.StoreConfig{})
			for subject, data := range map[string][]byte{s.PageSubject(): test.page, s.BucketSubject("k"): test.bucket(s)} {
				if _, err := conn.NATS().Request(subject, data, time.Second); err != nil {
					t.Fatal(err)
				}
			}
			_, err = s.Get(t.Context(), []string{"k"})
			wantError(t, err, core.Internal, test.says)
		})
	}
}

// TestLostPageIsOneRecord: a crash of the machine may leave an index that names a
// page which was not on the disk yet, or whose number another page has now. It
// must not stop what is read and listed with it, nor the record from being made anew.
func TestLostPageIsOneRecord(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]uint64{"gone": 99, "of others": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := inProcess(t, startServer(t, jetstream.Config{}))
			s := openStore(t, conn, jetstream.StoreConfig{})
			other := core.Record{Key: "other", Value: content, Due: noon}
			put(t, s, other, core.Record{Key: "k", Value: content, Due: noon})
			if _, err := conn.NATS().Request(s.BucketSubject("k"), s.BucketNaming("k", page), time.Second); err != nil {
				t.Fatal(err)
			}
			got, err := s.Get(t.Context(), []string{"k", "other"})
			if err != nil || got[0].Revision != "" || got[1].Revision == "" {
				t.Errorf("got %+v, %v, want other alone", got, err)
			}
			if keys := due(t, s, noon); !slices.Equal(keys, []string{"other"}) {
				t.Errorf("due %v, want other alone", keys)
			}
			if created := put(t, s, core.Record{Key: "k", Value: content, Due: noon})[0]; created == "" {
				t.Error("the lost record cannot be made anew")
			}
			if keys := due(t, s, noon); !slices.Equal(keys, []string{"k", "other"}) {
				t.Errorf("due %v, want both", keys)
			}
		})
	}
}

// TestReadsGoToTheLeader, never to a replica that lags: the one server of a process
// answers by itself, and several do not.
func TestReadsGoToTheLeader(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	listening(t, port, nil)
	one := inProcess(t, startServer(t, jetstream.Config{}))
	cluster := connect(t, fmt.Sprintf("nats://127.0.0.1:%d", port), jetstream.Options{})
	for conn, want := range map[*jetstream.Conn]bool{one: true, cluster: false} {
		openStore(t, conn, jetstream.StoreConfig{})
		for _, stream := range []string{"vodrefresh_store", "vodrefresh_page"} {
			if _, err := conn.NATS().Request("$JS.API.DIRECT.GET."+stream, nil, time.Second); (err == nil) != want {
				t.Errorf("direct reads of %s: %v, want them: %t", stream, err, want)
			}
		}
	}
}

func wantPages(t *testing.T, s *jetstream.Store, want uint64) {
	t.Helper()
	if got, err := s.Pages(t.Context()); err != nil || got != want {
		t.Errorf("%d pages, %v, want %d", got, err, want)
	}
}

// TestPagesAreRemoved when nothing in them is in use any more.
func TestPagesAreRemoved(t *testing.T) {
	t.Parallel()
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.StoreConfig{})
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

// TestBlocksAreSmall: the server reads whole ones, and keeps them in memory.
func TestBlocksAreSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{Dir: dir})), jetstream.StoreConfig{})
	records := make([]core.Record, 10<<20/core.MaxValue)
	for i := range records {
		records[i] = core.Record{Key: fmt.Sprint(i), Value: make([]byte, core.MaxValue)}
	}
	put(t, s, records...)
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "vodrefresh_page", "msgs", "*.blk"))
	if err != nil || len(blocks) < 3 {
		t.Fatalf("10 MiB are in the blocks %v, %v, want 3 at least", blocks, err)
	}
	for _, block := range blocks {
		if info, err := os.Stat(block); err != nil || info.Size() > 4<<20 {
			t.Errorf("block %s: %v, %v, want 4 MiB at most", block, info, err)
		}
	}
}

// TestBucketsAreShared by records whose writers do not know of each other.
func TestBucketsAreShared(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
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

package jetstream_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// TestBlocksAreSmall: the server reads whole ones, and keeps them in memory.
func TestBlocksAreSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{Dir: dir})), jetstream.StoreConfig{})
	records := make([]core.Record, 10<<20/core.MaxValue)
	for i := range records {
		records[i] = core.Record{Key: fmt.Sprint(i), Value: noise(core.MaxValue)}
	}
	put(t, s, records...)
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "vodrefresh_log", "msgs", "*.blk"))
	if err != nil || len(blocks) < 3 {
		t.Fatalf("10 MiB are in the blocks %v, %v, want 3 at least", blocks, err)
	}
	for _, block := range blocks {
		if info, err := os.Stat(block); err != nil || info.Size() > 4<<20 {
			t.Errorf("block %s: %v, %v, want 4 MiB at most", block, info, err)
		}
	}
}

// TestAnEarlierStoreIsRefused: it is neither read nor written over.
func TestAnEarlierStoreIsRefused(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), freePort(t)
	s, err := jetstream.StartListening(t.Context(), jetstream.Config{Dir: dir}, port, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, fmt.Sprintf("nats://127.0.0.1:%d", port), jetstream.Options{})
	put(t, openStore(t, conn, jetstream.StoreConfig{}), core.Record{Key: "k", Value: content})
	if err := errors.Join(conn.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s := startServer(t, jetstream.Config{Dir: dir})
		conn := inProcess(t, s)
		_, err = jetstream.OpenStore(t.Context(), conn, jetstream.StoreConfig{})
		wantError(t, err, core.Invalid, "open stream vodrefresh_page", "of an earlier version")
		openStore(t, conn, jetstream.StoreConfig{Name: "another"})
		if err := errors.Join(conn.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAStoreIsOpenedAgain, with what it had, by whoever opens it, and each has its own name.
func TestAStoreIsOpenedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var revisions []string
	for round := range 3 {
		server := startServer(t, jetstream.Config{Dir: dir})
		one, other := inProcess(t, server), inProcess(t, server)
		s := openStore(t, one, jetstream.StoreConfig{})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openStore(t, other, jetstream.StoreConfig{})
		if got, err := openStore(t, one, jetstream.StoreConfig{Name: "another"}).Get(t.Context(), []string{"0"}); err != nil || got[0].Revision != "" {
			t.Errorf("another store has %+v, %v", got, err)
		}
		for i, want := range revisions {
			got, err := s.Get(t.Context(), []string{fmt.Sprint(i)})
			if err != nil || got[0].Revision != want || !got[0].Due.Equal(noon) {
				t.Errorf("round %d: record %d is %+v, %v, want revision %q", round, i, got, err, want)
			}
		}
		revisions = append(revisions, put(t, s, core.Record{Key: fmt.Sprint(round), Value: content, Due: noon})...)
		if keys := due(t, s, noon); !slices.Equal(keys, []string{"0", "1", "2"}[:round+1]) {
			t.Errorf("round %d: due %v", round, keys)
		}
		if err := errors.Join(one.Close(), other.Close(), server.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestADamagedLogIsAnError, and stays one.
func TestADamagedLogIsAnError(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	if err := conn.OpenLog(t.Context(), jetstream.DefaultName); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.NATS().Request("vodrefresh.log", []byte("garbage"), time.Second); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := jetstream.OpenStore(t.Context(), conn, jetstream.StoreConfig{})
		wantError(t, err, core.Internal, "the stored page 1 cannot be read")
	}
}

// TestOthersWriteToTheLog: what is there that nobody here knows is read before
// anything else is written.
func TestOthersWriteToTheLog(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	s := openStore(t, conn, jetstream.StoreConfig{})
	put(t, s, core.Record{Key: "a", Value: content})
	if _, err := conn.NATS().Request("vodrefresh.log", []byte("garbage"), time.Second); err != nil {
		t.Fatal(err)
	}
	_, err := s.Put(t.Context(), []core.Record{{Key: "b", Value: content}})
	wantError(t, err, core.Internal, "the stored page 2 cannot be read")
	if got, err := s.Get(t.Context(), []string{"a"}); err != nil || got[0].Revision == "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestTheFilesDoNotGrow: what is replaced is removed from them, and what is kept is
// there when they are opened again.
func TestTheFilesDoNotGrow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, jetstream.Config{Dir: dir})
	conn := inProcess(t, server)
	s := openStore(t, conn, jetstream.StoreConfig{})
	kept := core.Record{Key: "kept", Value: noise(1000), Due: noon}
	kept.Revision = put(t, s, kept)[0]
	const rounds, each, most = 220, 16, 100 << 20
	changing := make([]core.Record, each)
	for range rounds {
		for i := range changing {
			changing[i].Key, changing[i].Value = fmt.Sprint(i), noise(core.MaxValue)
		}
		for i, revision := range put(t, s, changing...) {
			changing[i].Revision = revision
		}
	}
	size := int64(0)
	for _, name := range files(t, filepath.Join(dir, "jetstream", "$G", "streams", "vodrefresh_log"), "[0-9]*.blk") {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	if size > most {
		t.Errorf("%d MiB were written, and the files have %d MiB", rounds*each*core.MaxValue>>20, size>>20)
	}
	if err := errors.Join(conn.Close(), server.Close()); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, inProcess(t, startServer(t, jetstream.Config{Dir: dir})), jetstream.StoreConfig{})
	for _, want := range slices.Concat(changing, []core.Record{kept}) {
		got, err := s.Get(t.Context(), []string{want.Key})
		if err != nil || got[0].Revision != want.Revision || !bytes.Equal(got[0].Value, want.Value) {
			t.Errorf("record %s has revision %q, %v, want %q", want.Key, got[0].Revision, err, want.Revision)
		}
	}
	if keys := due(t, s, noon); !slices.Equal(keys, []string{"kept"}) {
		t.Errorf("due %v", keys)
	}
}

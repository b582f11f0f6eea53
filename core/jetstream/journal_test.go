package jetstream_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// erase removes a message from the middle of the log, as nobody does.
func erase(t *testing.T, conn *jetstream.Conn, sequence int) {
	t.Helper()
	body := fmt.Sprintf(`{"seq":%d}`, sequence)
	if _, err := conn.NATS().Request("$JS.API.STREAM.MSG.DELETE.vodrefresh_log", []byte(body), time.Second); err != nil {
		t.Fatal(err)
	}
}

// TestAMessageThatIsNotFound: the server does not say whether it was removed or
// cannot be read, so it is not taken for a record that does not exist.
func TestAMessageThatIsNotFound(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	s := openStore(t, conn, jetstream.StoreConfig{})
	for _, key := range []string{"a", "b", "c"} {
		put(t, s, core.Record{Key: key, Value: content, Due: noon})
	}
	erase(t, conn, 2)
	_, errGet := s.Get(t.Context(), []string{"b"})
	_, errPut := s.Put(t.Context(), []core.Record{{Key: "b", Value: content}})
	_, errDue := s.Due(t.Context(), "", noon, 9)
	for _, err := range []error{errGet, errPut, errDue} {
		wantError(t, err, core.Unavailable, "does not find message 2 of stream vodrefresh_log")
	}
	if got, err := s.Get(t.Context(), []string{"a", "c"}); err != nil || got[0].Revision == "" || got[1].Revision == "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestWhatIsMarkedIsMissed: what was lost before it was on the disk does not exist
// from then on; of what was, nothing may be lost.
func TestWhatIsMarkedIsMissed(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), clock.NewFake(noon)
	again := func(sequence int) error {
		server, err := jetstream.Start(t.Context(), jetstream.Config{Dir: dir, Clock: now})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := server.Connect()
		if err != nil {
			t.Fatal(err)
		}
		s, opened := jetstream.OpenStore(t.Context(), conn, jetstream.StoreConfig{})
		if opened == nil {
			for i := range 4 {
				key := fmt.Sprint(sequence, i)
				put(t, s, core.Record{Key: key, Value: content})
				if got, err := s.Get(t.Context(), []string{key}); err != nil || got[0].Revision == "" {
					t.Errorf("got %+v, %v", got, err)
				}
			}
			erase(t, conn, sequence)
		}
		if err := errors.Join(conn.Close(), server.Close()); err != nil {
			t.Fatal(err)
		}
		return opened
	}
	if err := errors.Join(again(2), again(6), again(1)); err != nil {
		t.Fatal(err) // 2 and 6 were not marked, and 1 cannot be told from what was removed
	}
	err := again(7) // when 1 was there, it was marked
	wantError(t, err, core.Internal, "message 1 is gone")
	overwrite(t, filepath.Join(dir, "vodrefresh_log.json"), []byte("garbage"))
	wantError(t, again(7), core.Internal, "vodrefresh_log.json cannot be read")
	if err := os.Remove(filepath.Join(dir, "vodrefresh_log.json")); err != nil {
		t.Fatal(err)
	}
	if err := again(7); err != nil {
		t.Error(err)
	}
	wantError(t, again(7), core.Internal, "message 7 is gone")
}

// TestTheServerCannotWrite any more: it says why, and later does not wait for an
// answer that does not come.
func TestTheServerCannotWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, inProcess(t, startServer(t, jetstream.Config{Dir: dir})), jetstream.StoreConfig{})
	put(t, s, core.Record{Key: "a", Value: content})
	if err := os.Rename(logFiles(dir), logFiles(dir)+".away"); err != nil {
		t.Fatal(err)
	}
	var err error
	for i := 0; err == nil && i < 200; i++ { // until it needs another file
		_, err = s.Put(t.Context(), []core.Record{{Key: fmt.Sprint(i), Value: noise(core.MaxValue)}})
	}
	wantError(t, err, core.Unavailable, "put: the NATS server is not well", "no such file")
	begun := time.Now()
	for range 100 {
		_, err := s.Put(t.Context(), []core.Record{{Key: "b", Value: content}})
		wantError(t, err, core.Unavailable, "the NATS server is not well")
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("100 writes failed within %s: they waited", took)
	}
	if err := os.Rename(logFiles(dir)+".away", logFiles(dir)); err != nil {
		t.Fatal(err)
	}
}

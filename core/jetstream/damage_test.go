package jetstream_test

import (
	"cmp"
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

// crashed is the folder of a server that was killed a moment after it had stored the
// last of 200 records of 64 KiB, in four blocks.
func crashed(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	now := clock.NewFake(noon)
	server := startServer(t, jetstream.Config{Dir: dir, Clock: now})
	conn := inProcess(t, server)
	s := openStore(t, conn, jetstream.StoreConfig{})
	for i := range damaged {
		if i == damaged-1 {
			now.Advance(time.Minute)
		}
		put(t, s, core.Record{Key: fmt.Sprint(i), Value: noise(core.MaxValue)})
	}
	if err := errors.Join(conn.Close(), server.Close(), os.Remove(filepath.Join(dir, "files.json"))); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(logFiles(dir), "index.db")) // written when a server is closed, or now and then
	return dir
}

const damaged = 200

func logFiles(dir string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", "vodrefresh_log", "msgs")
}

// TestADamagedBlockIsAnError, also after a crash: the server cuts off what it cannot
// read, without a word.
func TestADamagedBlockIsAnError(t *testing.T) {
	t.Parallel()
	flip := func(name string) error {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		data[len(data)/2] ^= 1
		return os.WriteFile(name, data, 0o600) //nolint:gosec // the test's own folder
	}
	half := func(name string) error {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		return os.Truncate(name, info.Size()/2)
	}
	empty := func(name string) error { return os.Truncate(name, 0) }
	for what, damage := range map[string]func(string) error{"one bit": flip, "half of it": half, "all of it": empty, "the file": os.Remove} {
		for _, which := range []string{"1.blk", "2.blk", "4.blk", ""} {
			if which == "" && what != "the file" {
				continue
			}
			t.Run(what+" of "+cmp.Or(which, "all"), func(t *testing.T) {
				t.Parallel()
				dir := crashed(t)
				err := os.RemoveAll(filepath.Join(dir, "jetstream", "$G", "streams", "vodrefresh_log"))
				if which != "" {
					dir = crashed(t)
					err = damage(filepath.Join(logFiles(dir), which))
				}
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // and it stays an error
					wantDamage(t, dir)
				}
				if err := os.Remove(filepath.Join(dir, "vodrefresh_log.json")); err != nil {
					t.Fatal(err)
				}
				openStore(t, inProcess(t, startServer(t, jetstream.Config{Dir: dir})), jetstream.StoreConfig{})
			})
		}
	}
}

func wantDamage(t *testing.T, dir string) {
	t.Helper()
	server, err := jetstream.Start(t.Context(), jetstream.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	_, err = jetstream.OpenStore(t.Context(), conn, jetstream.StoreConfig{})
	wantError(t, err, core.Internal, "its files are damaged", "is gone", filepath.Join(dir, "vodrefresh_log.json"))
	if err := errors.Join(conn.Close(), server.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestTheLatestMayBeLost: what was stored a moment before a crash was perhaps not on
// the disk yet.
func TestTheLatestMayBeLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, jetstream.Config{Dir: dir})
	conn := inProcess(t, server)
	s := openStore(t, conn, jetstream.StoreConfig{})
	put(t, s, core.Record{Key: "a", Value: content})
	if err := errors.Join(conn.Close(), server.Close(), os.Remove(filepath.Join(dir, "files.json")), os.Truncate(filepath.Join(logFiles(dir), "1.blk"), 20)); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, inProcess(t, startServer(t, jetstream.Config{Dir: dir})), jetstream.StoreConfig{})
	if got, err := s.Get(t.Context(), []string{"a"}); err != nil || got[0].Revision != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	put(t, s, core.Record{Key: "a", Value: content})
}

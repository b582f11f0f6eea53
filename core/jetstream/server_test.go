package jetstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// filled is a folder of a server that was closed with messages in its queue.
func filled(t *testing.T, count int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s, err := jetstream.Start(t.Context(), jetstream.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	q := openQueue(t, conn, jetstream.QueueConfig{})
	if err := q.Enqueue(t.Context(), messages(count)); err != nil {
		t.Fatal(err)
	}
	put(t, openStore(t, conn, jetstream.StoreConfig{}), core.Record{Key: "k", Value: content})
	if err := errors.Join(q.Close(), conn.Close(), conn.Close(), s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// messages are of about 300 bytes each, as JSON.
func messages(count int) []core.Message {
	all := make([]core.Message, count)
	for i := range all {
		all[i] = core.Message{Version: core.MessageVersion, Task: core.Task{
			Provider: "aliyun", Target: core.Media, ID: fmt.Sprintf("%032d", i),
			Options: core.Options{TaskType: core.Refresh}, Event: "TranscodeComplete", EventTime: time.Unix(1_760_000_000, 0).UTC(),
		}, Received: time.Unix(1_760_000_001, 0).UTC()}
	}
	return all
}

// wantError is an error of a kind that says some words.
func wantError(t *testing.T, err error, kind core.Kind, words ...string) {
	t.Helper()
	if core.KindOf(err) != kind {
		t.Errorf("error %v is %q, want %q", err, core.KindOf(err), kind)
	}
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("error %v does not say %q", err, w)
		}
	}
}

// files are those below a folder whose names match.
func files(t *testing.T, dir, pattern string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if ok, _ := filepath.Match(pattern, filepath.Base(path)); ok {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s in %s: %v", pattern, dir, err)
	}
	return found
}

func overwrite(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil { //nolint:gosec // the test's own folder
		t.Fatal(err)
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	t.Parallel()
	dir := filled(t, 100)
	for range 3 {
		s, err := jetstream.Start(t.Context(), jetstream.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		conn := inProcess(t, s)
		d, err := openQueue(t, conn, jetstream.QueueConfig{}).Depth(t.Context())
		if err != nil || d != (core.Depth{Ready: 100}) {
			t.Errorf("depth %+v, %v", d, err)
		}
		if err := errors.Join(conn.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamageIsAnError(t *testing.T) {
	t.Parallel()
	spoil := func(t *testing.T, name string) {
		t.Helper()
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		copy(data[len(data)/2:], "garbage!")
		overwrite(t, name, data)
	}
	crash := func(t *testing.T, dir string) { // as if nobody had closed the server
		t.Helper()
		if err := os.Remove(filepath.Join(dir, "files.json")); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		damage func(t *testing.T, dir string)
		says   string
	}{
		"configuration": {func(t *testing.T, dir string) { t.Helper(); spoil(t, files(t, dir, "meta.inf")[0]) }, "meta.inf is damaged"},
		"messages": {func(t *testing.T, dir string) {
			t.Helper()
			for _, name := range files(t, dir, "[0-9]*.blk") {
				spoil(t, name)
			}
		}, ".blk is damaged"},
		"messages are gone": {func(t *testing.T, dir string) {
			t.Helper()
			for _, name := range files(t, dir, "[0-9]*.blk") {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
		}, ".blk cannot be read"},
		"the witness": {func(t *testing.T, dir string) {
			t.Helper()
			overwrite(t, filepath.Join(dir, "files.json"), []byte("garbage"))
		}, "files.json cannot be read"},
		"configuration, after a crash": {func(t *testing.T, dir string) {
			t.Helper()
			spoil(t, files(t, dir, "meta.inf")[0])
			crash(t, dir)
		}, "could not be recovered"},
		"checksum, after a crash": {func(t *testing.T, dir string) {
			t.Helper()
			spoil(t, files(t, dir, "meta.sum")[0])
			crash(t, dir)
		}, "could not be recovered"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filled(t, 100)
			test.damage(t, dir)
			for range 2 { // and it stays an error
				s, err := jetstream.Start(t.Context(), jetstream.Config{Dir: dir})
				wantError(t, err, core.Internal, dir, test.says)
				if err == nil {
					_ = s.Close()
				}
			}
		})
	}
}

func TestFolderCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	overwrite(t, file, nil)
	blocked := t.TempDir()
	if err := os.Mkdir(filepath.Join(blocked, "lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	used := t.TempDir()
	startServer(t, jetstream.Config{Dir: used})
	half := t.TempDir()
	overwrite(t, filepath.Join(half, "jetstream"), nil)
	tests := map[string]struct {
		dir  string
		kind core.Kind
		says string
	}{
		"no folder":       {"", core.Invalid, "Dir: must be a folder"},
		"a file":          {file, core.Invalid, "cannot be made"},
		"below a file":    {filepath.Join(file, "dir"), core.Invalid, "cannot be made"},
		"no lock":         {blocked, core.Invalid, "cannot be written to"},
		"used":            {used, core.Invalid, "another process uses it"},
		"no server's own": {half, core.Unavailable, "not a directory"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := jetstream.Start(t.Context(), jetstream.Config{Dir: test.dir})
			wantError(t, err, test.kind, test.says)
		})
	}
}

func TestStartIsGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	_, err := jetstream.Start(ctx, jetstream.Config{Dir: dir})
	wantError(t, err, core.Unavailable, "given up")
	startServer(t, jetstream.Config{Dir: dir}) // it is free again
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := startServer(t, jetstream.Config{})
	if err := s.Health(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wantError(t, s.Health(), core.Internal, "not well")
	_, err := s.Connect()
	wantError(t, err, core.Unavailable)
}

func TestServerLogs(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := jetstream.Start(t.Context(), jetstream.Config{Dir: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "Server is ready") {
		t.Errorf("the log does not say that the server is ready:\n%s", text.String())
	}
}

// TestCloseLeavesNothing is not parallel to others: it counts goroutines.
func TestCloseLeavesNothing(t *testing.T) { //nolint:paralleltest // it counts goroutines
	count := func() int { runtime.GC(); return runtime.NumGoroutine() }
	before := count()
	filled(t, 100)
	deadline := time.Now().Add(10 * time.Second)
	for count() > before && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	if after := count(); after > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after:\n%s", before, after, stacks[:runtime.Stack(stacks, true)])
	}
}

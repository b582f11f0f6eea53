package jetstream_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// killed is the folder of a server that was killed when 20 messages were in its queue
// and 20 were dead, and before any was done with.
func killed(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	server := startServer(t, jetstream.Config{Dir: dir})
	conn := inProcess(t, server)
	q := openQueue(t, conn, jetstream.QueueConfig{})
	for range 2 { // the second overwrites the mark of the first
		if err := q.Enqueue(t.Context(), messages(20)); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if err := q.Settle(t.Context(), []core.Settlement{{Delivery: receive(t, q, 1)[0], Dead: "no use"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(q.Close(), conn.Close(), server.Close(), os.Remove(filepath.Join(dir, "files.json"))); err != nil {
		t.Fatal(err)
	}
	for _, stream := range []string{"vodrefresh_queue", "vodrefresh_dead"} {
		_ = os.Remove(filepath.Join(blocks(dir, stream), "index.db")) // written when a server is closed, or now and then
	}
	return dir
}

func blocks(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream, "msgs")
}

// reopen opens the queue in a folder.
func reopen(t *testing.T, dir string) error {
	t.Helper()
	server, err := jetstream.Start(t.Context(), jetstream.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	q, err := jetstream.OpenQueue(t.Context(), conn, jetstream.QueueConfig{})
	if err == nil {
		err = q.Close()
	}
	if closed := errors.Join(conn.Close(), server.Close()); closed != nil {
		t.Fatal(closed)
	}
	return err
}

// TestADamagedQueueIsAnError, also after a crash: what was accepted is gone.
func TestADamagedQueueIsAnError(t *testing.T) {
	t.Parallel()
	for what, damage := range map[string]func(string) error{
		"a bit": func(name string) error {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			data[len(data)/4] ^= 1
			return os.WriteFile(name, data, 0o600) //nolint:gosec // the test's own folder
		},
		"the end":  func(name string) error { return os.Truncate(name, 300) },
		"all":      func(name string) error { return os.Truncate(name, 0) },
		"the file": os.Remove,
		"the stream": func(name string) error {
			return os.RemoveAll(filepath.Dir(filepath.Dir(name)))
		},
	} {
		for _, stream := range []string{"vodrefresh_queue", "vodrefresh_dead"} {
			t.Run(fmt.Sprint(what, " of ", stream), func(t *testing.T) {
				t.Parallel()
				dir := killed(t)
				if err := damage(filepath.Join(blocks(dir, stream), "1.blk")); err != nil {
					t.Fatal(err)
				}
				marks := filepath.Join(dir, stream+".json")
				for range 2 { // and it stays an error
					wantError(t, reopen(t, dir), core.Internal, stream, "its files are damaged", "is gone", marks)
				}
				if err := os.Remove(marks); err != nil {
					t.Fatal(err)
				}
				if err := reopen(t, dir); err != nil {
					t.Errorf("without the mark: %v", err)
				}
			})
		}
	}
}

// What was done with is not missed, nor is what a crash of the machine has left of the
// mark.
func TestAKilledQueueIsIntact(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(dir string) error{
		"as it was": func(string) error { return nil },
		"an older mark": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "vodrefresh_queue.json"), []byte(`{"last":                   3}`), 0o600)
		},
		"none": func(dir string) error { return os.Remove(filepath.Join(dir, "vodrefresh_queue.json")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := killed(t)
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			if err := reopen(t, dir); err != nil {
				t.Fatal(err)
			}
			q := openQueue(t, inProcess(t, startServer(t, jetstream.Config{Dir: dir})), jetstream.QueueConfig{})
			var all []core.Delivery
			for len(all) < 20 {
				all = append(all, receive(t, q, 20)...)
			}
			for _, d := range all {
				if err := q.Settle(t.Context(), []core.Settlement{{Delivery: d}}); err != nil {
					t.Fatal(err)
				}
			}
			wantDepth(t, q, core.Depth{Dead: 20})
		})
	}
}

// An unreadable mark is an error: it names the file.
func TestAnUnreadableMarkIsAnError(t *testing.T) {
	t.Parallel()
	dir := killed(t)
	marks := filepath.Join(dir, "vodrefresh_queue.json")
	if err := os.WriteFile(marks, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantError(t, reopen(t, dir), core.Internal, marks, "cannot be read")
}

// A mark that cannot be written is an error: the message is not accepted.
func TestWithoutAMarkNothingIsAccepted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := openQueue(t, inProcess(t, startServer(t, jetstream.Config{Dir: dir})), jetstream.QueueConfig{})
	if err := os.Mkdir(filepath.Join(dir, "vodrefresh_queue.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	wantError(t, q.Enqueue(t.Context(), messages(1)), core.Unavailable, "not marked as synced")
}

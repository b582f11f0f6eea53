package engine_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
)

// use puts something into the queue and the store and takes it out again.
func use(t *testing.T, e *engine.Engine) {
	t.Helper()
	if e.Queue != nil {
		put(t, e.Queue)
		got, err := e.Queue.Receive(t.Context(), 1, 10*time.Second)
		if err != nil || len(got) != 1 || got[0].Message.Task.ID != "m" {
			t.Fatalf("received %+v, %v", got, err)
		}
		if err := e.Queue.Settle(t.Context(), []core.Settlement{{Delivery: got[0]}}); err != nil {
			t.Error(err)
		}
	}
	if e.Store != nil {
		key := rand.Text() // other tests use the same server
		revisions, err := e.Store.Put(t.Context(), []core.Record{{Key: key, Value: []byte("v")}})
		if err != nil || revisions[0] == "" {
			t.Fatalf("put: %q, %v", revisions, err)
		}
		if found, err := e.Store.Get(t.Context(), []string{key}); err != nil || string(found[0].Value) != "v" {
			t.Errorf("got %+v, %v", found, err)
		}
	}
}

// put enqueues a message about the media m.
func put(t *testing.T, q core.Queue) {
	t.Helper()
	task := core.Task{Provider: events.Aliyun, Target: core.Media, ID: "m", Options: core.Options{TaskType: core.Refresh}}
	if err := q.Enqueue(t.Context(), []core.Message{core.NewMessage(task, time.Now())}); err != nil {
		t.Fatal(err)
	}
}

// end closes engines, twice, and sees to it that nothing is open any more.
func end(t *testing.T, e *engine.Engine) {
	t.Helper()
	for range 2 {
		if err := e.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	if e.Queue != nil {
		if _, err := e.Queue.Depth(t.Context()); core.KindOf(err) != core.Unavailable {
			t.Errorf("the queue is still open: %v", err)
		}
	}
	if e.Store != nil {
		if _, err := e.Store.Get(t.Context(), []string{"k"}); core.KindOf(err) != core.Unavailable {
			t.Errorf("the store is still open: %v", err)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	nats, redis := natsURL(startNATS(t)), startRedis(t)
	for name, c := range map[string]struct{ queue, store string }{
		"embedded":         {"embedded:", "embedded:"},
		"queue alone":      {"embedded:", "none:"},
		"store alone":      {"direct:", "embedded:"},
		"nothing":          {"direct:", "none:"},
		"NATS, no store":   {nats, "none:"},
		"Redis":            {redis, redis},
		"NATS and Redis":   {nats, redis},
		"Redis and NATS":   {redis, nats},
		"Redis, two parts": {redis + "?prefix=one", redis + "?prefix=two"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log safeBuffer
			cfg := load(t, c.queue, c.store)
			e, err := engine.Open(t.Context(), cfg, engine.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, drivers()...)
			if err != nil {
				t.Fatal(err)
			}
			if (e.Queue == nil) != (c.queue == "direct:") || (e.Store == nil) != (c.store == "none:") {
				t.Errorf("queue %v and store %v", e.Queue, e.Store)
			}
			if err := e.Health(); err != nil {
				t.Error(err)
			}
			use(t, e)
			end(t, e)
			if text := log.String(); strings.Contains(text, password) || strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") {
				t.Errorf("the log shows a password, or what is torn down in the wrong order: %s", text)
			}
			left, err := os.ReadDir(cfg.DataDir)
			if embedded := c.queue == "embedded:" || c.store == "embedded:"; err != nil || (len(left) > 0) != embedded {
				t.Errorf("DATA_DIR holds %d entries, %v", len(left), err)
			}
		})
	}
}

// One address is one connection, and two are two.
func TestQueueAndStoreShareAConnection(t *testing.T) {
	t.Parallel()
	server := startNATS(t)
	url := natsURL(server)
	use(t, open(t, load(t, url, url)))
	if n := server.NumClients(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	use(t, open(t, load(t, url, url+"?replicas=1")))
	if n := server.NumClients(); n != 3 {
		t.Errorf("%d connections, want 1 and 2", n)
	}
}

func TestWhatIsEmbeddedOutlivesARestart(t *testing.T) {
	t.Parallel()
	cfg := load(t, "embedded:", "embedded:")
	cfg.DataDir = filepath.Join(cfg.DataDir, "made", "by", "us")
	for i := range 3 {
		e, err := engine.Open(t.Context(), cfg, engine.Options{}, drivers()...)
		if err != nil {
			t.Fatal(err)
		}
		if depth, err := e.Queue.Depth(t.Context()); err != nil || depth != (core.Depth{Ready: i}) {
			t.Errorf("start %d: the queue holds %+v, %v", i, depth, err)
		}
		put(t, e.Queue)
		if err := e.Health(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Health(); core.KindOf(err) != core.Internal {
			t.Errorf("closed, and well: %v", err)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := load(t, "embedded:", "none:")
	open(t, used)
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "files.json"), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := startNATS(t)
	nats := natsURL(server)
	wrong := strings.Replace(nats, password, password+"x", 1)
	redis := startRedis(t)
	for name, c := range map[string]struct {
		queue, store, dir string
		kind              core.Kind
		says              []string
	}{
		"a file":          {"embedded:", "embedded:", file, core.Invalid, []string{"STORE_URL=embedded: DATA_DIR: data folder", "cannot be made"}},
		"a file, store":   {"direct:", "embedded:", file, core.Invalid, []string{"STORE_URL=embedded:", "data folder", "cannot be made"}},
		"another process": {"embedded:", "none:", used.DataDir, core.Invalid, []string{"QUEUE_URL=embedded: DATA_DIR: data folder " + used.DataDir, "another process uses it"}},
		"damage":          {"embedded:", "none:", damaged, core.Internal, []string{"QUEUE_URL=embedded: DATA_DIR: ", damaged, "cannot be read"}},
		"NATS, nobody":    {"nats://me:" + password + "@" + freeAddress(t), "none:", "", core.Unavailable, []string{"QUEUE_URL=nats://127.0.0.1", "connect to NATS"}},
		"NATS, silent":    {"nats://me:" + password + "@" + silent(t), "none:", "", core.Unavailable, []string{"QUEUE_URL=nats://127.0.0.1", "connect to NATS"}},
		"NATS, refused":   {wrong, "none:", "", core.Unauthenticated, []string{"QUEUE_URL=nats://127.0.0.1", "connect to NATS"}},
		"NATS, copies":    {"direct:", nats + "?replicas=3", "", core.Invalid, []string{"STORE_URL=nats://127.0.0.1", "replicas > 1 not supported"}},
		"queue, copies":   {nats + "?replicas=3", "none:", "", core.Invalid, []string{"QUEUE_URL=nats://127.0.0.1", "replicas > 1 not supported"}},
		"Redis, nobody":   {"direct:", "redis://:" + password + "@" + freeAddress(t), "", core.Unavailable, []string{"STORE_URL=redis://127.0.0.1", "redis connect", "cannot be reached"}},
		"Redis, silent":   {"redis://:" + password + "@" + silent(t), "none:", "", core.Unavailable, []string{"QUEUE_URL=redis://127.0.0.1", "redis connect"}},
		"Redis, refused":  {"redis://:" + password + "x@" + address(redis), "none:", "", core.Unauthenticated, []string{"QUEUE_URL=redis://127.0.0.1", "does not accept"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := load(t, c.queue, c.store)
			if c.dir != "" {
				cfg.DataDir = c.dir
			}
			started := time.Now()
			e, err := engine.Open(t.Context(), cfg, engine.Options{}, drivers()...)
			if took := time.Since(started); took > 10*time.Second {
				t.Errorf("it took %s to say so", took)
			}
			if core.KindOf(err) != c.kind || e != nil {
				t.Fatalf("got %v of kind %q, want %q", err, core.KindOf(err), c.kind)
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if all := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(all, password) {
				t.Errorf("the error shows the password: %s", all)
			}
		})
	}
}

// address is where a URL leads.
func address(url string) string { return config.URL(url).String()[len("redis://"):] }

// What was opened before the error is closed again.
func TestAFailureLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	cfg := load(t, "embedded:", "redis://"+freeAddress(t))
	if _, err := engine.Open(t.Context(), cfg, engine.Options{}, drivers()...); core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "STORE_URL=") {
		t.Fatalf("got %v", err)
	}
	cfg.StoreURL = "none:"
	use(t, open(t, cfg))
}

func TestOpenIsGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	nats, redis := natsURL(startNATS(t)), startRedis(t)
	for _, url := range []string{"embedded:", nats, redis} {
		_, err := engine.Open(ctx, load(t, url, "none:"), engine.Options{}, drivers()...)
		if core.KindOf(err) != core.Unavailable {
			t.Errorf("%s: got %v", config.URL(url), err)
		}
	}
}

// What a client logs by itself is in the program's log, and nowhere else.
func TestRedisIsOut(t *testing.T) { //nolint:paralleltest // go-redis has one log for the whole process
	var log safeBuffer
	cfg := load(t, "direct:", "redis://:"+password+"@"+freeAddress(t))
	_, err := engine.Open(t.Context(), cfg, engine.Options{Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, drivers()...)
	if core.KindOf(err) != core.Unavailable {
		t.Errorf("got %v", err)
	}
	if text := log.String(); !strings.Contains(text, `"level":"DEBUG","msg":"go-redis","line":"redis: `) || strings.Contains(text, password) {
		t.Errorf("the log says %q", text)
	}
}

func ExampleOpen() {
	cfg, err := config.Load([]string{"QUEUE_URL=direct:", "STORE_URL=none:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	engines, err := engine.Open(context.Background(), cfg, engine.Options{}, drivers()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(engines.Queue, engines.Store, engines.Health(), engines.Close())
	// Output: <nil> <nil> <nil> <nil>
}

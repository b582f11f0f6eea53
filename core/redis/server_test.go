package redis_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
)

// password is of every server here, and in no error and no log line.
const password = "s3cret-made-up"

// libraryLog collects what go-redis logs in all tests.
type libraryLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *libraryLog) Printf(_ context.Context, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.text, format+"\n", args...)
}

func TestMain(m *testing.M) {
	var log libraryLog
	goredis.SetLogger(&log)
	code := m.Run()
	if strings.Contains(log.text.String(), password) {
		fmt.Fprintln(os.Stderr, "go-redis logged the password")
		code = 1
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if bytes.Contains(stacks, []byte("core/redis.(*bell)")) {
		fmt.Fprintf(os.Stderr, "a reader is left after all queues were closed:\n%s", stacks)
		code = 1
	}
	os.Exit(code)
}

// engine is a redis-server of a test's own.
type engine struct {
	mu   sync.Mutex
	dir  string
	port string
	args []string
	cmd  *exec.Cmd
}

// start runs a server with durable settings; the arguments may say otherwise.
func start(tb testing.TB, args ...string) *engine {
	tb.Helper()
	e := &engine{dir: tb.TempDir(), args: args}
	tb.Cleanup(e.kill)
	e.run(tb)
	return e
}

// run starts the process, on the port of the first time, and waits for it.
func (e *engine) run(tb testing.TB) {
	tb.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for range 5 { // a free port may be taken before the server has it
		port := e.port
		if port == "" {
			port = freePort(tb)
		}
		args := append([]string{
			"--port", port, "--bind", "127.0.0.1", "--dir", e.dir, "--requirepass", password, "--save", "",
			"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
		}, e.args...)
		cmd := exec.Command("redis-server", args...) //nolint:gosec // our own arguments
		var output bytes.Buffer
		cmd.Stdout = &output
		if err := cmd.Start(); err != nil {
			tb.Fatalf("redis-server cannot be started; install it, scripts/test does: %v", err)
		}
		e.cmd = cmd
		if ready(port) {
			e.port = port
			return
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		tb.Logf("redis-server did not come up on port %s: %s", port, output.String())
	}
	tb.Fatal("redis-server does not come up")
}

// kill ends the process without warning.
func (e *engine) kill() {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait()
}

// crash kills the process and starts another one on its data.
func (e *engine) crash(t *testing.T) {
	t.Helper()
	e.kill()
	e.run(t)
}

// url is how the driver reaches the server.
func (e *engine) url() string { return "redis://:" + password + "@127.0.0.1:" + e.port }

// client is a plain one, to look behind the driver and to change settings.
func (e *engine) client(t *testing.T) *goredis.Client {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:" + e.port, Password: password, Protocol: 2})
	t.Cleanup(func() { client.Close() })
	return client
}

// connect is the driver's server.
func (e *engine) connect(t *testing.T) *redis.Server {
	t.Helper()
	return connect(t, e.url(), nil)
}

func connect(t *testing.T, url string, log *slog.Logger) *redis.Server {
	t.Helper()
	server, err := redis.Connect(t.Context(), url, redis.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// queue is a handle that ends with the test.
func (e *engine) queue(t *testing.T, lease time.Duration) core.Queue {
	t.Helper()
	q := e.connect(t).Queue(redis.QueueConfig{Lease: lease})
	t.Cleanup(func() { q.Close() })
	return q
}

// store is a handle that ends with the test.
func (e *engine) store(t *testing.T) core.Store {
	t.Helper()
	s := e.connect(t).Store()
	t.Cleanup(func() { s.Close() })
	return s
}

func freePort(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// ready waits until the server answers that it has loaded its data.
func ready(port string) bool {
	client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:" + port, Password: password, Protocol: 2, MaxRetries: -1})
	defer client.Close()
	for range 500 {
		if client.Ping(context.Background()).Err() == nil {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

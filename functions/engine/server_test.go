package engine_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server" //nolint:depguard // a NATS server of the test's own, which listens

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
)

// password is of every server here, and in no error and no log line.
const password = "s3cret-made-up"

// startNATS is a server with JetStream and a password.
func startNATS(t *testing.T) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, Password: password, Username: "me",
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the NATS server does not get ready")
	}
	return s
}

// natsURL is how the driver reaches a server.
func natsURL(s *server.Server) string {
	return fmt.Sprintf("nats://me:%s@%s", password, s.Addr())
}

// startRedis is the URL of a redis-server with durable settings and a password.
func startRedis(t *testing.T) string {
	t.Helper()
	for range 5 { // a free port may be taken before the server has it
		address := freeAddress(t)
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		var output bytes.Buffer
		cmd := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--requirepass", password, //nolint:gosec // our own arguments
			"--save", "", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")
		cmd.Stdout = &output
		if err := cmd.Start(); err != nil {
			t.Fatalf("redis-server cannot be started; install it, scripts/test does: %v", err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it says that it was killed
		})
		if answers(t, address) {
			return "redis://:" + password + "@" + address + "/0"
		}
		t.Logf("redis-server did not come up at %s: %s", address, output.String())
	}
	t.Fatal("redis-server does not come up")
	return ""
}

// answers waits until a Redis server says something.
func answers(t *testing.T, address string) bool {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		fmt.Fprint(conn, "PING\r\n")
		line, err := bufio.NewReader(conn).ReadString('\n')
		conn.Close()
		if err == nil && strings.HasPrefix(line, "-NOAUTH") { // loaded, and waits for the password
			return true
		}
	}
	return false
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l := listen(t)
	defer l.Close()
	return l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// silent is the address of a server that takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l := listen(t)
	var open sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				<-ctx.Done()
				conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		l.Close()
		open.Wait()
	})
	return l.Addr().String()
}

// load is a configuration with a queue and a store.
func load(t *testing.T, queue, store string) config.Config {
	t.Helper()
	cfg, err := config.Load([]string{"QUEUE_URL=" + queue, "STORE_URL=" + store, "DATA_DIR=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// open opens the engines of a configuration and closes them with the test.
func open(t *testing.T, cfg config.Config) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), cfg, engine.Options{}, drivers()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// safeBuffer is a log that several goroutines write to.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

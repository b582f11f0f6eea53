package fctest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Password is of every server, and may be in no error and no log line.
const Password = "s3cret-made-up"

// Redis is a redis-server with the settings that the queue asks for. Make one with
// [StartRedis].
type Redis struct {
	URL string // with the password

	cmd  *exec.Cmd
	once sync.Once
}

// Stop ends the server without warning. Stopping again does nothing.
func (s *Redis) Stop() {
	s.once.Do(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // it says that it was killed
	})
}

// StartRedis runs a redis-server that ends with the test.
func StartRedis(tb testing.TB) *Redis {
	tb.Helper()
	for range 5 { // a free port may be taken before the server has it
		address := freeAddress(tb)
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			tb.Fatal(err)
		}
		cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), "redis-server", //nolint:gosec // our own arguments
			"--port", port, "--bind", "127.0.0.1", "--dir", tb.TempDir(), "--requirepass", Password,
			"--save", "", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")
		if err := cmd.Start(); err != nil {
			tb.Fatalf("redis-server cannot be started; install it, scripts/test does: %v", err)
		}
		s := &Redis{URL: "redis://:" + Password + "@" + address + "/0", cmd: cmd}
		tb.Cleanup(s.Stop)
		if answers(tb.Context(), address) {
			return s
		}
	}
	tb.Fatal("redis-server does not come up")
	return nil
}

// freeAddress is one that nobody listens on.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// answers waits until a server says that it wants its password.
func answers(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for tick := time.NewTicker(5 * time.Millisecond); ctx.Err() == nil; <-tick.C { //nolint:forbidigo // it waits for a process
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			continue
		}
		_, _ = fmt.Fprint(conn, "PING\r\n")
		line, err := bufio.NewReader(conn).ReadString('\n')
		_ = conn.Close()
		if err == nil && strings.HasPrefix(line, "-NOAUTH") {
			return true
		}
	}
	return false
}

package jetstream_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// The environment of a process that is the server alone, to be killed.
const (
	envDir   = "JETSTREAM_TEST_DIR"
	envPort  = "JETSTREAM_TEST_PORT"
	envStore = "JETSTREAM_TEST_STORE" // where its own store is lent
	envChurn = "JETSTREAM_TEST_CHURN" // it writes by itself, and says so; the seed
)

func TestMain(m *testing.M) {
	if seed := os.Getenv(envChurn); seed != "" {
		os.Exit(churn(os.Getenv(envDir), seed))
	}
	if dir := os.Getenv(envDir); dir != "" {
		os.Exit(serve(dir, os.Getenv(envPort), os.Getenv(envStore)))
	}
	os.Exit(m.Run())
}

// serve is the server's process: it ends when its standard input does, that is
// with its parent, or when it is killed.
func serve(dir, port, store string) int {
	number, err := strconv.Atoi(port)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	server, err := jetstream.StartListening(context.Background(), jetstream.Config{Dir: dir}, number, nil)
	if err == nil {
		err = lend(server, "127.0.0.1:"+store)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// process is a server in a process of its own, which can be killed without
// warning and started again.
type process struct {
	dir   string
	port  int
	store int // its own store is lent there
	cmd   *exec.Cmd
}

func startProcess(t *testing.T) *process {
	t.Helper()
	p := &process{dir: t.TempDir(), port: freePort(t), store: freePort(t)}
	p.start(t)
	t.Cleanup(func() { p.kill(t) })
	return p
}

func (p *process) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", p.port) }

func (p *process) start(t *testing.T) {
	t.Helper()
	p.cmd = exec.Command(os.Args[0]) //nolint:gosec // this very test
	p.cmd.Env = append(os.Environ(), envDir+"="+p.dir, envPort+"="+strconv.Itoa(p.port), envStore+"="+strconv.Itoa(p.store))
	p.cmd.Stderr = os.Stderr
	if _, err := p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// kill ends the process with SIGKILL.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = p.cmd.Wait() // it says that it was killed
}

// crash kills the process and starts it again. The server writes the count of
// deliveries down within a tenth of a second, and is given that time: a crash
// before makes an attempt count twice.
func (p *process) crash(t *testing.T) {
	t.Helper()
	time.Sleep(250 * time.Millisecond)
	p.kill(t)
	p.start(t)
}

// connect waits until the server is there.
func (p *process) connect(t *testing.T) *jetstream.Conn {
	t.Helper()
	return connect(t, p.url(), jetstream.Options{})
}

// connect waits until a server is there, and closes the connection with the test.
func connect(t *testing.T, url string, opts jetstream.Options) *jetstream.Conn {
	t.Helper()
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var conn *jetstream.Conn
		if conn, err = jetstream.Connect(context.Background(), url, opts); err == nil {
			t.Cleanup(func() { _ = conn.Close() })
			return conn
		}
	}
	t.Fatal(err)
	return nil
}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

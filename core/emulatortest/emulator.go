package emulatortest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Folder is the variable that says in which folder the emulators' node_modules
// is.
const Folder = "VODREFRESH_EMULATORS"

// Server is a running emulator.
type Server struct {
	URL string // http://127.0.0.1:port

	mu      sync.Mutex
	port    string
	program []string // node's arguments without the port
	env     []string // what the port is added to
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended
}

// SQS starts an SQS for a test, which ends with it. It keeps messages in memory.
// Any credentials will do.
func SQS(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, &Server{
		program: []string{find(tb, "fauxqs/dist/cli.js")},
		env:     []string{"FAUXQS_LOGGER=false", "FAUXQS_PORT="},
	})
}

// DynamoDB starts a DynamoDB for a test, which ends with it. It keeps its tables
// in a folder of the test's own, so that they outlive [Server.Crash]. Any
// credentials will do. Tables are there as soon as they are created.
func DynamoDB(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, &Server{program: []string{
		find(tb, "dynalite/cli.js"),
		"--host=127.0.0.1", "--path=" + tb.TempDir(), "--createTableMs=0", "--deleteTableMs=0", "--updateTableMs=0", "--port=",
	}})
}

// Crash kills the emulator without warning and starts it again, at the same
// address.
func (s *Server) Crash(tb testing.TB) {
	tb.Helper()
	s.kill()
	s.run(tb)
}

// Stop kills the emulator without warning.
func (s *Server) Stop() { s.kill() }

// find is the path of an emulator's program.
func find(tb testing.TB, program string) string {
	tb.Helper()
	folder := os.Getenv(Folder)
	if folder == "" {
		missing(tb, Folder+" is not set: `scripts/test engines` installs the emulators of SQS and DynamoDB, and says where")
	}
	path := filepath.Join(folder, "node_modules", filepath.FromSlash(program))
	if _, err := os.Stat(path); err != nil { //nolint:gosec // a folder of whoever runs the tests
		missing(tb, "the emulator is not in "+Folder+": "+err.Error())
	}
	return path
}

// missing ends a test that cannot be run here.
func missing(tb testing.TB, reason string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatal(reason)
	}
	tb.Skip(reason)
}

func start(tb testing.TB, s *Server) *Server {
	tb.Helper()
	tb.Cleanup(s.kill)
	s.run(tb)
	return s
}

// run starts the process, on the port of the first time, and waits for it.
func (s *Server) run(tb testing.TB) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for range 5 { // a free port may be taken before the emulator has it
		port := s.port
		if port == "" {
			port = freePort(tb)
		}
		cmd, output := s.command(port), new(bytes.Buffer)
		cmd.Stdout, cmd.Stderr = output, output
		if err := cmd.Start(); err != nil {
			tb.Fatalf("the emulator cannot be started; it needs Node.js: %v", err)
		}
		s.process, s.ended = cmd, make(chan struct{})
		go func() {
			_ = cmd.Wait()
			close(s.ended)
		}()
		url := "http://127.0.0.1:" + port
		if s.ready(tb.Context(), url) {
			s.port, s.URL = port, url
			return
		}
		s.end()
		tb.Logf("the emulator did not come up on port %s: %s", port, output)
	}
	tb.Fatal("the emulator does not come up")
}

// command is the process on a port, which stands at the end of its arguments or
// of its environment.
func (s *Server) command(port string) *exec.Cmd {
	args, env := append([]string{}, s.program...), append([]string{}, s.env...)
	if len(env) > 0 {
		env[len(env)-1] += port
	} else {
		args[len(args)-1] += port
	}
	cmd := exec.Command("node", args...) //nolint:gosec,noctx // our own arguments; kill ends it
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

// kill ends the process without warning.
func (s *Server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
}

// end is kill for who has the lock.
func (s *Server) end() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		<-s.ended
		s.process = nil
	}
}

func freePort(tb testing.TB) string {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err = errors.Join(err, listener.Close()); err != nil {
		tb.Fatal(err)
	}
	return port
}

// ready waits until the emulator answers anything at all, or has ended.
func (s *Server) ready(ctx context.Context, url string) bool {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	for range 600 {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		if answer, err := client.Do(request); err == nil {
			_ = answer.Body.Close()
			return true
		}
		select {
		case <-s.ended:
			return false
		case <-time.After(25 * time.Millisecond): //nolint:forbidigo // a process starts in real time
		}
	}
	return false
}

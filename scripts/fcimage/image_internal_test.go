package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// log is what a container writes, read while it does.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// program is the folder of the built functions; they are built once.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "fcimage")
	if err != nil {
		return "", err
	}
	return folder + "/", runtimetest.Build(context.Background(), "github.com/vodrefresh/vodrefresh/functions/fc", filepath.Join(folder, "main"), "")
})

func TestMain(m *testing.M) {
	code := m.Run()
	if folder, err := program(); err == nil {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}

// container is an image that is to run the functions.
func container(t *testing.T, args []string, environ ...string) (image, *log) {
	t.Helper()
	folder, err := program()
	if err != nil {
		t.Fatal(err)
	}
	port, err := freePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := &log{}
	return image{args: args, code: folder, out: out, environ: append([]string{
		"FC_FUNCTION_HANDLER=main", "FC_FUNCTION_NAME=test", "FC_TIMEOUT=20", "FC_CUSTOM_LISTEN_PORT=" + port, "FC_ACCOUNT_ID=1",
		"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=made-up-secret", "API_TOKENS=made-up-operator-token",
	}, environ...)}, out
}

// start runs a container until the test ends, and returns where it is.
func start(t *testing.T, i image) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, i) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the container ended: %v", err)
		}
	})
	address := net.JoinHostPort("127.0.0.1", i.variable("FC_CUSTOM_LISTEN_PORT", ""))
	if err := listens(ctx, address); err != nil {
		t.Fatal(err)
	}
	return "http://" + address
}

func TestImageThatCannotRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ []string
		want    string
	}{
		"no command":        {[]string{"FC_RUNTIME=custom.debian12"}, "AGENT_SCRIPT"},
		"no such command":   {[]string{"FC_RUNTIME=custom.debian12", "AGENT_SCRIPT=/nowhere/main"}, "no such file"},
		"one that ends":     {[]string{"FC_RUNTIME=custom.debian12", "AGENT_SCRIPT=/bin/false"}, "ended: exit status 1"},
		"one that is done":  {[]string{"FC_RUNTIME=custom.debian12", "AGENT_SCRIPT=/bin/true"}, "/bin/true ended: it is not to end"},
		"no such handler":   {[]string{"FC_RUNTIME=go1", "FC_FUNCTION_HANDLER=index"}, "start"},
		"a wrong variable":  {[]string{"FC_RUNTIME=go1", "FUNCTION=refresh", "LOG_LEVEL=loud"}, "the program ended"},
		"nothing is listen": {[]string{"FC_RUNTIME=go1", "FUNCTION=refresh", "FC_CUSTOM_LISTEN_PORT=no"}, "listen"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, _ := container(t, nil)
			i.environ = append(c.environ, i.environ...)
			if err := run(t.Context(), i); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"": time.Minute, "x": time.Minute, "7": 7 * time.Second} {
		if got := (image{environ: []string{"FC_TIMEOUT=" + text}}).timeout(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestListensGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errEnded)
	if err := listens(ctx, "127.0.0.1:1"); !errors.Is(err, errEnded) {
		t.Errorf("got %v", err)
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	header := http.Header{"X-Fc-Control-Path": {"/forged"}, "X-Other": {"kept"}}
	dropPlatform(header)
	i, _ := container(t, nil)
	i.describe(header, "/http-invoke")
	for name, want := range map[string]string{
		"X-Fc-Control-Path": "/http-invoke", "X-Other": "kept", "X-Fc-Access-Key-Id": "id", "X-Fc-Function-Timeout": "20", "X-Fc-Security-Token": "",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if _, empty := header["X-Fc-Security-Token"]; empty || len(header.Values("X-Fc-Control-Path")) != 1 {
		t.Errorf("header %v", header)
	}
}

package runtimetest_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// scratch is where the talker is built, once.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "vodrefresh-runtime-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

var talker = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "talker")
	return path, runtimetest.Build(context.Background(), "./testdata/talker", path, "")
})

// start runs the talker, until the test ends.
func start(t *testing.T, dialect runtimetest.Dialect, environ ...string) *runtimetest.Program {
	t.Helper()
	path, err := talker()
	if err != nil {
		t.Fatal(err)
	}
	p, err := runtimetest.Start(t.Context(), dialect, path, environ...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// soon is a context that ends after a while.
func soon(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

const patience = time.Minute

func TestDialects(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		dialect  runtimetest.Dialect
		variable string
		header   []string
	}{
		"AWS":              {runtimetest.AWS(), "AWS_LAMBDA_RUNTIME_API", []string{"Lambda-Runtime-Deadline-Ms:[", "Lambda-Runtime-Aws-Request-Id:[", "More:[1]"}},
		"Function Compute": {runtimetest.FunctionCompute(), "FC_RUNTIME_API", []string{"X-Fc-Function-Deadline:[", "X-Fc-Function-Timeout:[3]", "X-Fc-Request-Id:[", "More:[1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, test.dialect, "MINE=1")
			if took, err := p.Ready(soon(t, patience)); err != nil || took <= 0 {
				t.Fatalf("ready after %s, %v", took, err)
			}
			for _, payload := range []string{`{"a":"é"}`, "", "log"} {
				got, err := p.Invoke(soon(t, patience), runtimetest.Event{Payload: []byte(payload)})
				if err != nil || string(got.Payload) != payload || got.Failed || got.Took <= 0 {
					t.Errorf("%q is answered %+v, %v", payload, got, err)
				}
			}
			event := runtimetest.Event{
				Payload: []byte("header"), Timeout: 2500 * time.Millisecond,
				Header: http.Header{"more": {"1"}, "X-Fc-Region": nil, "Lambda-Runtime-Trace-Id": nil},
			}
			got, err := p.Invoke(soon(t, patience), event)
			for _, part := range test.header {
				if !strings.Contains(string(got.Payload), part) {
					t.Errorf("the header has no %q: %s, %v", part, got.Payload, err)
				}
			}
			if strings.Contains(string(got.Payload), "Region") || strings.Contains(string(got.Payload), "Trace") {
				t.Errorf("the header has what was taken out: %s", got.Payload)
			}
			failed, err := p.Invoke(soon(t, patience), runtimetest.Event{Payload: []byte("fail")})
			if err != nil || !failed.Failed || failed.Failure.Message != "no" || failed.Failure.Type != "errorString" {
				t.Errorf("got %+v, %v", failed, err)
			}
			if out := p.Stdout(); out != "environment: "+test.variable+"="+p.Address()+" MINE=1\n" || p.Stderr() != "logged\n" {
				t.Errorf("it wrote %q and %q", out, p.Stderr())
			}
			if size, err := p.Resident(); err != nil || size < 1<<20 || size > 1<<30 {
				t.Errorf("it holds %d bytes, %v", size, err)
			}
			if what := p.Unexpected(); len(what) > 0 {
				t.Errorf("unexpected: %q", what)
			}
		})
	}
}

// TestOutput: what a program writes before it answers is there with the answer.
func TestOutput(t *testing.T) {
	t.Parallel()
	p := start(t, runtimetest.AWS())
	for n := range 200 {
		if _, err := p.Invoke(soon(t, patience), runtimetest.Event{Payload: []byte("log")}); err != nil {
			t.Fatal(err)
		}
		if want := strings.Repeat("logged\n", n+1); p.Stderr() != want {
			t.Fatalf("after %d events it wrote %q", n+1, p.Stderr())
		}
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	p := start(t, runtimetest.AWS())
	if _, err := p.Invoke(soon(t, patience), runtimetest.Event{Payload: []byte("exit")}); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
	if code, err := p.Wait(soon(t, patience)); code != 3 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	if _, err := p.Resident(); err == nil {
		t.Error("a process that has ended holds memory")
	}
	if err := p.Terminate(t.Context(), patience); err != nil {
		t.Error(err)
	}

	p = start(t, runtimetest.AWS())
	if _, err := p.Ready(soon(t, patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(soon(t, time.Millisecond)); err == nil {
		t.Error("it ended by itself")
	}
	if err := p.Terminate(t.Context(), patience); err != nil {
		t.Error(err)
	}
	if code, err := p.Wait(t.Context()); code != -1 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
}

// TestUnexpected: what no Runtime API knows is noted, and so is a second answer.
func TestUnexpected(t *testing.T) {
	t.Parallel()
	p := start(t, runtimetest.AWS())
	for _, payload := range []string{"stray", "twice", "last"} {
		if _, err := p.Invoke(soon(t, patience), runtimetest.Event{Payload: []byte(payload)}); err != nil {
			t.Fatal(err)
		}
	}
	what := p.Unexpected()
	if len(what) != 2 || !strings.HasPrefix(what[0], "GET ") || !strings.Contains(what[1], "not in hand") {
		t.Errorf("got %q", what)
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	if _, err := runtimetest.Start(t.Context(), runtimetest.AWS(), filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("started what is not there")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := runtimetest.Start(ended, runtimetest.AWS(), "any"); err == nil {
		t.Error("listens, and the context has ended")
	}
	if err := runtimetest.Build(t.Context(), "./testdata/nothing", filepath.Join(t.TempDir(), "x"), "arm64"); err == nil {
		t.Error("built what is not there")
	}
}

package main_test

import (
	"os"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// binaries are built once for all tests.
var binaries = runtimetest.Binaries{Tags: []string{"lambda.norpc"}}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = binaries.Remove()
	os.Exit(code)
}

// The programs, by their folders.
const (
	bootstrap = "."
	hello     = "./testdata/hello"
)

// patience is how long a test waits for a program.
const patience = time.Minute

// built is the path of a program.
func built(tb testing.TB, program string) string {
	tb.Helper()
	path, err := binaries.Path(tb.Context(), program)
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// start runs the function with an environment, and ends it with the test.
func start(tb testing.TB, environ ...string) *runtimetest.Program {
	tb.Helper()
	p, err := runtimetest.Start(tb.Context(), runtimetest.AWS(), built(tb, bootstrap), environ...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.Close() })
	return p
}

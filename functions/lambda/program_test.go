package main_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// scratch is where programs are built, once for all tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "vodrefresh-lambda-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

// The programs, built when they are first asked for.
var (
	bootstrap = sync.OnceValues(func() (string, error) { return build("bootstrap", ".") })
	hello     = sync.OnceValues(func() (string, error) { return build("hello", "./testdata/hello") })
)

func build(name, from string) (string, error) {
	path := filepath.Join(scratch, name)
	return path, runtimetest.Build(context.Background(), from, path, "", "lambda.norpc")
}

// patience is how long a test waits for a program.
const patience = time.Minute

// built is the path of a program.
func built(tb testing.TB, program func() (string, error)) string {
	tb.Helper()
	path, err := program()
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

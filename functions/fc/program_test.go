package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// scratch is where programs are built, once for all tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "vodrefresh-fc-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

// The programs, built when they are first asked for.
var (
	function = sync.OnceValues(func() (string, error) { return build("main", ".") })
	hello    = sync.OnceValues(func() (string, error) { return build("hello", "./testdata/hello") })
)

func build(name, from string) (string, error) {
	path := filepath.Join(scratch, name)
	return path, runtimetest.Build(context.Background(), from, path, "")
}

// built is the path of a program.
func built(tb testing.TB, program func() (string, error)) string {
	tb.Helper()
	path, err := program()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// start runs the function in the runtime go1 with an environment, and ends it with
// the test.
func start(tb testing.TB, environ ...string) *runtimetest.Program {
	tb.Helper()
	p, err := runtimetest.Start(tb.Context(), runtimetest.FunctionCompute(), built(tb, function), environ...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = p.Close()
		for _, secret := range []string{requesttest.AccessKeySecret, requesttest.CallbackKey, requesttest.Token, requesttest.TicketKey} {
			if strings.Contains(p.Stdout()+p.Stderr(), secret) {
				tb.Errorf("the log tells %q", secret)
			}
		}
	})
	return p
}

// role is the header of an invocation with the keys of a role.
func role(id, key, token string) http.Header {
	return http.Header{"X-Fc-Access-Key-Id": {id}, "X-Fc-Access-Key-Secret": {key}, "X-Fc-Security-Token": {token}}
}

// invoke hands an event over and brings back what the function answers.
func invoke(tb testing.TB, p *runtimetest.Program, e runtimetest.Event) runtimetest.Result {
	tb.Helper()
	r, err := p.Invoke(tb.Context(), e)
	if err != nil {
		tb.Fatalf("%v; the program wrote: %s%s", err, p.Stdout(), p.Stderr())
	}
	return r
}

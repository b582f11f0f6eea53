package main_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// binaries are built once for all tests.
var binaries = runtimetest.Binaries{}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = binaries.Remove()
	os.Exit(code)
}

// The programs, by their folders.
const (
	function = "."
	hello    = "./testdata/hello"
)

// built is the path of a program.
func built(tb testing.TB, program string) string {
	tb.Helper()
	path, err := binaries.Path(tb.Context(), program)
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

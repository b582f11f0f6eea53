package requesttest

import (
	"testing"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// Case is a request and what its answer must be.
type Case struct {
	Name     string
	Function config.Function // the deployment that it is sent to
	Request  Request
	Want     Want
}

// Run sends every case and compares the answers. start is called once for each
// of the three functions; it starts a deployment with an environment, complete
// but for what a platform adds, in which there is neither a queue nor a store, and
// returns the way to it.
func Run(t *testing.T, start func(t *testing.T, environ []string) Send) {
	t.Helper()
	for _, function := range []config.Function{config.Callback, config.Refresh, config.Credentials} {
		t.Run(string(function), func(t *testing.T) {
			t.Parallel()
			send := start(t, Environ(function, Platform(t)))
			for _, c := range Cases(clock.System{}.Now()) {
				if c.Function == function {
					t.Run(c.Name, func(t *testing.T) { c.check(t, send) })
				}
			}
		})
	}
}

// check sends a case and compares the answer.
func (c Case) check(t *testing.T, send Send) {
	t.Helper()
	got, err := send(t.Context(), c.Request)
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range c.Want.Differences(got) {
		t.Error(difference)
	}
}

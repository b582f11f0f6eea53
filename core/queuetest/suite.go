package queuetest

import (
	"testing"
)

// Run checks a driver. newHarness is called once for each check, and several
// checks run at the same time.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := c.examine(t, newHarness(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// check is one thing that a driver has to do right.
type check struct {
	name  string
	run   func(t *testing.T, h Harness) error
	crash bool // needs an engine that can be killed
}

func checks() []check {
	return []check{
		{name: "delivers and forgets what is done", run: checkDone},
		{name: "keeps every field", run: checkFields},
		{name: "nothing enqueued", run: checkNothing},
		{name: "many at once", run: checkMany},
		{name: "takes at most what is asked for", run: checkMost},
		{name: "does not wait for more than one", run: checkFirst},
		{name: "wakes up for a message", run: checkWakes},
		{name: "gives up waiting", run: checkEmpty},
		{name: "context ends", run: checkContext},
		{name: "lease ends", run: checkLease},
		{name: "lease is extended", run: checkExtend},
		{name: "lease has passed on", run: checkPassedOn},
		{name: "settled twice", run: checkTwice},
		{name: "delay", run: checkDelay},
		{name: "again at once", run: checkAgain},
		{name: "again later", run: checkAgainLater},
		{name: "one outcome each", run: checkMixed},
		{name: "dead letters", run: checkDead},
		{name: "redrive", run: checkRedrive},
		{name: "redrive all", run: checkRedriveAll},
		{name: "depth", run: checkDepth},
		{name: "reopened", run: checkReopened},
		{name: "workers race", run: checkRace},
		{name: "workers lose leases", run: checkLostLeases},
		{name: "crash at rest", run: checkCrash, crash: true},
		{name: "crash in mid-run", run: checkCrashMidRun, crash: true},
	}
}

// examine runs a check, unless the harness has said that it cannot apply.
func (c check) examine(t *testing.T, h Harness) error {
	t.Helper()
	if c.crash && h.Crash == nil {
		t.Log("not applicable: the queue does not outlive this process, so there is no engine to kill")
		return nil
	}
	return c.run(t, h)
}

package storetest

import "testing"

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
		{name: "missing", run: checkMissing},
		{name: "create", run: checkCreate},
		{name: "update", run: checkUpdate},
		{name: "delete", run: checkDelete},
		{name: "revision never comes back", run: checkRevisions},
		{name: "nothing asked for", run: checkNothing},
		{name: "several at once", run: checkSeveral},
		{name: "same key twice", run: checkSameKey},
		{name: "odd keys", run: checkOddKeys},
		{name: "impossible keys", run: checkImpossibleKeys},
		{name: "values of any size", run: checkSizes},
		{name: "too large a value", run: checkTooLarge},
		{name: "context has ended", run: checkContext},
		{name: "expires", run: checkExpires},
		{name: "has expired", run: checkExpired},
		{name: "expiry moves", run: checkExpiryMoves},
		{name: "due", run: checkDue},
		{name: "due below a prefix", run: checkPrefix},
		{name: "due time moves", run: checkDueMoves},
		{name: "due until it expires", run: checkDueExpires},
		{name: "due for one worker", run: checkDueOnce},
		{name: "one creator wins", run: checkCreators},
		{name: "no increment is lost", run: checkIncrements},
		{name: "reopened", run: checkReopened},
		{name: "crash at rest", run: checkCrash, crash: true},
		{name: "crash in mid-run", run: checkCrashMidRun, crash: true},
	}
}

// examine runs a check, unless the harness has said that it cannot apply.
func (c check) examine(t *testing.T, h Harness) error {
	t.Helper()
	if c.crash && h.Crash == nil {
		t.Log("not applicable: the store does not outlive this process, so there is no engine to kill")
		return nil
	}
	return c.run(t, h)
}

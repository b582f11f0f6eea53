package providertest

import (
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// Harness is a driver and the platform behind it, of one check alone. A
// platform begins with no media, no faults, a full quota and no limit on the
// rate of calls.
type Harness struct {
	// Provider is the driver under test.
	Provider core.Provider
	// Stranger is a driver of the same platform with a key that is not known
	// there, or with a wrong secret.
	Stranger core.Provider

	// AddMedia makes a media known that has exactly these play URLs.
	AddMedia func(id string, urls ...string)
	// ForbidMedia makes a media known that the account may not touch; nil if
	// the platform has no such thing.
	ForbidMedia func(id string)
	// Fault makes the platform answer every call from now on with the fault.
	Fault func(Fault)
	// Lacks are the faults that the platform does not know.
	Lacks []Fault

	// Now is the platform's time, and Advance moves it on.
	Now     func() time.Time
	Advance func(time.Duration)
	// JobTime is the time after which a job has ended for certain.
	JobTime time.Duration

	// RejectsEach says that a batch with media that are unknown or forbidden is
	// accepted without them, and the answer lists them. Otherwise the platform
	// refuses the whole batch.
	RejectsEach bool
	// TellsQuota says that the platform can be asked for its quota, which falls
	// with each submission: the drivers are a [core.Meter] each. Otherwise the
	// suite asks nobody.
	TellsQuota bool
	// BrokenURL is a play URL that the platform cannot fetch, so that its job
	// fails; empty if there is none.
	BrokenURL string

	// Secrets are the texts that no error may quote: keys, secrets, tokens and
	// the address of the platform.
	Secrets []string
}

// Fault is a way in which a platform fails, or something in front of it.
type Fault string

// The faults.
const (
	Throttle      Fault = "throttle"       // too many calls
	QuotaSpent    Fault = "quota_spent"    // the day's allowance is used up
	IllegalStatus Fault = "illegal_status" // the media's state does not allow it yet
	ServerError   Fault = "server_error"   // a 5xx of the platform
	Reset         Fault = "reset"          // the connection is cut
	HTML          Fault = "html"           // a page instead of an answer
	Empty         Fault = "empty"          // an answer without a body
	Truncated     Fault = "truncated"      // half an answer
	NumericCode   Fault = "numeric_code"   // an error whose code is a number
	Hang          Fault = "hang"           // no answer at all
)

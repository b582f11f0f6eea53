package core

import "time"

// step is what the refresher does about an error.
type step int

const (
	again step = iota // the same call once more, after a pause, as often as there is time
	once              // the same, but one time only: the platform may have done what it was asked
	split             // the batch in halves, until the culprit stands alone
	later             // halves first; a single target once more, after a longer pause
	stop              // no more calls: the account is refused, or its day is spent
)

// next is the table from kinds to steps. Kinds that concern the account are
// never bisected: every half would be refused as well.
func next(kind Kind) step {
	switch kind {
	case Throttled, Unavailable:
		return again
	case Internal:
		return once
	case Invalid, NotFound:
		return split
	case NotReady:
		return later
	case Forbidden, Unauthenticated, QuotaExceeded:
		return stop
	}
	return once
}

// passing reports whether an error is trouble that passes: it says nothing
// about the members of a batch, nor about the account.
func passing(err error) bool {
	step := next(KindOf(err))
	return step == again || step == once
}

// Retry bounds how often and how long a call is tried again. The wait before
// try n is random between zero and Base doubled n times, at most Cap (full
// jitter), and never less than the provider asked for.
type Retry struct {
	Base  time.Duration // default 200 ms
	Cap   time.Duration // default 5 s
	Slow  time.Duration // like Base, for a media that is not ready yet; default 1 s
	Calls int           // most calls for one batch, tries and halves together; default 12
}

// withDefaults fills what is not set.
func (r Retry) withDefaults() Retry {
	if r.Base <= 0 {
		r.Base = 200 * time.Millisecond
	}
	if r.Cap <= 0 {
		r.Cap = 5 * time.Second
	}
	if r.Slow <= 0 {
		r.Slow = time.Second
	}
	if r.Calls <= 0 {
		r.Calls = 12
	}
	return r
}

// wait is the pause before try number n (from 1), for a random number in [0,1).
func (r Retry) wait(kind Kind, n int, random float64) time.Duration {
	base := r.Base
	if next(kind) == later {
		base = r.Slow
	}
	most := r.Cap
	if n < 16 { // beyond, base doubled would overflow, and is above any cap
		most = min(most, base<<n)
	}
	return time.Duration(random * float64(most))
}

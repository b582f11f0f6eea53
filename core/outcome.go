package core

import "time"

// OutcomeState is what became of a task.
type OutcomeState string

// The states of an outcome.
const (
	Refreshed        OutcomeState = "refreshed" // submitted and accepted, preloads too
	OutcomeCovered   OutcomeState = "covered"   // not submitted: an earlier submission came after the event
	OutcomeNotFound  OutcomeState = "not_found" // the platform does not know the media
	OutcomeForbidden OutcomeState = "forbidden" // the account may not touch the media
	Queued           OutcomeState = "queued"    // handed over, to be done later
	Failed           OutcomeState = "failed"    // not done; the error says why
)

// Outcome is what became of a task. NotFound and Forbidden are final and
// concern this one target; a refusal of the whole account is Failed with an
// error of that kind.
type Outcome struct {
	Task  Task
	State OutcomeState
	JobID string // set if Refreshed
	Err   error  // set if Failed
	// Again is when it is worth trying again, if it is Failed and that is known.
	Again time.Time
}

// Final reports whether asking again would be no use: it worked, or the target
// itself is what the platform refuses.
func (o Outcome) Final() bool {
	switch o.State {
	case Refreshed, OutcomeCovered, OutcomeNotFound, OutcomeForbidden:
		return true
	case Failed:
		return KindOf(o.Err) == Invalid
	case Queued:
	}
	return false
}

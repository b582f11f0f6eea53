package core

import (
	"encoding/json"
	"errors"
	"time"
)

const (
	quotaGrace      = time.Minute      // into a day, a no may still be about the day before: of a batch on its way, or by another clock
	quotaFirstPause = 15 * time.Minute // after a probe that was refused
	quotaMostPause  = 2 * time.Hour    // after several
	quotaForgotten  = 24 * time.Hour   // after its time, a wait that nobody looked at
)

// dayWait is why, and until when, the tasks of one type wait for a new day. The
// zero value says that they do not.
type dayWait struct {
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until"`               // when one batch tries again
	Probe     time.Time `json:"probe,omitzero"`      // until when that batch holds others off; zero if none is under way
	Probes    int       `json:"probes,omitempty"`    // that were in vain
	Refused   bool      `json:"refused,omitempty"`   // by the platform; else only the reserve is left
	Remaining int       `json:"remaining,omitempty"` // that was left, if not refused
	Reason    string    `json:"reason"`              // in words
}

// readDayWait reads a record. One that cannot be read holds nothing back.
func readDayWait(r Record) dayWait {
	var w dayWait
	if r.Value == nil || json.Unmarshal(r.Value, &w) != nil {
		return dayWait{}
	}
	return w
}

// write puts the wait into its record; none deletes it.
func (w dayWait) write(r Record) (Record, error) {
	if !w.waits() {
		r.Value = nil
		return r, nil
	}
	var err error
	r.Value, err = json.Marshal(w)
	r.Expires = w.Until.Add(quotaForgotten)
	return r, err
}

// waits reports whether there is something to wait for.
func (w dayWait) waits() bool { return !w.Until.IsZero() }

// due reports whether the wait is over as soon as a probe is accepted.
func (w dayWait) due(now time.Time) bool { return w.waits() && !now.Before(w.Until) }

// again is the earliest time at which a batch that was refused may be tried again.
func (w dayWait) again(now time.Time) time.Time {
	switch {
	case w.waits() && !w.due(now):
		return w.Until
	case now.Before(w.Probe):
		return w.Probe
	}
	return now.Add(quotaProbe) // others go on changing it
}

// prolonged is the wait after a no that nobody waited for yet, or after a probe
// in vain. A no later on changes nothing.
func (w dayWait) prolonged(now, midnight time.Time) dayWait {
	switch {
	case w.due(now):
		w.Probes++
		w.Until = now.Add(probePause(w.Probes))
	case w.waits():
		return w
	case now.Before(midnight.AddDate(0, 0, -1).Add(quotaGrace)):
		w.Until = now.Add(quotaFirstPause)
	default:
		w.Until = midnight
	}
	if !w.Until.Before(midnight) {
		w.Until, w.Probes = midnight, 0
	}
	w.Until = w.Until.In(midnight.Location())
	w.Since, w.Probe = now, time.Time{}
	return w
}

// probePause is the pause after so many probes in vain, from 1.
func probePause(probes int) time.Duration {
	if probes > 4 { // beyond, doubling would overflow in the end
		return quotaMostPause
	}
	return min(quotaMostPause, quotaFirstPause<<(probes-1))
}

// refused is the wait after the platform has refused a batch. While another
// process's probe is under way, that tells more than this batch, which left
// before it.
func (w dayWait) refused(probe, now, midnight time.Time, reason string) dayWait {
	if w.due(now) && now.Before(w.Probe) && !w.Probe.Equal(probe) {
		return w
	}
	w = w.prolonged(now, midnight)
	w.Refused, w.Reason = true, reason
	return w
}

// accepted is the wait after the platform has taken a batch. One that the
// reserve was open to says nothing about those that wait for more.
func (w dayWait) accepted(manual bool, now time.Time) dayWait {
	if !w.due(now) || manual && !w.Refused {
		return w
	}
	return dayWait{}
}

// released is the wait after a probe has ended without an answer about quota.
func (w dayWait) released(probe time.Time) dayWait {
	if w.Probe.Equal(probe) {
		w.Probe = time.Time{}
	}
	return w
}

// refusal is the reason of a wait that begins with an error.
func refusal(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Code != "" {
		return "refused by the platform: " + Shorten(e.Code)
	}
	return "refused by the platform"
}

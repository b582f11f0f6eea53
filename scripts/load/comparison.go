package main

import (
	"slices"
	"time"
)

// death is one SIGKILL of a server.
type death struct {
	killed    time.Time // just before the signal
	restarted time.Time // when the next process was started: no earlier call comes from it
}

// settling is how long a server may take to note the answer of a call: calls
// that were answered less than that before a death count as in flight.
const settling = 200 * time.Millisecond

// comparison is what was submitted beside what had to be.
type comparison struct {
	lost     []string // wanted and never accepted
	twice    []string // accepted more than once
	inFlight int      // media of calls that were in flight at a death
	spare    []string // accepted more than once, in no call that was in flight at a death
}

// compare holds the calls against the media that had to be refreshed, each once.
func compare(wanted []string, calls []submission, deaths []death) comparison {
	times := make(map[string]int)
	open := make(map[string]bool)
	for _, c := range calls {
		for _, id := range c.Media {
			times[id]++
		}
		if slices.ContainsFunc(deaths, c.openAt) {
			for _, id := range c.Media {
				open[id] = true
			}
		}
	}
	found := comparison{inFlight: len(open)}
	for _, id := range wanted {
		if times[id] == 0 {
			found.lost = append(found.lost, id)
		}
	}
	for id, n := range times {
		if n > 1 {
			found.twice = append(found.twice, id)
			if !open[id] {
				found.spare = append(found.spare, id)
			}
		}
	}
	slices.Sort(found.twice)
	slices.Sort(found.spare)
	return found
}

// milestones are the times since the start by which the given shares of all media
// were accepted.
func milestones(calls []submission, started time.Time, shares ...float64) []time.Duration {
	var times []time.Duration
	for _, c := range calls {
		times = append(times, slices.Repeat([]time.Duration{c.Answered.Sub(started).Round(time.Millisecond)}, len(c.Media))...)
	}
	slices.Sort(times)
	found := make([]time.Duration, len(shares))
	for i, share := range shares {
		found[i] = quantile(times, share)
	}
	return found
}

// openAt reports whether a call was on the wire at a death, or just answered.
func (c submission) openAt(d death) bool {
	return !c.Arrived.After(d.restarted) && !c.Answered.Before(d.killed.Add(-settling))
}

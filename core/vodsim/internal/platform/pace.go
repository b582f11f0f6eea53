package platform

import "time"

// Pace limits the calls of each action within any stretch of time that is as
// long as the window. It is to be guarded by its owner.
type Pace struct {
	window time.Duration
	recent map[string][]time.Time
}

// NewPace makes a pace that has seen no call.
func NewPace(window time.Duration) *Pace {
	return &Pace{window: window, recent: map[string][]time.Time{}}
}

// Allow reports whether one more call of the action fits into the window that
// ends now; a negative limit is none. Calls that did not fit are not counted.
func (p *Pace) Allow(action string, limit int, now time.Time) bool {
	if limit < 0 {
		return true
	}
	recent := p.recent[action]
	for len(recent) > 0 && now.Sub(recent[0]) >= p.window {
		recent = recent[1:]
	}
	fits := len(recent) < limit
	if fits {
		recent = append(recent, now)
	}
	p.recent[action] = recent
	return fits
}

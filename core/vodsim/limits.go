package vodsim

import "time"

// replays remembers nonces for as long as the Timestamp that they came with is
// accepted; after that the call is refused for its age.
type replays struct {
	until  map[string]time.Time
	pruned time.Time
}

// fresh reports whether a nonce was never used, and notes it until end.
func (r *replays) fresh(nonce string, now, end time.Time) bool {
	if now.Sub(r.pruned) >= time.Minute {
		for old, gone := range r.until {
			if now.After(gone) {
				delete(r.until, old)
			}
		}
		r.pruned = now
	}
	if _, used := r.until[nonce]; used {
		return false
	}
	r.until[nonce] = end
	return true
}

// pace limits the calls of each action within any second. The documentation
// gives the limit (50 a second, of the whole account) but not the window;
// sliding is the strictest reading.
type pace struct {
	limit  int // negative for none
	recent map[string][]time.Time
}

// allow reports whether one more call of the action fits into the second that
// ends now. Calls that did not fit are not counted.
func (p *pace) allow(action string, now time.Time) bool {
	if p.limit < 0 {
		return true
	}
	recent := p.recent[action]
	for len(recent) > 0 && now.Sub(recent[0]) >= time.Second {
		recent = recent[1:]
	}
	fits := len(recent) < p.limit
	if fits {
		recent = append(recent, now)
	}
	p.recent[action] = recent
	return fits
}

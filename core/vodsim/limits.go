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

// rate is how many calls a second of an action are taken. The documentation gives
// the limits, mostly 50 and of the whole account, but not the window; sliding is
// the strictest reading.
func (c Config) rate(action string) int {
	if action == "RefreshUploadVideo" {
		return c.UploadRate
	}
	return c.Rate
}

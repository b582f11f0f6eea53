package ledger

import "time"

// hour is one in which something expires, counted from when the ledger was opened;
// zero is never, or too far away to tell.
type hour uint16

// hourOf is the hour in which a time is; what is past is in the first.
func hourOf(opened, t time.Time) hour {
	const last = 1<<16 - 1
	n := t.Sub(opened)/time.Hour + 1
	if t.IsZero() || n > last {
		return 0
	}
	return hour(max(1, n))
}

// before reports whether what expires in an hour has by the beginning of another.
func (h hour) before(now hour) bool { return h != 0 && h < now }

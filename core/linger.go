package core

import "time"

// linger says how long what has not filled a call waits for more. Make one with
// the time that a single target waits for a second one.
type linger struct {
	single time.Duration
	latest time.Time     // when something came in
	gap    time.Duration // usually passes until something comes in again
}

const (
	pauseMost  = 10 // singles: a longer gap is a pause, which says nothing of the gaps before and after
	gapWeight  = 8  // of so many gaps, the latest counts as one
	quietAfter = 3  // gaps without anything, and no more is to be expected
	singleMost = 20 // singles: for longer nothing waits
)

// note notes that something came in.
func (l *linger) note(now time.Time) {
	if gap := now.Sub(l.latest); gap < pauseMost*l.single {
		l.gap += (gap - l.gap) / gapWeight
	}
	l.latest = now
}

// ends is when so many targets go out, the oldest of which came in at since. While
// one comes in each single linger a fuller call is worth the wait, for 20 of them in
// all; it is no more once nothing has come in for three times as long as usual.
func (l *linger) ends(targets int, since time.Time) time.Time {
	slow := since.Add(time.Duration(min(targets, singleMost)) * l.single)
	quiet := l.latest.Add(max(l.single, quietAfter*l.gap))
	if quiet.Before(slow) {
		return quiet
	}
	return slow
}

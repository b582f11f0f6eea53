package ledger

import (
	"strconv"
	"strings"
	"time"
)

// revision is what a reader gets to know of a record that its next writer needs.
type revision struct {
	born    uint64 // the page that it was first written on
	due     moment
	expires moment
}

// moment is a time in microseconds, which reach far enough: a job that has ended is
// due in the year 9943. Never is zero; what comes after 1970 is one more.
type moment int64

func momentOf(t time.Time) moment {
	n := t.UnixMicro()
	switch {
	case t.IsZero():
		return 0
	case n >= 0:
		n++
	}
	return moment(n)
}

// over reports whether something that expires then has.
func (m moment) over(now time.Time) bool { return m != 0 && momentOf(now) >= m }

func (r revision) String() string {
	text := append(strconv.AppendUint(nil, r.born, 10), '.')
	if r.due != 0 {
		text = strconv.AppendInt(text, int64(r.due), 36)
	}
	text = append(text, '.')
	if r.expires != 0 {
		text = strconv.AppendInt(text, int64(r.expires), 36)
	}
	return string(text)
}

// parseRevision reads a revision; one that is none was never the ledger's.
func parseRevision(text string) (r revision, ok bool) {
	born, rest, ok := strings.Cut(text, ".")
	due, expires, more := strings.Cut(rest, ".")
	if !ok || !more {
		return revision{}, false
	}
	var bad [3]error
	r.born, bad[0] = strconv.ParseUint(born, 10, 64)
	r.due, bad[1] = parseMoment(due)
	r.expires, bad[2] = parseMoment(expires)
	return r, r.born != 0 && bad == [3]error{}
}

func parseMoment(text string) (moment, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 36, 64)
	return moment(n), err
}

// time is the time of a moment, to the microsecond.
func (m moment) time() time.Time {
	switch {
	case m == 0:
		return time.Time{}
	case m > 0:
		m--
	}
	return time.UnixMicro(int64(m)).UTC()
}

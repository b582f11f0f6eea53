package ledger

import (
	"hash/crc32"
	"strconv"
	"strings"
	"time"
)

// revision is what a reader gets to know of a record that its next writer needs.
type revision struct {
	born    uint64 // the page that it was first written on
	due     moment
	expires moment
	key     uint32 // the sum of its key: the same page has others
}

// sumOf tells the keys of a page apart.
func sumOf(key string) uint32 { return crc32.ChecksumIEEE([]byte(key)) }

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
	text = strconv.AppendUint(append(text, '.'), uint64(r.key), 36)
	return string(text)
}

// parseRevision reads a revision; one that is none was never the ledger's.
func parseRevision(text string) (r revision, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 4 {
		return revision{}, false
	}
	var bad [4]error
	r.born, bad[0] = strconv.ParseUint(parts[0], 10, 64)
	r.due, bad[1] = parseMoment(parts[1])
	r.expires, bad[2] = parseMoment(parts[2])
	key, err := strconv.ParseUint(parts[3], 36, 32)
	r.key, bad[3] = uint32(key), err
	return r, r.born != 0 && bad == [4]error{}
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

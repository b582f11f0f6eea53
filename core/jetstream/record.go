package jetstream

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/varint"
)

// format is the first byte of a stored record.
const format = 1

// encode writes a record as a page keeps it: the format, the time it is due and
// the time it expires (nanoseconds since 1970 and one, or zero for never), the
// length of its key, the key, the value.
func encode(r core.Record) []byte {
	data := make([]byte, 0, 1+2*binary.MaxVarintLen64+2+len(r.Key)+len(r.Value))
	data = append(data, format)
	data = appendTime(data, r.Due)
	data = appendTime(data, r.Expires)
	data = binary.AppendUvarint(data, uint64(len(r.Key)))
	data = append(data, r.Key...)
	return append(data, r.Value...)
}

// decode reads what encode wrote, of a record in a page.
func decode(page uint64, data []byte) (core.Record, error) {
	d := varint.Reader{Data: data}
	if d.Byte() != format {
		d.Bad = true
	}
	due, expires := takeTime(&d), takeTime(&d)
	key := d.Bytes(d.Uint())
	if d.Bad {
		return core.Record{}, unreadable("page", page)
	}
	r := core.Record{Key: string(key), Value: append([]byte{}, d.Data...), Due: due, Expires: expires}
	r.Revision = revision{page, due}.String()
	return r, nil
}

// unreadable is the error of a message that nobody here has written so.
func unreadable(what string, sequence uint64) error {
	return core.Errorf(core.Internal, "get: the stored %s %d cannot be read", what, sequence)
}

func appendTime(data []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(data, 0)
	}
	n := t.UnixNano()
	if n >= 0 {
		n++ // zero is taken
	}
	return binary.AppendVarint(data, n)
}

func asTime(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	if n > 0 {
		n--
	}
	return time.Unix(0, n).UTC()
}

// takeTime reads what appendTime wrote.
func takeTime(r *varint.Reader) time.Time { return asTime(r.Int()) }

// revision is what a reader gets to know about a record that its next writer needs:
// its page, which changes with every write, and its due time, to remove it from
// the index.
type revision struct {
	page uint64
	due  time.Time
}

func (r revision) String() string {
	text := append(strconv.AppendUint(nil, r.page, 10), '.')
	if !r.due.IsZero() {
		text = strconv.AppendInt(text, r.due.UnixNano(), 10)
	}
	return string(text)
}

// parseRevision reads a revision; one that is none was never the store's.
func parseRevision(text string) (r revision, ok bool) {
	page, due, ok := strings.Cut(text, ".")
	if !ok {
		return revision{}, false
	}
	var err error
	if r.page, err = strconv.ParseUint(page, 10, 64); err != nil || r.page == 0 {
		return revision{}, false
	}
	if due == "" {
		return r, true
	}
	n, err := strconv.ParseInt(due, 10, 64)
	r.due = time.Unix(0, n).UTC()
	return r, err == nil
}

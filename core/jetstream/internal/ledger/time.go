package ledger

import (
	"encoding/binary"
	"time"

	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/varint"
)

// appendTime writes a time to the nanosecond.
func appendTime(data []byte, t time.Time) []byte {
	data = binary.AppendVarint(data, t.Unix())
	return binary.AppendUvarint(data, uint64(t.Nanosecond())) //nolint:gosec // never negative
}

// takeTime reads what appendTime wrote.
func takeTime(r *varint.Reader) time.Time {
	seconds, nanos := r.Int(), r.Uint()
	r.Bad = r.Bad || nanos >= uint64(time.Second)
	return time.Unix(seconds, int64(nanos)).UTC() //nolint:gosec // below a second
}

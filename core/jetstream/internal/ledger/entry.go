package ledger

import (
	"encoding/binary"
	"time"
)

// What an entry has, as bits of its first byte.
const (
	hasValue = 1 << iota
	hasDue
	hasExpires
	hasBorn
	hasWasDue
	unknown
)

// entry is a record as a page has it.
type entry struct {
	key    string
	value  []byte // nil: the record is deleted
	due    time.Time
	expire time.Time
	born   uint64    // the page that it was first written on; zero: this one
	was    uint64    // the page that had the record before; zero: none
	wasDue time.Time // when it was due there
}

// append writes an entry behind data: what it has, the page before, what it has of
// the times and the first page, the key, the value.
func (e *entry) append(data []byte) []byte {
	var has byte
	at := len(data)
	data = append(data, 0)
	data = binary.AppendUvarint(data, e.was)
	if !e.due.IsZero() {
		has |= hasDue
		data = appendTime(data, e.due)
	}
	if !e.expire.IsZero() {
		has |= hasExpires
		data = appendTime(data, e.expire)
	}
	if e.born != 0 {
		has |= hasBorn
		data = binary.AppendUvarint(data, e.born)
	}
	if !e.wasDue.IsZero() {
		has |= hasWasDue
		data = appendTime(data, e.wasDue)
	}
	data = binary.AppendUvarint(data, uint64(len(e.key)))
	data = append(data, e.key...)
	if e.value != nil {
		has |= hasValue
		data = binary.AppendUvarint(data, uint64(len(e.value)))
		data = append(data, e.value...)
	}
	data[at] = has
	return data
}

// room is about what an entry takes of a page that is not compressed.
func (e *entry) room() int { return 40 + len(e.key) + len(e.value) }

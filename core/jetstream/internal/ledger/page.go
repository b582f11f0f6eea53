package ledger

import (
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/varint"
)

const (
	// plain and packed are the first byte of a page: as it is, or compressed by S2.
	plain  = 3
	packed = 4
	// mostPlain is how large a page is at most, before it is compressed.
	mostPlain = 2 * maxBytes
	// worthwhile is how large a page has to be to be compressed.
	worthwhile = 256
	// maxRecords and maxBytes are when a page is full: who reads one record reads
	// them all.
	maxRecords = 32
	maxBytes   = 256 << 10
)

// filling is a page that is being put together. None has two keys of one hash: so the
// number of a page and a hash say which record is meant.
type filling struct {
	hashes map[uint64]bool
	size   int
}

func newFilling(hash uint64, size int) filling {
	return filling{hashes: map[uint64]bool{hash: true}, size: size}
}

// takes adds a record, or reports that it needs another page.
func (f *filling) takes(hash uint64, size int) bool {
	if f.hashes == nil || f.hashes[hash] || len(f.hashes) >= maxRecords || f.size+size > maxBytes {
		return false
	}
	f.hashes[hash] = true
	f.size += size
	return true
}

// encode writes a page.
func encode(entries []entry) []byte {
	size := 1
	for i := range entries {
		size += entries[i].room()
	}
	data := append(make([]byte, 0, size), plain)
	for i := range entries {
		data = entries[i].append(data)
	}
	if len(data) < worthwhile {
		return data
	}
	small := make([]byte, 1+s2.MaxEncodedLen(len(data)-1))
	small[0] = packed
	return slices.Clone(small[:1+len(s2.Encode(small[1:], data[1:]))])
}

// unpack is what a page has behind its first byte.
func unpack(data []byte) (plainly []byte, ok bool) {
	if len(data) == 0 {
		return nil, false
	}
	switch data[0] {
	case plain:
		return data[1:], true
	case packed:
		if size, err := s2.DecodedLen(data[1:]); err != nil || size > mostPlain {
			return nil, false
		}
		all, err := s2.Decode(nil, data[1:])
		return all, err == nil
	default:
		return nil, false
	}
}

// decode reads a page. The values are parts of data.
func decode(number uint64, data []byte) ([]entry, error) {
	all, ok := unpack(data)
	d := varint.Reader{Data: all, Bad: !ok}
	var entries []entry
	for !d.Bad && len(d.Data) > 0 {
		var e entry
		has := d.Byte()
		e.was = d.Uint()
		if has&hasDue != 0 {
			e.due = takeTime(&d)
		}
		if has&hasExpires != 0 {
			e.expire = takeTime(&d)
		}
		if has&hasBorn != 0 {
			e.born = d.Uint()
		}
		if has&hasWasDue != 0 {
			e.wasDue = takeTime(&d)
		}
		e.key = string(d.Bytes(d.Uint()))
		if has&hasValue != 0 {
			e.value = d.Bytes(d.Uint())
		}
		d.Bad = d.Bad || has >= unknown || e.key == "" || len(e.key) > core.MaxKey || len(e.value) > core.MaxValue
		entries = append(entries, e)
	}
	if d.Bad {
		return nil, core.Errorf(core.Internal, "get: the stored page %d cannot be read", number)
	}
	return entries, nil
}

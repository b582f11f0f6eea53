package jetstream

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/varint"
)

// mark is a part of a key's hash. Together with the number of the bucket it has 63
// bits: two of ten million keys have the same with a probability of 1 in 200,000.
type mark [6]byte

// bucketFormat is the first byte of a bucket that is not empty.
const bucketFormat = 2

// place says where a record is.
type place struct {
	mark    mark
	page    uint64    // the sequence of its page; zero for no place
	sharing uint64    // how many records the page was written with
	expires time.Time // when the record does
}

// alive reports whether there is a record, and it has not expired.
func (p place) alive(now time.Time) bool {
	return p.page != 0 && (p.expires.IsZero() || now.Before(p.expires))
}

// bucket is a part of the index.
type bucket []place

// find returns the place of a record, if the bucket has it.
func (b bucket) find(m mark) place {
	i := slices.IndexFunc(b, func(p place) bool { return p.mark == m })
	if i < 0 {
		return place{}
	}
	return b[i]
}

// with is the bucket with other places: those without a page are dropped, and so
// are those of records that have expired.
func (b bucket) with(others []place, now time.Time) bucket {
	changed := slices.DeleteFunc(slices.Clone(b), func(p place) bool {
		return slices.ContainsFunc(others, func(o place) bool { return o.mark == p.mark })
	})
	return slices.DeleteFunc(append(changed, others...), func(p place) bool { return !p.alive(now) })
}

// encode writes a bucket as the stream keeps it: the format, then of each place
// the mark, the page, the number that share it, the time it expires. A bucket
// without places is nothing at all.
func (b bucket) encode() []byte {
	if len(b) == 0 {
		return nil
	}
	const size = 22 // of a place, mostly
	data := append(make([]byte, 0, 1+size*len(b)), bucketFormat)
	for _, p := range b {
		data = append(data, p.mark[:]...)
		data = binary.AppendUvarint(data, p.page)
		data = binary.AppendUvarint(data, p.sharing)
		data = appendTime(data, p.expires)
	}
	return data
}

// decodeBucket reads what encode wrote, of a message.
func decodeBucket(m message) (bucket, error) {
	if len(m.Data) == 0 {
		return nil, nil
	}
	d := varint.Reader{Data: m.Data}
	d.Bad = d.Byte() != bucketFormat
	var b bucket
	for !d.Bad && len(d.Data) > 0 {
		var p place
		copy(p.mark[:], d.Bytes(uint64(len(p.mark))))
		p.page, p.sharing, p.expires = d.Uint(), d.Uint(), takeTime(&d)
		d.Bad = d.Bad || p.page == 0
		b = append(b, p)
	}
	if d.Bad {
		return nil, unreadable("bucket", m.Sequence)
	}
	return b, nil
}

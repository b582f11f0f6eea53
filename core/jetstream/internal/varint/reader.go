// Package varint reads what the stores of core/jetstream write: numbers of variable
// length, and bytes.
//
// The package may import the standard library alone.
package varint

import "encoding/binary"

// Reader takes values from the front of Data, until something is Bad. Then it takes
// nothing more, and all values are zero.
type Reader struct {
	Data []byte
	Bad  bool
}

// Byte takes one byte.
func (r *Reader) Byte() byte {
	b := r.Bytes(1)
	if r.Bad {
		return 0
	}
	return b[0]
}

// Bytes takes n bytes, which are a part of Data: never nil unless they are not there.
func (r *Reader) Bytes(n uint64) []byte {
	if r.Bad || n > uint64(len(r.Data)) {
		r.Bad = true
		return nil
	}
	head := r.Data[:n:n]
	r.Data = r.Data[n:]
	return head
}

// Uint takes a number as [binary.AppendUvarint] writes it.
func (r *Reader) Uint() uint64 {
	n, size := binary.Uvarint(r.Data)
	return taken(r, n, size)
}

// Int takes a number as [binary.AppendVarint] writes it.
func (r *Reader) Int() int64 {
	n, size := binary.Varint(r.Data)
	return taken(r, n, size)
}

// taken is a number that took so many bytes of the data.
func taken[T int64 | uint64](r *Reader, n T, size int) T {
	r.Bytes(uint64(max(0, size)))
	if r.Bad = r.Bad || size <= 0; r.Bad {
		return 0
	}
	return n
}

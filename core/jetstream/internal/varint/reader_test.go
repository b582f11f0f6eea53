package varint_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/varint"
)

func Example() {
	data := binary.AppendUvarint([]byte{7}, 3)
	r := varint.Reader{Data: append(data, "key and more"...)}
	fmt.Println(r.Byte(), string(r.Bytes(r.Uint())), r.Bad)
	fmt.Println(len(r.Bytes(100)), r.Bad)
	// Output:
	// 7 key false
	// 0 true
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, -1, 127, 128, math.MaxInt64, math.MinInt64} {
		data := binary.AppendUvarint(binary.AppendVarint(nil, n), uint64(n))
		r := varint.Reader{Data: data}
		if i, u := r.Int(), r.Uint(); i != n || u != uint64(n) || r.Bad || len(r.Data) != 0 {
			t.Errorf("%d became %d and %d, %+v", n, i, u, r)
		}
		for end := range data {
			r := varint.Reader{Data: data[:end]}
			if i, u := r.Int(), r.Uint(); !r.Bad {
				t.Errorf("%x is %d and %d", data[:end], i, u)
			}
		}
	}
}

// TestNothingIsTakenAfterABadValue: what comes behind it means nothing.
func TestNothingIsTakenAfterABadValue(t *testing.T) {
	t.Parallel()
	r := varint.Reader{Data: []byte(strings.Repeat("\xff", 11) + "rest")}
	if n := r.Uint(); n != 0 || !r.Bad {
		t.Errorf("a number of 11 bytes is %d, %+v", n, r)
	}
	if r.Byte() != 0 || r.Bytes(0) != nil || r.Int() != 0 || r.Uint() != 0 || !r.Bad {
		t.Errorf("something was taken: %+v", r)
	}
}

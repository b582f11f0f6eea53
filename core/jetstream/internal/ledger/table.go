package ledger

// place says on which page a record is.
type place struct {
	page  uint64
	moved bool // the page is not the one that it was first written on
	size  int  // of the record in the log, rounded up
	hour  hour // when it expires
}

// hashBits is how much of a key's hash the table tells apart. In a million keys,
// two have the same once in two times; that is looked after.
const hashBits = 40

// table is where records are, by the hashes of their keys. A hash may have several.
//
// It is split by eight bits of the hash, so that only a small part is copied when
// there is no more room in it.
type table struct {
	last   uint64 // the highest page
	bytes  int    // the sizes of all, together
	shards [256]shard
}

const (
	pageBits = 31
	pageMask = 1<<pageBits - 1
	movedBit = 1 << pageBits
	// sizeUnit makes the largest record fit into a slot.
	sizeUnit = 4
)

// rounded is a size as a slot has it.
func rounded(size int) int { return max(1, (size+sizeUnit-1)/sizeUnit) * sizeUnit }

func (t *table) shard(hash uint64) (*shard, uint32) {
	return &t.shards[byte(hash>>32)], uint32(hash) //nolint:gosec // the lower bits
}

// places appends where the records of a hash are.
func (t *table) places(hash uint64, to []place) []place {
	s, tag := t.shard(hash)
	for i := range s.row(tag) {
		if s.slots[i].tag == tag {
			to = append(to, t.place(s.slots[i]))
		}
	}
	return to
}

func (t *table) place(s slot) place {
	behind := (t.last - uint64(s.page)) & pageMask
	return place{page: t.last - behind, moved: s.page&movedBit != 0, size: int(s.size) * sizeUnit, hour: s.hour}
}

// add enters a place.
func (t *table) add(hash uint64, p place) {
	t.last = max(t.last, p.page)
	s, tag := t.shard(hash)
	size := uint16(rounded(p.size) / sizeUnit) //nolint:gosec // a record is smaller
	n := slot{tag: tag, page: uint32(p.page & pageMask), size: size, hour: p.hour}
	if p.moved {
		n.page |= movedBit
	}
	const most = 0.8
	if float64(s.used+1) > most*float64(len(s.slots)) {
		s.resize(len(s.slots) + len(s.slots)/4 + 4)
	}
	s.put(n)
	t.bytes += rounded(p.size)
}

// remove takes out the place of a record on a page, and reports whether it was there.
func (t *table) remove(hash, page uint64) (place, bool) {
	s, tag := t.shard(hash)
	for i := range s.row(tag) {
		if s.slots[i].tag == tag && uint64(s.slots[i].page)&pageMask == page&pageMask {
			p := t.place(s.slots[i])
			t.dropAt(s, i)
			return p, true
		}
	}
	return place{}, false
}

func (t *table) dropAt(s *shard, i int) {
	t.bytes -= int(s.slots[i].size) * sizeUnit
	s.drop(i)
}

// sweep takes out what has expired before an hour.
func (t *table) sweep(now hour) {
	for n := range t.shards {
		s := &t.shards[n]
		for i := 0; i < len(s.slots); {
			if s.slots[i].size != 0 && s.slots[i].hour.before(now) {
				t.dropAt(s, i) // and another may have come there
				continue
			}
			i++
		}
		if len(s.slots) > 4*max(4, s.used) {
			s.resize(2 * s.used)
		}
	}
}

package ledger

// shard is an open hash table, probed in a row.
type shard struct {
	slots []slot
	used  int
}

// slot is a place, in 12 bytes. It has the lower bits of the page's number: of those
// that may be meant, it is the highest up to the last page of all.
type slot struct {
	tag  uint32
	page uint32
	size uint16 // zero: the slot is free
	hour hour
}

// row yields the numbers of the slots in which a tag may be.
func (s *shard) row(tag uint32) func(func(int) bool) {
	return func(yield func(int) bool) {
		if len(s.slots) == 0 {
			return
		}
		for i := s.home(tag); s.slots[i].size != 0; i = s.next(i) {
			if !yield(i) {
				return
			}
		}
	}
}

// home is the slot of a tag if nobody is in the way.
func (s *shard) home(tag uint32) int {
	return int(uint64(tag) * uint64(len(s.slots)) >> 32)
}

func (s *shard) next(i int) int {
	if i == len(s.slots)-1 {
		return 0
	}
	return i + 1
}

func (s *shard) put(n slot) {
	i := s.home(n.tag)
	for s.slots[i].size != 0 {
		i = s.next(i)
	}
	s.slots[i] = n
	s.used++
}

// drop frees a slot, and moves up those behind it that would not be found any more.
func (s *shard) drop(free int) {
	size := len(s.slots)
	for i := s.next(free); s.slots[i].size != 0; i = s.next(i) {
		home := s.home(s.slots[i].tag)
		if (i-home+size)%size >= (i-free+size)%size {
			s.slots[free] = s.slots[i]
			free = i
		}
	}
	s.slots[free] = slot{}
	s.used--
}

func (s *shard) resize(size int) {
	old := s.slots
	s.slots, s.used = make([]slot, size), 0
	for _, n := range old {
		if n.size != 0 {
			s.put(n)
		}
	}
}

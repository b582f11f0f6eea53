package ledger

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/vodrefresh/vodrefresh/core"
)

// TestTable does the same to a table and to a map, with hashes that are in each
// other's way.
func TestTable(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var is table
	want := map[uint64][]place{}
	hashes := make([]uint64, 0, 3000)
	for i := range cap(hashes) {
		switch i % 3 {
		case 0: // at the end of a shard, so that it goes on at its beginning
			hashes = append(hashes, 7<<32|(1<<32-1-uint64(i)%40))
		case 1:
			hashes = append(hashes, 8<<32|uint64(i%50)<<20)
		default:
			hashes = append(hashes, random.Uint64()&(1<<hashBits-1))
		}
	}
	byPage := func(a, b place) int { return int(a.page) - int(b.page) }
	for page := uint64(1); page < 30_000; page++ {
		hash := hashes[random.IntN(len(hashes))]
		if known := want[hash]; len(known) > 0 && random.IntN(3) > 0 {
			i := random.IntN(len(known))
			got, ok := is.remove(hash, known[i].page)
			if !ok || got != known[i] {
				t.Fatalf("removed %+v, %t, want %+v", got, ok, known[i])
			}
			want[hash] = slices.Delete(known, i, i+1)
			continue
		}
		p := place{page: page, moved: page%2 == 0, size: rounded(random.IntN(70_000)), hour: hour(random.IntN(1 << 16))}
		is.add(hash, p)
		want[hash] = append(want[hash], p)
	}
	count, size := 0, 0
	for hash, places := range want {
		got := is.places(hash, nil)
		slices.SortFunc(got, byPage)
		slices.SortFunc(places, byPage)
		if !slices.Equal(got, places) {
			t.Fatalf("hash %x is at %+v, want %+v", hash, got, places)
		}
		for _, p := range places {
			count, size = count+1, size+p.size
		}
	}
	if is.count() != count || is.bytes != size || count == 0 {
		t.Errorf("%d places of %d bytes, want %d of %d", is.count(), is.bytes, count, size)
	}
	if _, ok := is.remove(1<<39, 1<<20); ok {
		t.Error("removed what is not there")
	}
}

func TestTableSweeps(t *testing.T) {
	t.Parallel()
	var is table
	const all = 50_000
	for i := range uint64(all) {
		is.add(i*0x9e3779b97f4a7c15&(1<<hashBits-1), place{page: i + 1, size: 100, hour: hour(i % 5)})
	}
	is.sweep(2)
	if is.count() != all*4/5 || is.bytes != is.count()*100 {
		t.Errorf("%d places of %d bytes are left, want 4/5", is.count(), is.bytes)
	}
	is.sweep(5)
	if is.count() != all/5 {
		t.Errorf("%d places are left, want those that never expire", is.count())
	}
	room := 0
	for i := range is.shards {
		room += len(is.shards[i].slots)
	}
	if room > 4*is.count() {
		t.Errorf("there is room for %d, and %d are left", room, is.count())
	}
	for i := range uint64(all) {
		got := is.places(i*0x9e3779b97f4a7c15&(1<<hashBits-1), nil)
		if (i%5 == 0) != (len(got) == 1 && got[0].page == i+1) {
			t.Fatalf("place %d is %+v", i, got)
		}
	}
}

// TestTableIsSmall: it is what a million records cost in memory.
func TestTableIsSmall(t *testing.T) {
	t.Parallel()
	var is table
	const all, most = 300_000, 20
	for i := range uint64(all) {
		is.add(i*0x9e3779b97f4a7c15&(1<<hashBits-1), place{page: i + 1, size: 100})
	}
	room := 0
	for i := range is.shards {
		room += cap(is.shards[i].slots) * int(unsafe.Sizeof(slot{}))
	}
	if room > most*all {
		t.Errorf("a record takes %.1f bytes, want %d at most", float64(room)/all, most)
	}
}

// TestPagesBeyondTheBits: of the numbers that a slot may mean, it is the last.
func TestPagesBeyondTheBits(t *testing.T) {
	t.Parallel()
	var is table
	for i, page := range []uint64{pageMask - 1, pageMask, pageMask + 1, pageMask + 2, 5 * (pageMask + 1)} {
		is.add(uint64(i), place{page: page, size: 4})
		if got := is.places(uint64(i), nil); len(got) != 1 || got[0].page != page {
			t.Errorf("page %d became %+v", page, got)
		}
	}
}

// TestTheLargestRecordHasASize that a slot can hold.
func TestTheLargestRecordHasASize(t *testing.T) {
	t.Parallel()
	e := entry{key: string(make([]byte, core.MaxKey)), value: make([]byte, core.MaxValue)}
	var is table
	is.add(1, place{page: 1, size: e.room()})
	if got := is.places(1, nil)[0].size; got < e.room() || got > e.room()+sizeUnit {
		t.Errorf("size %d became %d", e.room(), got)
	}
}

func TestHours(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]hour{
		-time.Hour: 1, 0: 1, time.Hour - 1: 1, time.Hour: 2, 24 * time.Hour: 25, 65534 * time.Hour: 65535, 65535 * time.Hour: 0,
	} {
		if got := hourOf(noon, noon.Add(d)); got != want {
			t.Errorf("after %s it is hour %d, want %d", d, got, want)
		}
	}
	if hourOf(noon, time.Time{}) != 0 || hour(0).before(9) || hour(2).before(2) || !hour(2).before(3) {
		t.Error("an hour is over too early or too late")
	}
}

// count is how many places a table has.
func (t *table) count() (count int) {
	for i := range t.shards {
		count += t.shards[i].used
	}
	return count
}

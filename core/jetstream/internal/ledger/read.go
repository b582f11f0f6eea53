package ledger

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
)

// found is an entry, and where it is.
type found struct {
	entry

	hash, page uint64
}

// readTries is how often records are looked up that are moved meanwhile.
const readTries = 20

// Get reads records, in the order of their keys.
func (l *Ledger) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if err := core.CheckKeys(keys); err != nil {
		return nil, err
	}
	records := make([]core.Record, len(keys))
	for i, key := range keys {
		records[i].Key = key
	}
	now := l.clock.Now()
	for range readTries {
		hashes := make([]uint64, len(keys))
		for i, key := range keys {
			hashes[i] = l.hashOf(key)
		}
		all, gone, err := l.look(ctx, hashes)
		if err != nil {
			return nil, err
		}
		if gone {
			continue
		}
		var over []found
		for i, key := range keys {
			f := newest(all[i], key)
			switch {
			case f == nil:
			case momentOf(f.expire).over(now):
				over = append(over, *f)
			default:
				records[i] = f.record()
			}
		}
		l.forget(over)
		return records, nil
	}
	return nil, core.Errorf(core.Internal, "get: the pages of %d records are gone", len(keys))
}

// newest is what the last page says of a key, if any does.
func newest(all []found, key string) (last *found) {
	for i := range all {
		if f := &all[i]; f.key == key && (last == nil || f.page > last.page) {
			last = f
		}
	}
	return last
}

// look reads what the index names for hashes, of each what has that very hash. It
// reports whether a page is gone: then the index names another by now.
func (l *Ledger) look(ctx context.Context, hashes []uint64) (all [][]found, gone bool, err error) {
	places := make([][]place, len(hashes))
	l.mu.RLock()
	for i, hash := range hashes {
		places[i] = l.table.places(hash, nil)
	}
	l.mu.RUnlock()
	return l.open(ctx, hashes, places)
}

// open reads what is at places, which are those of hashes.
func (l *Ledger) open(ctx context.Context, hashes []uint64, places [][]place) (all [][]found, gone bool, err error) {
	pages, err := l.pages(ctx, places)
	if err != nil {
		return nil, false, err
	}
	all = make([][]found, len(hashes))
	for i, hash := range hashes {
		for _, p := range places[i] {
			entries, there := pages[p.page]
			gone = gone || !there
			for _, e := range entries {
				if l.hashOf(e.key) == hash && e.value != nil {
					all[i] = append(all[i], found{e, hash, p.page})
				}
			}
		}
	}
	return all, gone, nil
}

// pages reads those of places that are there.
func (l *Ledger) pages(ctx context.Context, places [][]place) (map[uint64][]entry, error) {
	pages := make(map[uint64][]entry)
	var numbers []uint64
	for _, some := range places {
		for _, p := range some {
			if _, known := pages[p.page]; !known {
				pages[p.page] = nil
				numbers = append(numbers, p.page)
			}
		}
	}
	if len(numbers) == 0 {
		return pages, nil
	}
	data, err := l.log.Read(ctx, numbers)
	if err != nil {
		return nil, err
	}
	for i, number := range numbers {
		if data[i] == nil {
			delete(pages, number)
			continue
		}
		if pages[number], err = decode(number, data[i]); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

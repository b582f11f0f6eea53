package core

import (
	"context"
	"maps"
	"slices"
)

// change reads the books of some keys, lets edit change them, and writes those
// that it has changed. It returns the keys at which another worker was faster.
func (c *Coverage) change(ctx context.Context, keys []string, edit func(b *book, key string) bool) (left []string, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	records, err := c.cfg.Store.Get(ctx, keys)
	if err != nil {
		return nil, err
	}
	var changed []Record
	for _, r := range records {
		b := readBook(r)
		if !edit(&b, r.Key) {
			continue
		}
		if r, err = b.write(r, c.cfg.Clock.Now()); err != nil {
			return nil, err
		}
		changed = append(changed, r)
	}
	if len(changed) == 0 {
		return nil, nil
	}
	revisions, err := c.cfg.Store.Put(ctx, changed)
	if err != nil {
		return nil, err
	}
	for i, revision := range revisions {
		if revision == "" {
			left = append(left, changed[i].Key)
		}
	}
	return left, nil
}

// end lets edit enter what became of reservations, however often another worker
// is faster.
func (c *Coverage) end(ctx context.Context, reservations []Reservation, edit func(*book, Reservation) bool) error {
	open := make(map[string][]Reservation, len(reservations))
	for _, r := range reservations {
		if r.State == Reserved && r.token != "" {
			open[r.claim.key] = append(open[r.claim.key], r)
		}
	}
	for range coverageTries {
		left, err := c.change(ctx, keysOf(open), func(b *book, key string) bool {
			changed := false
			for _, r := range open[key] {
				changed = edit(b, r) || changed
			}
			return changed
		})
		if err != nil || len(left) == 0 {
			return err
		}
		open = only(open, left)
	}
	return Errorf(Unavailable, "coverage of %d media was changed by others %d times in a row", len(open), coverageTries)
}

// keysOf are the keys of a group, in order.
func keysOf[T any](groups map[string]T) []string { return slices.Sorted(maps.Keys(groups)) }

// only is the groups that are left.
func only[T any](groups map[string]T, keys []string) map[string]T {
	left := make(map[string]T, len(keys))
	for _, key := range keys {
		left[key] = groups[key]
	}
	return left
}

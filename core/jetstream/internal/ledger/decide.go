package ledger

import (
	"cmp"
	"context"
	"slices"

	"github.com/vodrefresh/vodrefresh/core"
)

// decide finds out which changes are to be made. Nobody else writes meanwhile.
func (l *Ledger) decide(ctx context.Context, orders []*order) error {
	var doubtful []*change
	var hashes []uint64
	var places [][]place
	l.mu.RLock()
	var near [4]place
	for _, o := range orders {
		for i := range o.changes {
			c := &o.changes[i]
			c.make, c.was, c.revision = false, nil, ""
			at := l.table.places(c.hash, near[:0])
			if !l.sure(c, at) {
				doubtful, hashes, places = append(doubtful, c), append(hashes, c.hash), append(places, slices.Clone(at))
			}
		}
	}
	l.mu.RUnlock()
	if len(doubtful) == 0 {
		return nil
	}
	all, gone, err := l.open(ctx, hashes, places)
	if err == nil && gone { // nobody else removes any
		err = core.Errorf(core.Internal, "put: the pages of some of %d records are gone", len(doubtful))
	}
	if err != nil {
		return err
	}
	for i, c := range doubtful {
		l.compare(c, all[i])
	}
	return nil
}

// sure decides about a change by where its record is, if that is enough. A record
// that was not moved is on the page of its revision, and nobody else of its hash is.
func (l *Ledger) sure(c *change, at []place) bool {
	if c.record.Revision == "" {
		if len(at) == 0 {
			c.create()
		}
		return len(at) == 0
	}
	is, ok := parseRevision(c.record.Revision)
	switch {
	case !ok || is.key != sumOf(c.record.Key) || len(at) == 0 || is.expires.over(l.clock.Now()):
		return true
	case len(at) > 1 || at[0].moved:
		return false
	case at[0].page != is.born:
		return true
	}
	c.make = true
	c.was = []found{{entry: entry{due: is.due.time()}, page: at[0].page}}
	return true
}

// compare decides about a change by what the pages have of its hash.
func (l *Ledger) compare(c *change, all []found) {
	all = slices.DeleteFunc(all, func(f found) bool { return f.key != c.record.Key })
	slices.SortFunc(all, func(a, b found) int { return cmp.Compare(b.page, a.page) })
	alive := len(all) > 0 && !momentOf(all[0].expire).over(l.clock.Now())
	switch {
	case c.record.Revision == "" && !alive:
		c.create()
	case c.record.Revision != "":
		c.make = alive && all[0].record().Revision == c.record.Revision
	}
	if c.was = all; len(all) > 1 { // a page between them was lost
		l.forget(all[1:])
	}
}

// create makes a record that does not exist; to delete one, there is nothing to do.
func (c *change) create() {
	if c.make = c.record.Value != nil; !c.make {
		c.revision = core.Deleted
	}
}

package ledger

import (
	"context"
	"errors"
	"slices"

	"github.com/vodrefresh/vodrefresh/core"
)

// writeTries is how often orders are written behind the last page, if others are
// found there: of ours, whose fate was not known.
const writeTries = 5

// write carries out orders, and says so. Then it cleans, in proportion to what it
// has written.
func (l *Ledger) write(orders []*order) {
	ctx := context.Background() // of many callers; the log has a patience of its own
	before := l.cleaner.bytes
	var err error
	for range writeTries {
		if orders, err = l.writeSome(ctx, orders); !errors.Is(err, ErrBehind) {
			break
		}
	}
	if err != nil {
		if errors.Is(err, ErrBehind) {
			err = core.Errorf(core.Unavailable, "put: somebody else writes to the log")
		}
		end(orders, err)
		l.desk.clear(err) // rather than let each of them wait as long
		return
	}
	l.sweep()
	l.clean(ctx, l.cleaner.bytes-before)
}

// writeSome carries out orders, and returns those that it has not.
func (l *Ledger) writeSome(ctx context.Context, orders []*order) ([]*order, error) {
	if l.behind {
		if err := l.catchUp(ctx); err != nil {
			return orders, err
		}
	}
	if err := l.decide(ctx, orders); err != nil {
		return orders, err
	}
	var writing []*order
	var pages []sheet
	size := 0
	for _, o := range orders {
		entries := o.entries()
		if len(entries) == 0 {
			o.done <- nil
			continue
		}
		data := encode(entries)
		if !o.deletes() && !l.fits(size+len(data)) {
			o.done <- core.Errorf(core.Unavailable, "put: maximum bytes exceeded: the store may hold %d", l.desk.limit.Load())
			continue
		}
		size += len(data)
		writing, pages = append(writing, o), append(pages, sheet{entries: entries, data: data})
	}
	added, err := l.append(ctx, pages)
	for i, o := range writing[:added] {
		o.settle(l.last - uint64(added-1-i)) //nolint:gosec // a small count
		o.done <- nil
	}
	return writing[added:], err
}

// sheet is a page that is to be written.
type sheet struct {
	entries []entry
	data    []byte
}

// append writes pages and enters them, as many as it says.
func (l *Ledger) append(ctx context.Context, pages []sheet) (int, error) {
	if len(pages) == 0 {
		return 0, nil
	}
	data := make([][]byte, len(pages))
	for i, p := range pages {
		data[i] = p.data
	}
	added, err := l.log.Append(ctx, l.last, data)
	l.behind = err != nil
	for _, p := range pages[:added] {
		l.turn(l.last+1, len(p.data), p.entries)
	}
	return added, err
}

// entries is what an order writes.
func (o *order) entries() (entries []entry) {
	for i := range o.changes {
		c := &o.changes[i]
		if !c.make {
			continue
		}
		e := entry{key: c.record.Key, value: c.record.Value, due: c.record.Due, expire: c.record.Expires}
		if len(c.was) > 0 {
			e.was, e.wasDue = c.was[0].page, c.was[0].due
		}
		if entries == nil {
			entries = make([]entry, 0, len(o.changes)-i)
		}
		entries = append(entries, e)
	}
	return entries
}

// deletes reports whether an order does nothing else.
func (o *order) deletes() bool {
	return !slices.ContainsFunc(o.changes, func(c change) bool { return c.make && c.record.Value != nil })
}

// fits reports whether there is room for some bytes.
func (l *Ledger) fits(size int) bool {
	limit := l.desk.limit.Load()
	held := func() int64 {
		l.mu.RLock()
		defer l.mu.RUnlock()
		return int64(l.table.bytes + size)
	}
	if limit == 0 || held() <= limit {
		return true
	}
	l.sweep()
	return held() <= limit
}

// settle gives the records of an order their revisions, now that they are on a page.
func (o *order) settle(page uint64) {
	for i := range o.changes {
		switch c := &o.changes[i]; {
		case !c.make:
		case c.record.Value == nil:
			c.revision = core.Deleted
		default:
			c.revision = revision{page, momentOf(c.record.Due), momentOf(c.record.Expires), sumOf(c.record.Key)}.String()
		}
	}
}

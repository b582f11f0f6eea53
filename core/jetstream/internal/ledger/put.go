package ledger

import (
	"bytes"
	"context"

	"github.com/vodrefresh/vodrefresh/core"
)

// order is what becomes one page: some records of a call.
type order struct {
	changes []change
	done    chan error // has room for one
}

// change is a record to be written.
type change struct {
	at       int // where among the records of the call
	record   core.Record
	hash     uint64
	was      []found // what it replaces, the last page first
	make     bool    // it is to be written
	revision string  // what becomes of it
}

// Put writes each record whose revision is still that of the ledger.
func (l *Ledger) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if err := core.CheckRecords(records); err != nil {
		return nil, err
	}
	orders := l.orders(records)
	l.desk.take(orders, l.write)
	revisions := make([]string, len(records))
	for _, o := range orders {
		select {
		case err := <-o.done:
			if err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, &core.Error{Kind: core.Unavailable, Op: "put", Message: "given up", Err: ctx.Err()}
		}
		for _, c := range o.changes {
			revisions[c.at] = c.revision
		}
	}
	return revisions, nil
}

// orders divides records into pages.
func (l *Ledger) orders(records []core.Record) []*order {
	var orders []*order
	var now filling
	for i, r := range records {
		r.Value = bytes.Clone(r.Value) // the caller may give up, and use it again
		c := change{at: i, record: r, hash: l.hashOf(r.Key)}
		if !now.takes(c.hash, len(r.Value)) {
			now = newFilling(c.hash, len(r.Value))
			orders = append(orders, &order{changes: make([]change, 0, min(maxRecords, len(records)-i)), done: make(chan error, 1)})
		}
		o := orders[len(orders)-1]
		o.changes = append(o.changes, c)
	}
	return orders
}

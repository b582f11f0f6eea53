package jetstream

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/varint"
)

const (
	// sharers is how many records share a page at most: as many as a call of a
	// provider takes, and some.
	sharers = 32
	// linger is how long what has expired may stay: as long as clocks differ.
	linger = time.Minute
	// expectedSequence is the header of a message that says which sequence the
	// last of its subject must have.
	expectedSequence = jetstream.ExpectedLastSubjSeqHeader
)

// page is the records of one page, by their keys.
type page map[string]core.Record

// encodePage writes records as a page: each after its length.
func encodePage(records []core.Record) []byte {
	var data []byte
	for _, r := range records {
		one := encode(r)
		data = binary.AppendUvarint(data, uint64(len(one)))
		data = append(data, one...)
	}
	return data
}

// decodePage reads what encodePage wrote, of a message.
func decodePage(m message) (page, error) {
	d := varint.Reader{Data: m.Data}
	records := page{}
	for len(d.Data) > 0 {
		one := d.Bytes(d.Uint())
		if d.Bad {
			return nil, unreadable("page", m.Sequence)
		}
		r, err := decode(m.Sequence, one)
		if err != nil {
			return nil, err
		}
		records[r.Key] = r
	}
	return records, nil
}

// sheet is a page to be written.
type sheet struct {
	changes []*change
	size    int
}

// sheets divides changes into pages. Records that expire, and are not due before,
// share one: if it cannot be removed, because some of its records are still in
// use, it goes by itself. Any other has a page of its own.
func sheets(changes []*change) []*sheet {
	const full = 256 << 10
	var pages []*sheet
	shared := &sheet{size: full}
	for _, c := range changes {
		r := c.record
		switch {
		case r.Value == nil:
			continue
		case r.Expires.IsZero() || !r.Due.IsZero():
			pages = append(pages, &sheet{changes: []*change{c}})
			continue
		case shared.size >= full || len(shared.changes) >= sharers:
			shared = &sheet{}
			pages = append(pages, shared)
		}
		shared.changes = append(shared.changes, c)
		shared.size += len(r.Value)
	}
	return pages
}

// writePages stores the records of changes, where nobody finds them until their
// places are in the index.
func (s *paged) writePages(ctx context.Context, changes []*change) error {
	pages := sheets(changes)
	messages := make([]*nats.Msg, len(pages))
	for i, p := range pages {
		var expires time.Time
		records := make([]core.Record, len(p.changes))
		for j, c := range p.changes {
			records[j] = c.record
			if c.record.Expires.After(expires) {
				expires = c.record.Expires
			}
		}
		messages[i] = &nats.Msg{Subject: s.names.pages, Header: s.keptUntil(expires), Data: encodePage(records)}
	}
	if len(messages) == 0 {
		return nil
	}
	sequences, err := s.conn.publishAll(ctx, "put", messages)
	if err != nil {
		return err
	}
	for i, p := range pages {
		for _, c := range p.changes {
			c.new.page, c.new.sharing = sequences[i], uint64(len(p.changes))
		}
	}
	return nil
}

// keptUntil is the header of a message that the server removes a while after a
// time; zero is never.
func (s *paged) keptUntil(expires time.Time) nats.Header {
	if expires.IsZero() {
		return nil
	}
	left := max(0, expires.Sub(s.conn.clock.Now())) + linger
	return nats.Header{jetstream.MsgTTLHeader: {(left.Truncate(time.Second) + time.Second).String()}}
}

// tidy removes what changes have left behind: entries of records that were due at
// another time before, and pages of which nothing is in use any more. What it fails
// to remove of the entries, Due does.
func (s *paged) tidy(ctx context.Context, changes []*change) {
	var entries, pages []uint64
	unused := map[uint64]uint64{} // how many places of a page
	drop := func(p place) {
		unused[p.page]++
		if p.page != 0 && unused[p.page] == p.sharing {
			pages = append(pages, p.page)
		}
	}
	for _, c := range changes {
		if !c.done {
			drop(c.new)
			continue
		}
		drop(c.old)
		if c.entry != 0 {
			entries = append(entries, c.entry)
		}
	}
	// The records are written, whatever becomes of this.
	_ = s.remove(ctx, s.index, entries)
	_ = s.remove(ctx, s.pages, pages)
}

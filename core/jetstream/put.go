package jetstream

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	// putTries is how often a record is written whose bucket changes all the time
	// because of others.
	putTries = 100
	// putSize is how many records are written together: each is at most three
	// messages of a batch.
	putSize = batchSize / 3
)

// change is one record to be written.
type change struct {
	at     int // where among the records of the call
	record core.Record
	was    revision // what the caller has read
	old    place    // what the change replaces
	new    place    // its page is zero for a deletion
	entry  uint64   // the sequence of the entry that the record leaves in the index
	done   bool     // it is written
}

// write writes each record whose revision is still that of the store.
func (s *paged) write(ctx context.Context, records []core.Record) ([]string, error) {
	revisions := make([]string, len(records))
	var changes []*change
	for i, r := range records {
		was, ok := parseRevision(r.Revision)
		if ok || r.Revision == "" { // another was never ours
			changes = append(changes, &change{at: i, record: r, was: was})
		}
	}
	for some := range slices.Chunk(changes, putSize) {
		if err := s.put(ctx, some, revisions); err != nil {
			return nil, err
		}
	}
	return revisions, nil
}

// put writes changes, and notes the revisions of those that it has written.
func (s *paged) put(ctx context.Context, changes []*change, revisions []string) error {
	open := changes
	for try := range putTries {
		if err := s.giveWay(ctx, open[0], try); err != nil {
			return err
		}
		buckets, err := s.prepare(ctx, open)
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(slices.Clone(open), func(c *change) bool { return !s.wanted(c, buckets, revisions) })
		if try == 0 {
			if err := s.writePages(ctx, open); err != nil {
				return err
			}
		}
		written, err := s.enterPlaces(ctx, s.group(open, buckets))
		if err != nil {
			return err
		}
		for _, c := range written {
			c.done, revisions[c.at] = true, c.revision()
		}
		open = slices.DeleteFunc(open, func(c *change) bool { return c.done })
		if len(open) == 0 {
			s.tidy(ctx, changes)
			return nil
		}
	}
	return core.Errorf(core.Unavailable, "put: the bucket of record %q changes all the time", open[0].record.Key)
}

// giveWay waits longer with each try, lest those who write to one bucket keep each
// other from it. They wait differently: each has a page of its own.
func (s *paged) giveWay(ctx context.Context, c *change, try int) error {
	const step, steps, free = 500 * time.Microsecond, 20, 2
	if try < free {
		return nil
	}
	return s.conn.clock.Sleep(ctx, step*time.Duration(min(try, steps))*time.Duration(1+c.new.page%4))
}

// prepare reads the buckets of changes, and which entries of the index they leave.
// An entry that is written again after that has a newer sequence, and then the
// bucket has, too.
func (s *paged) prepare(ctx context.Context, changes []*change) (map[string]shelf, error) {
	var asked lookup
	var left []string
	var leaving []*change
	for _, c := range changes {
		subject, _ := s.names.bucket(c.record.Key)
		asked.add(subject)
		if c.leaves() {
			left, leaving = append(left, s.names.entry(c.was.due, c.record.Key)), append(leaving, c)
		}
	}
	entries, err := s.last(ctx, left)
	if err != nil {
		return nil, err
	}
	for i, c := range leaving {
		c.entry = entries[i].Sequence
	}
	buckets, err := s.buckets(ctx, &asked)
	if err != nil {
		return nil, err
	}
	return buckets, nil
}

// leaves reports whether the record was due, and is no more at that time.
func (c *change) leaves() bool {
	return !c.was.due.IsZero() && (c.record.Value == nil || !c.was.due.Equal(c.record.Due))
}

// wanted reports whether a change is to be made. If it is not, because somebody
// else was faster or because there is nothing to do, its revision is noted.
func (s *paged) wanted(c *change, buckets map[string]shelf, revisions []string) bool {
	subject, m := s.names.bucket(c.record.Key)
	c.old = buckets[subject].places.find(m)
	alive := c.old.alive(s.conn.clock.Now())
	switch {
	case c.record.Revision != "":
		return alive && c.old.page == c.was.page
	case alive:
		return false
	case c.record.Value == nil:
		revisions[c.at] = core.Deleted
		return false
	}
	return true
}

// group is the changes of one bucket.
type group struct {
	changes  []*change
	messages []*nats.Msg // the bucket, and before it what goes with it
}

// group makes the new buckets.
func (s *paged) group(changes []*change, buckets map[string]shelf) []*group {
	var groups []*group
	of := map[string]*group{}
	for _, c := range changes {
		subject, m := s.names.bucket(c.record.Key)
		c.new.mark, c.new.expires = m, c.record.Expires
		g, exists := of[subject]
		if !exists {
			g = &group{}
			of[subject], groups = g, append(groups, g)
		}
		g.changes = append(g.changes, c)
		g.messages = append(g.messages, s.entry(c.record)...)
	}
	for subject, g := range of {
		places := make([]place, len(g.changes))
		for i, c := range g.changes {
			places[i] = c.new
		}
		g.messages = append(g.messages, &nats.Msg{
			Subject: subject,
			Header:  nats.Header{expectedSequence: {strconv.FormatUint(buckets[subject].sequence, 10)}},
			Data:    buckets[subject].places.with(places, s.conn.clock.Now()).encode(),
		})
	}
	return groups
}

// entry is what a record has in the index besides its bucket: its entry, and then the
// mark of the slice of time, so that who sees the mark sees the entry; see retire.
func (s *paged) entry(r core.Record) []*nats.Msg {
	if r.Value == nil || r.Due.IsZero() {
		return nil
	}
	entry := &nats.Msg{Subject: s.names.entry(r.Due, r.Key), Header: s.keptUntil(r.Expires)}
	return []*nats.Msg{entry, {Subject: s.names.slice(slice(r.Due))}}
}

// enterPlaces writes groups, and returns the changes that are written. The others
// have to wait for somebody who was faster. Entries are written first, because a
// crash must not leave a record that the index misses, and once more at the end: who
// looks in between finds them untrue and removes them, but only those that were there.
func (s *paged) enterPlaces(ctx context.Context, groups []*group) ([]*change, error) {
	var before, after []*nats.Msg
	for _, g := range groups {
		before = append(before, g.messages[:len(g.messages)-1]...)
	}
	if err := s.enterEntries(ctx, before); err != nil {
		return nil, err
	}
	written, err := s.enterBuckets(ctx, groups)
	if err != nil {
		return nil, err
	}
	for _, c := range written {
		after = append(after, s.entry(c.record)...)
	}
	return written, s.enterEntries(ctx, after)
}

// enterEntries writes entries and marks.
func (s *paged) enterEntries(ctx context.Context, messages []*nats.Msg) error {
	acks, err := s.conn.publishEach(ctx, "put", messages)
	if err != nil {
		return err
	}
	for _, ack := range acks {
		if err := ack.Error.err("put"); err != nil {
			return err
		}
	}
	return nil
}

// enterBuckets writes the buckets, without waiting in between.
func (s *paged) enterBuckets(ctx context.Context, groups []*group) (written []*change, err error) {
	messages := make([]*nats.Msg, len(groups))
	for i, g := range groups {
		messages[i] = g.messages[len(g.messages)-1]
	}
	acks, err := s.conn.publishEach(ctx, "put", messages)
	if err != nil {
		return nil, err
	}
	for i, ack := range acks {
		switch err := ack.Error.err("put"); {
		case err == nil:
			written = append(written, groups[i].changes...)
		case !late(err):
			return nil, err
		}
	}
	return written, nil
}

// late reports whether an error says that a subject has another sequence.
func late(err error) bool {
	e, ok := errors.AsType[*core.Error](err)
	return ok && (e.Code == strconv.Itoa(codeWrongSequence) || e.Code == strconv.Itoa(codeWrongConstant))
}

// revision is that of the record now that it is written.
func (c *change) revision() string {
	if c.record.Value == nil {
		return core.Deleted
	}
	return revision{c.new.page, c.record.Due}.String()
}

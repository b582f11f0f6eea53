package jetstream

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	// linger is how long an expired record may stay: as long as clocks differ.
	linger = time.Minute
	// putTries is how often a record is created whose deleted predecessor goes
	// away in the same moment.
	putTries = 4
)

// change is one record to be written.
type change struct {
	record core.Record
	was    revision
	expect uint64 // the sequence that the subject must have
}

// Put writes each record whose revision is still that of the store.
func (s *Store) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if err := core.CheckRecords(records); err != nil {
		return nil, err
	}
	if err := s.enter(ctx, "put"); err != nil {
		return nil, err
	}
	revisions := make([]string, len(records))
	var changes []change
	var at []int // where in records each change came from
	for i, r := range records {
		was, ok := parseRevision(r.Revision)
		gone := !ok || over(core.Record{Expires: was.expires}, s.conn.clock.Now())
		if r.Revision != "" && gone {
			continue // it expired, or was never ours
		}
		changes, at = append(changes, change{record: r, was: was, expect: was.sequence}), append(at, i)
	}
	written, err := s.put(ctx, changes)
	if err != nil {
		return nil, err
	}
	for i, revision := range written {
		revisions[at[i]] = revision
	}
	return revisions, nil
}

// put writes changes together. Those for which somebody else was faster, or seems
// to have been, are tried one by one.
func (s *Store) put(ctx context.Context, changes []change) ([]string, error) {
	const each = 3 // messages of a change, at most
	written := make([]string, 0, len(changes))
	for some := range slices.Chunk(changes, batchSize/each) {
		revisions, err := s.putTogether(ctx, some)
		if err != nil {
			return nil, err
		}
		for i, c := range some {
			if revisions[i] == "" {
				if revisions[i], err = s.putOne(ctx, c); err != nil {
					return nil, err
				}
			}
		}
		written = append(written, revisions...)
	}
	s.tidy(ctx, changes, written)
	return written, nil
}

// putTogether writes changes in the quickest way: apart but without waiting in
// between, or as one batch, of which all or nothing is written.
func (s *Store) putTogether(ctx context.Context, changes []change) ([]string, error) {
	none := make([]string, len(changes))
	indexed := func(c change) bool { return len(s.messages(c)) > 1 }
	switch {
	case len(changes) <= 1 || slices.ContainsFunc(changes, change.vain):
		return none, nil
	case len(changes) <= few && !slices.ContainsFunc(changes, indexed):
		return s.writeApart(ctx, changes)
	}
	revisions, err := s.write(ctx, changes)
	if revisions == nil {
		revisions = none
	}
	return revisions, err
}

// writeApart stores changes of one message each.
func (s *Store) writeApart(ctx context.Context, changes []change) ([]string, error) {
	messages := make([]*nats.Msg, len(changes))
	for i, c := range changes {
		messages[i] = s.messages(c)[0]
	}
	acks, err := s.conn.publishEach(ctx, "put", messages)
	if err != nil {
		return nil, err
	}
	revisions := make([]string, len(changes))
	for i, ack := range acks {
		err := ack.Error.err("put")
		switch {
		case err == nil:
			revisions[i] = changes[i].revision(ack.Sequence)
		case !late(err):
			return nil, err
		}
	}
	return revisions, nil
}

// vain says that the change deletes what must not exist.
func (c change) vain() bool { return c.record.Value == nil && c.record.Revision == "" }

// putOne writes one change and returns the new revision, or none if somebody else
// was faster. What must not exist may have existed: then the last message of its
// subject is a deleted or expired record, which the new one replaces.
func (s *Store) putOne(ctx context.Context, c change) (string, error) {
	for range putTries {
		if !c.vain() {
			revisions, err := s.write(ctx, []change{c})
			if err != nil || revisions != nil {
				return first(revisions), err
			}
		}
		if c.record.Revision != "" {
			return "", nil
		}
		found, err := s.load(ctx, []string{c.record.Key})
		switch {
		case err != nil:
			return "", err
		case found[0].record.Revision != "":
			return "", nil
		case c.vain():
			return core.Deleted, nil
		}
		c.expect = found[0].sequence
	}
	return "", core.Errorf(core.Unavailable, "put: the record changes all the time")
}

func first(revisions []string) string {
	if len(revisions) == 0 {
		return ""
	}
	return revisions[0]
}

// write stores changes, all or none: none is nil, if somebody else was faster.
func (s *Store) write(ctx context.Context, changes []change) ([]string, error) {
	var messages []*nats.Msg
	offsets := make([]uint64, len(changes)) // of the records among the messages
	for i, c := range changes {
		messages = append(messages, s.messages(c)...)
		offsets[i] = uint64(len(messages))
	}
	last, err := s.store(ctx, messages)
	if late(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	revisions := make([]string, len(changes))
	for i, c := range changes {
		revisions[i] = c.revision(last - uint64(len(messages)) + offsets[i])
	}
	return revisions, nil
}

// revision is that of the record once it is written with a sequence.
func (c change) revision(sequence uint64) string {
	if c.record.Value == nil {
		return core.Deleted
	}
	return revision{sequence, c.record.Due, c.record.Expires}.String()
}

// late reports whether an error says that a subject has another sequence.
func late(err error) bool {
	e, ok := errors.AsType[*core.Error](err)
	return ok && (e.Code == strconv.Itoa(codeWrongSequence) || e.Code == strconv.Itoa(codeWrongConstant))
}

// store publishes messages and returns the sequence of the last.
func (s *Store) store(ctx context.Context, messages []*nats.Msg) (uint64, error) {
	if len(messages) > 1 {
		return s.conn.publishBatch(ctx, "put", messages)
	}
	acks, err := s.conn.publishEach(ctx, "put", messages)
	if err != nil {
		return 0, err
	}
	return acks[0].Sequence, acks[0].Error.err("put")
}

// messages are what a change writes, the record last and its entry in the index
// just before it, where tidy looks for it.
func (s *Store) messages(c change) []*nats.Msg {
	expect := strconv.FormatUint(c.expect, 10)
	record := &nats.Msg{
		Subject: s.names.record(c.record.Key),
		Header:  nats.Header{jetstream.ExpectedLastSubjSeqHeader: {expect}},
	}
	if c.record.Value == nil {
		record.Header.Set(jetstream.MsgTTLHeader, linger.String())
		return []*nats.Msg{record}
	}
	record.Data = encode(c.record)
	ttl := s.ttl(c.record.Expires)
	if ttl != "" {
		record.Header.Set(jetstream.MsgTTLHeader, ttl)
	}
	if c.record.Due.IsZero() {
		return []*nats.Msg{record}
	}
	entry := &nats.Msg{Subject: s.names.entry(c.record.Due, c.record.Key)}
	if ttl != "" {
		entry.Header = nats.Header{jetstream.MsgTTLHeader: {ttl}}
	}
	return []*nats.Msg{{Subject: s.names.slice(slice(c.record.Due))}, entry, record}
}

// ttl is how long the server keeps a record that expires, in whole seconds.
func (s *Store) ttl(expires time.Time) string {
	if expires.IsZero() {
		return ""
	}
	left := max(0, expires.Sub(s.conn.clock.Now())) + linger
	return (left.Truncate(time.Second) + time.Second).String()
}

// tidy removes the entries of records that were due at another time before. What
// it fails to remove, Due does.
func (s *Store) tidy(ctx context.Context, changes []change, written []string) {
	var stale []uint64
	for i, c := range changes {
		if written[i] != "" && !c.was.due.IsZero() && (c.record.Value == nil || !c.was.due.Equal(c.record.Due)) {
			stale = append(stale, c.was.sequence-1)
		}
	}
	_ = s.remove(ctx, stale) // the records are written, whatever becomes of this
}

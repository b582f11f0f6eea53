package jetstream

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// named is what an entry of the index says.
type named struct {
	subject string
	due     int64
	key     string
}

// list lists up to most records whose key begins with prefix and that are due, the
// earliest first. It removes from the index what is no longer so.
func (s *paged) list(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	inUse, err := s.slices(ctx, before)
	if err != nil {
		return nil, err
	}
	var due []core.Record
	for _, slice := range inUse {
		entries, err := s.entries(ctx, slice)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			if err := s.retire(ctx, slice); err != nil {
				return nil, err
			}
			continue
		}
		entries = slices.DeleteFunc(entries, func(e named) bool {
			return !strings.HasPrefix(e.key, prefix) || e.due > nanos(before)
		})
		for len(entries) > 0 {
			some := entries[:min(len(entries), window, most-len(due))] // a record may be large
			entries = entries[len(some):]
			records, err := s.current(ctx, some)
			if err != nil {
				return nil, err
			}
			if due = append(due, records...); len(due) >= most {
				return due, nil
			}
		}
	}
	return due, nil
}

// slices lists the slices of time that are in use, up to that of a time.
func (s *paged) slices(ctx context.Context, before time.Time) ([]int64, error) {
	subjects, err := s.subjects(ctx, s.names.slices+"*")
	if err != nil {
		return nil, err
	}
	var inUse []int64
	for _, subject := range subjects {
		if n, ok := s.names.parseSlice(subject); ok && n <= slice(before) {
			inUse = append(inUse, n)
		}
	}
	slices.Sort(inUse)
	return inUse, nil
}

// entries lists the index of a slice, the earliest first.
func (s *paged) entries(ctx context.Context, slice int64) ([]named, error) {
	subjects, err := s.subjects(ctx, s.names.entriesIn(slice))
	if err != nil {
		return nil, err
	}
	entries := make([]named, 0, len(subjects))
	for _, subject := range subjects {
		if due, key, ok := s.names.parseEntry(subject); ok {
			entries = append(entries, named{subject, due, key})
		}
	}
	slices.SortFunc(entries, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.key, b.key))
	})
	return entries, nil
}

// current reads the records that entries name, and removes the entries that name
// a record which is due no more, or at another time.
func (s *paged) current(ctx context.Context, entries []named) ([]core.Record, error) {
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.key
	}
	found, err := s.read(ctx, keys)
	if err != nil {
		return nil, err
	}
	var records []core.Record
	var doubtful []named
	for i, e := range entries {
		if r := found[i]; e.names(r) {
			records = append(records, r)
		} else {
			doubtful = append(doubtful, e)
		}
	}
	return records, s.prune(ctx, doubtful)
}

// names reports whether the entry is true.
func (e named) names(r core.Record) bool {
	return r.Revision != "" && !r.Due.IsZero() && nanos(r.Due) == e.due
}

// prune removes entries that are not true. Their sequences are read before the
// records are read once more, so that an entry that somebody writes in between
// has a newer one and stays.
func (s *paged) prune(ctx context.Context, entries []named) error {
	if len(entries) == 0 {
		return nil
	}
	subjects, keys := make([]string, len(entries)), make([]string, len(entries))
	for i, e := range entries {
		subjects[i], keys[i] = e.subject, e.key
	}
	messages, err := s.last(ctx, subjects)
	if err != nil {
		return err
	}
	found, err := s.read(ctx, keys)
	if err != nil {
		return err
	}
	var stale []uint64
	for i, e := range entries {
		if messages[i].Sequence != 0 && !e.names(found[i]) {
			stale = append(stale, messages[i].Sequence)
		}
	}
	return s.remove(ctx, s.index, stale)
}

// retire forgets a slice of time without entries. Who writes one writes the mark
// of the slice again, with a newer sequence, and that one stays.
func (s *paged) retire(ctx context.Context, slice int64) error {
	mark, err := s.last(ctx, []string{s.names.slice(slice)})
	if err != nil || mark[0].Sequence == 0 {
		return err
	}
	entries, err := s.entries(ctx, slice)
	if err != nil || len(entries) > 0 {
		return err
	}
	return s.remove(ctx, s.index, []uint64{mark[0].Sequence})
}

// subjects lists the subjects that match a pattern.
func (s *paged) subjects(ctx context.Context, pattern string) ([]string, error) {
	info, err := s.index.Info(ctx, jetstream.WithSubjectFilter(pattern))
	if err != nil {
		return nil, failure("due", err)
	}
	return slices.Collect(maps.Keys(info.State.Subjects)), nil
}

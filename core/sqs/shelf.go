package sqs

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	page    = 100  // records that are looked at together
	counted = 1000 // records that a count goes to
)

// shelf is a sort of records in the store. A record is claimed before it is
// worked on, by moving its due time: who is slower does not find it, and if the
// claimer dies it is found again.
type shelf struct {
	store  core.Store
	prefix string
}

// add writes new records.
func (s *shelf) add(ctx context.Context, records []core.Record) error {
	for some := range slices.Chunk(records, page) {
		for i := range some {
			some[i].Key = s.prefix + rand.Text()
		}
		revisions, err := s.store.Put(ctx, some)
		if err != nil {
			return err
		}
		if slices.Contains(revisions, "") {
			return core.Errorf(core.Internal, "sqs: a record of a random key was there already")
		}
	}
	return nil
}

// list returns what is due, the earliest first.
func (s *shelf) list(ctx context.Context, before time.Time, most int) ([]core.Record, error) {
	return s.store.Due(ctx, s.prefix, before, most)
}

// find returns the records of these IDs that are there and unclaimed.
func (s *shelf) find(ctx context.Context, ids []string, before time.Time) ([]core.Record, error) {
	keys := make([]string, 0, len(ids))
	for _, id := range ids {
		if key := s.prefix + id; id != "" && len(key) <= core.MaxKey {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	records, err := s.store.Get(ctx, slices.Compact(keys))
	return slices.DeleteFunc(records, func(r core.Record) bool { return r.Revision == "" || r.Due.After(before) }), err
}

// claim makes records ours until a time, and returns those that are.
func (s *shelf) claim(ctx context.Context, records []core.Record, until time.Time) ([]core.Record, error) {
	for i := range records {
		records[i].Due = until
	}
	return s.put(ctx, records)
}

// remove deletes records that are ours.
func (s *shelf) remove(ctx context.Context, records []core.Record) error {
	for i := range records {
		records[i].Value = nil
	}
	_, err := s.put(ctx, records)
	return err
}

// put writes records, and returns those that nobody else has written meanwhile.
func (s *shelf) put(ctx context.Context, records []core.Record) ([]core.Record, error) {
	if len(records) == 0 {
		return nil, nil
	}
	revisions, err := s.store.Put(ctx, records)
	if err != nil {
		return nil, err
	}
	var ours []core.Record
	for i, revision := range revisions {
		if revision != "" {
			records[i].Revision = revision
			ours = append(ours, records[i])
		}
	}
	return ours, nil
}

// count counts the records.
func (s *shelf) count(ctx context.Context) (int, error) {
	records, err := s.list(ctx, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), counted)
	return len(records), err
}

// id is what a record is called outside.
func (s *shelf) id(r core.Record) string { return strings.TrimPrefix(r.Key, s.prefix) }

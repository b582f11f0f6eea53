package memory

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Store is a [core.Store] in memory. Make one with [NewStore]. Due looks at
// every record, which is fine for some thousands.
type Store struct {
	clock clock.Clock

	mu       sync.Mutex
	closed   bool
	revision uint64
	records  map[string]core.Record
	sweepAt  int // how many records there may be before those that are over are thrown out
}

// firstSweep is how many records are kept without a look at their expiry.
const firstSweep = 1024

// NewStore returns an empty store that lives by a clock; nil is the system's.
func NewStore(c clock.Clock) *Store {
	if c == nil {
		c = clock.System{}
	}
	return &Store{clock: c, records: make(map[string]core.Record), sweepAt: firstSweep}
}

// Get reads records, in the order of their keys.
func (s *Store) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if err := core.CheckKeys(keys); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	found := make([]core.Record, len(keys))
	for i, key := range keys {
		found[i] = s.find(key, now)
	}
	return found, nil
}

// Put writes each record whose revision is still that of the store.
func (s *Store) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if err := core.CheckRecords(records); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	revisions := make([]string, len(records))
	for i, r := range records {
		switch {
		case s.find(r.Key, now).Revision != r.Revision:
		case r.Value == nil:
			delete(s.records, r.Key)
			revisions[i] = core.Deleted
		default:
			s.revision++
			r.Revision = strconv.FormatUint(s.revision, 10)
			r.Value = clone(r.Value)
			s.records[r.Key] = r
			revisions[i] = r.Revision
		}
	}
	s.sweep(now)
	return revisions, nil
}

// Due lists up to most records that are due, the earliest first.
func (s *Store) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	defer s.mu.Unlock()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var due []core.Record
	for key, r := range s.records {
		if strings.HasPrefix(key, prefix) && !r.Due.IsZero() && !r.Due.After(before) && !over(r, now) {
			due = append(due, s.find(key, now))
		}
	}
	slices.SortFunc(due, func(a, b core.Record) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key, b.Key))
	})
	return due[:max(0, min(most, len(due)))], nil
}

// Close ends the store: every later call is an error of kind Unavailable.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// enter locks the store for a call, and says why the call cannot be made.
func (s *Store) enter(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		return core.Errorf(core.Unavailable, "the store is closed")
	}
	return ended(ctx)
}

// find is a copy of a record, or one with its key alone.
func (s *Store) find(key string, now time.Time) core.Record {
	r, ok := s.records[key]
	if !ok || over(r, now) {
		return core.Record{Key: key}
	}
	r.Value = clone(r.Value)
	return r
}

// sweep throws out what is over, each time that the records have doubled.
func (s *Store) sweep(now time.Time) {
	if len(s.records) < s.sweepAt {
		return
	}
	for key, r := range s.records {
		if over(r, now) {
			delete(s.records, key)
		}
	}
	s.sweepAt = max(firstSweep, 2*len(s.records))
}

// over reports whether a record has expired.
func over(r core.Record, now time.Time) bool {
	return !r.Expires.IsZero() && !now.Before(r.Expires)
}

// clone copies a value; an empty one stays a value.
func clone(value []byte) []byte { return append([]byte{}, value...) }

package storetest

import (
	"context"
	"hash/fnv"
	"strconv"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// flawed is a handle on a store in memory. Its function fields stand in for one
// method each, to plant a defect; a missing one leaves the method good.
type flawed struct {
	core.Store

	get func(context.Context, core.Store, []string) ([]core.Record, error)
	put func(context.Context, core.Store, []core.Record) ([]string, error)
	due func(context.Context, core.Store, string, time.Time, int) ([]core.Record, error)
}

func (f flawed) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if f.get == nil {
		return f.Store.Get(ctx, keys)
	}
	return f.get(ctx, f.Store, keys)
}

func (f flawed) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if f.put == nil {
		return f.Store.Put(ctx, records)
	}
	return f.put(ctx, f.Store, records)
}

func (f flawed) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	if f.due == nil {
		return f.Store.Due(ctx, prefix, before, most)
	}
	return f.due(ctx, f.Store, prefix, before, most)
}

// Close leaves the store alone: other handles share it.
func (flawed) Close() error { return nil }

// harness is that of a store in memory, whose "engine" survives because nothing
// is killed.
func harness(f flawed) Harness {
	s := memory.NewStore(clock.System{})
	return Harness{
		Open:  func(*testing.T) core.Store { f.Store = s; return f },
		Crash: func(*testing.T) {},
	}
}

// found changes the records that a good store finds.
func found(change func(*core.Record)) flawed {
	return flawed{get: func(ctx context.Context, s core.Store, keys []string) ([]core.Record, error) {
		all, err := s.Get(ctx, keys)
		for i := range all {
			change(&all[i])
		}
		return all, err
	}}
}

// wrote changes the records that are put.
func wrote(change func([]core.Record) []core.Record) flawed {
	return flawed{put: func(ctx context.Context, s core.Store, all []core.Record) ([]string, error) {
		return s.Put(ctx, change(append([]core.Record(nil), all...)))
	}}
}

// each changes every record that is put.
func each(change func(*core.Record)) flawed {
	return wrote(func(all []core.Record) []core.Record {
		for i := range all {
			change(&all[i])
		}
		return all
	})
}

// revised changes the revisions that are returned.
func revised(change func(i int, revision string) string) flawed {
	return flawed{put: func(ctx context.Context, s core.Store, all []core.Record) ([]string, error) {
		revisions, err := s.Put(ctx, all)
		for i := range revisions {
			revisions[i] = change(i, revisions[i])
		}
		return revisions, err
	}}
}

// listing changes what is due.
func listing(change func([]core.Record) []core.Record) flawed {
	return flawed{due: func(ctx context.Context, s core.Store, prefix string, before time.Time, most int) ([]core.Record, error) {
		all, err := s.Due(ctx, prefix, before, most)
		return change(all), err
	}}
}

// blind writes whatever the revision is.
func blind() flawed {
	return flawed{put: func(ctx context.Context, s core.Store, all []core.Record) ([]string, error) {
		keys := make([]string, len(all))
		for i, r := range all {
			keys[i] = r.Key
		}
		now, err := s.Get(ctx, keys)
		if err != nil {
			return nil, err
		}
		next := append([]core.Record(nil), all...)
		for i := range next {
			next[i].Revision = now[i].Revision
		}
		return s.Put(ctx, next)
	}}
}

// hashed uses a hash of the value for a revision, so that equal values have
// equal ones.
func hashed() flawed {
	hash := func(r core.Record) string {
		if r.Value == nil {
			return ""
		}
		h := fnv.New64a()
		_, _ = h.Write(r.Value)
		return strconv.FormatUint(h.Sum64(), 16)
	}
	return flawed{
		get: found(func(r *core.Record) { r.Revision = hash(*r) }).get,
		put: func(ctx context.Context, s core.Store, all []core.Record) ([]string, error) {
			revisions := make([]string, len(all))
			for i, r := range all {
				now, err := s.Get(ctx, []string{r.Key})
				if err != nil {
					return nil, err
				}
				if hash(now[0]) != r.Revision {
					continue
				}
				next := r
				next.Revision = now[0].Revision
				wrote, err := s.Put(ctx, []core.Record{next})
				if err != nil {
					return nil, err
				}
				if revisions[i] = wrote[0]; r.Value != nil {
					revisions[i] = hash(r)
				}
			}
			return revisions, nil
		},
	}
}

// slow takes a moment between what it reads and its answer, so that others come
// in between.
func slow(f flawed) flawed {
	f.get = func(ctx context.Context, s core.Store, keys []string) ([]core.Record, error) {
		all, err := s.Get(ctx, keys)
		pause(ctx, time.Millisecond)
		return all, err
	}
	f.due = func(ctx context.Context, s core.Store, prefix string, before time.Time, most int) ([]core.Record, error) {
		all, err := s.Due(ctx, prefix, before, most)
		pause(ctx, time.Millisecond)
		return all, err
	}
	return f
}

// lingering keeps records an hour longer than it says.
func lingering() flawed {
	f := each(func(r *core.Record) {
		if !r.Expires.IsZero() {
			r.Expires = r.Expires.Add(time.Hour)
		}
	})
	f.get = found(func(r *core.Record) {
		if !r.Expires.IsZero() {
			r.Expires = r.Expires.Add(-time.Hour)
		}
	}).get
	return f
}

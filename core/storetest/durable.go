package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// fill writes a record of each sort and returns what has to be there later:
// those that exist, and those of them that are due, in their order.
func fill(ctx context.Context, s core.Store) (all, due []core.Record, err error) {
	past, future := now().Add(-time.Hour), now().Add(time.Hour)
	for _, r := range []core.Record{
		{Key: "job/plain", Value: []byte("one")},
		{Key: "job/empty", Value: []byte{}},
		{Key: "job/expires", Value: []byte("one"), Expires: future},
		{Key: "job/future", Value: []byte("one"), Due: future},
		{Key: "job/b", Value: []byte("one"), Due: past},
		{Key: "job/a", Value: []byte("one"), Due: past.Add(time.Second), Expires: future},
		{Key: "job/moved", Value: []byte("one"), Due: past},
		{Key: "job/deleted", Value: []byte("one"), Due: past},
	} {
		if r, err = written(ctx, s, r); err != nil {
			return nil, nil, err
		}
		switch r.Key {
		case "job/deleted":
			r.Value = nil
		case "job/moved":
			r.Due, r.Value = past.Add(time.Minute), []byte("two")
		default:
			all = append(all, r)
			continue
		}
		if r, err = written(ctx, s, r); err != nil {
			return nil, nil, err
		}
		if r.Revision == core.Deleted {
			r = core.Record{Key: r.Key}
		}
		all = append(all, r)
	}
	return all, []core.Record{all[4], all[5], all[6]}, nil
}

// filled is an error unless all that fill wrote is there, and can be written.
func filled(ctx context.Context, s core.Store, all, due []core.Record) error {
	errs := []error{listed(ctx, s, "after opening", "job/", now(), 10, due...)}
	for _, r := range all {
		errs = append(errs, holds(ctx, s, "after opening", r))
	}
	next := all[0]
	next.Value = []byte("next")
	next, err := written(ctx, s, next)
	return errors.Join(append(errs, err, holds(ctx, s, "written after opening", next))...)
}

func checkReopened(t *testing.T, h Harness) error {
	s := h.open(t)
	all, due, err := fill(t.Context(), s)
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	return filled(t.Context(), h.open(t), all, due)
}

func checkCrash(t *testing.T, h Harness) error {
	all, due, err := fill(t.Context(), h.open(t))
	if err != nil {
		return err
	}
	h.Crash(t)
	return filled(t.Context(), h.open(t), all, due)
}

// site is where workers find the handle of the day: a crash breaks the old one.
type site struct{ handle atomic.Pointer[core.Store] }

func (s *site) set(store core.Store) { s.handle.Store(&store) }
func (s *site) store() core.Store    { return *s.handle.Load() }

// try makes a call that a crash may cut, until it works or ctx ends.
func (s *site) try(ctx context.Context, call func(context.Context, core.Store) error) {
	for ctx.Err() == nil {
		short, cancel := context.WithTimeout(ctx, late)
		err := call(short, s.store())
		cancel()
		if err == nil {
			return
		}
		pause(ctx, between)
	}
}

// checkCrashMidRun kills the engine while workers write. What a Put has returned
// a revision for has to be there afterwards, and listed if it is due.
func checkCrashMidRun(t *testing.T, h Harness) error {
	const (
		workers = 10
		each    = 40
		crashes = 2
	)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var (
		today   site
		running sync.WaitGroup
		done    atomic.Int32
		mu      sync.Mutex
		all     = map[string]core.Record{}
	)
	today.set(h.open(t))
	for w := range workers {
		running.Go(func() {
			for i := range each {
				r := core.Record{Key: fmt.Sprintf("job/%d/%d", w, i), Value: []byte("one"), Due: now().Add(-time.Minute)}
				today.try(ctx, func(ctx context.Context, s core.Store) error {
					got, err := put(ctx, s, r)
					if err == nil && got.Revision == "" { // the call before was cut, and had been written
						got, err = get(ctx, s, r.Key)
					}
					if err == nil {
						mu.Lock()
						defer mu.Unlock()
						all[r.Key] = got
					}
					return err
				})
				done.Add(1)
			}
		})
	}
	for i := range crashes {
		for done.Load() < int32(workers*each*(i+1)/(crashes+2)) && ctx.Err() == nil {
			pause(ctx, time.Millisecond)
		}
		h.Crash(t)
		today.set(h.open(t))
	}
	running.Wait()
	return kept(ctx, today.store(), all, workers*each)
}

// kept is an error unless these records, all of them due, are there.
func kept(ctx context.Context, s core.Store, all map[string]core.Record, want int) error {
	errs := []error{equal("records written", len(all), want)}
	for _, r := range all {
		errs = append(errs, holds(ctx, s, "after the crashes", r))
	}
	due, err := s.Due(ctx, "job/", now(), 2*want)
	for _, r := range due {
		delete(all, r.Key)
	}
	return errors.Join(append(errs, err,
		equal("records due", len(due), want), equal("records not listed as due", len(all), 0))...)
}

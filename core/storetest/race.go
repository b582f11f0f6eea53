package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

const racers = 50

// race runs workers at once, each with one of a few handles, and joins what they
// complain of.
func race(handles []core.Store, work func(worker int, s core.Store) error) error {
	errs := make([]error, racers)
	var workers sync.WaitGroup
	for i := range racers {
		workers.Go(func() { errs[i] = work(i, handles[i%len(handles)]) })
	}
	workers.Wait()
	return errors.Join(errs...)
}

func checkCreators(t *testing.T, h Harness) error {
	ctx, handles := t.Context(), []core.Store{h.open(t), h.open(t), h.open(t)}
	var (
		winners atomic.Int32
		winner  atomic.Pointer[core.Record]
	)
	err := race(handles, func(i int, s core.Store) error {
		r, err := put(ctx, s, core.Record{Key: "a", Value: []byte(strconv.Itoa(i))})
		if r.Revision != "" {
			winners.Add(1)
			winner.Store(&r)
		}
		return err
	})
	if err := errors.Join(err, equal("number of creators that won", winners.Load(), 1)); err != nil {
		return err
	}
	return holds(ctx, handles[0], "after the race", *winner.Load())
}

func checkIncrements(t *testing.T, h Harness) error {
	const (
		counters = 4
		each     = 6 // increments of a worker
	)
	ctx, handles := t.Context(), []core.Store{h.open(t), h.open(t), h.open(t)}
	err := race(handles, func(i int, s core.Store) error {
		for n := range each {
			if err := increment(ctx, s, fmt.Sprintf("counter/%d", (i+n)%counters)); err != nil {
				return err
			}
		}
		return nil
	})
	total := 0
	for i := range counters {
		r, getErr := get(ctx, handles[0], fmt.Sprintf("counter/%d", i))
		n, parseErr := strconv.Atoi(string(r.Value))
		total += n
		err = errors.Join(err, getErr, parseErr)
	}
	return errors.Join(err, equal("sum of all counters", total, racers*each))
}

// increment adds one to a counter, however often somebody else is faster.
func increment(ctx context.Context, s core.Store, key string) error {
	for {
		r, err := get(ctx, s, key)
		if err != nil {
			return err
		}
		n := 0
		if r.Value != nil {
			if n, err = strconv.Atoi(string(r.Value)); err != nil {
				return err
			}
		}
		r.Value = strconv.AppendInt(nil, int64(n+1), 10)
		if r, err = put(ctx, s, r); err != nil || r.Revision != "" {
			return err
		}
	}
}

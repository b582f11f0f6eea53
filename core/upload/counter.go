package upload

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

const (
	counterPatience = 500 * time.Millisecond // with the store, before a counter goes on without it
	counterPause    = 5 * time.Second        // without the store after it failed
	counterTries    = 128                    // of a change, while others make theirs
)

// sharedCounters are small values that processes share through records of a
// store. Each process keeps a copy of those that it uses, so that a change is
// one write while nobody else makes one, and none where the copy already says
// no. A store that fails is done without for some seconds: then each process
// counts for itself.
type sharedCounters struct {
	store core.Store
	clock clock.Clock
	log   *slog.Logger

	mu     sync.Mutex
	resume time.Time // the store is not asked before this
}

// at is the counter at a key. There must be one of a key in a process.
func (s *sharedCounters) at(key string) *sharedCounter {
	return &sharedCounter{all: s, turn: make(chan struct{}, 1), record: core.Record{Key: key}}
}

// sharedCounter is one of them.
type sharedCounter struct {
	all    *sharedCounters
	turn   chan struct{} // held by whoever changes it
	record core.Record   // the copy
}

// change lets edit make a new value of the one that there is (nil for none), and
// say when it is of no use any more; nil leaves it. Edit may be called several
// times: the last one counts. The error is ctx's, or of kind Unavailable if
// others were faster 128 times in a row.
func (c *sharedCounter) change(ctx context.Context, edit func(now time.Time, value []byte) (next []byte, expires time.Time)) error {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for range counterTries {
		now := c.all.clock.Now()
		if !c.record.Expires.IsZero() && !now.Before(c.record.Expires) {
			c.record = core.Record{Key: c.record.Key}
		}
		next := c.record
		if next.Value, next.Expires = edit(now, c.record.Value); next.Value == nil {
			return nil
		}
		if c.all.write(ctx, &c.record, next) {
			return nil
		}
	}
	return &core.Error{
		Kind: core.Unavailable, RetryAfter: shortRetry,
		Message: fmt.Sprintf("counter %s was changed by others %d times in a row", core.Quote(c.record.Key), counterTries),
	}
}

// write makes next the copy, and that of the store if it can be had. Where
// somebody else was faster, theirs is the copy, and done is false.
func (s *sharedCounters) write(ctx context.Context, held *core.Record, next core.Record) (done bool) {
	if s.clock.Now().Before(s.resumes()) {
		*held = next
		return true
	}
	// Whoever gives up must not look like a store that fails.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), counterPatience)
	defer cancel()
	revisions, err := s.store.Put(ctx, []core.Record{next})
	if err == nil && revisions[0] != "" {
		next.Revision = revisions[0]
		*held = next
		return true
	}
	if err == nil {
		var records []core.Record
		if records, err = s.store.Get(ctx, []string{next.Key}); err == nil {
			*held = records[0]
			return false
		}
	}
	s.pause(ctx, err)
	*held = next
	return true
}

func (s *sharedCounters) resumes() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resume
}

// pause does without the store for some time.
func (s *sharedCounters) pause(ctx context.Context, err error) {
	s.mu.Lock()
	s.resume = s.clock.Now().Add(counterPause)
	s.mu.Unlock()
	s.log.WarnContext(ctx, "the store does not count, this process counts for itself", "for", counterPause.String(), "error", err)
}

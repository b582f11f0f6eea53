package queuetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	racers  = 50
	raced   = 2000 // messages
	patient = 2 * time.Minute
)

// tally remembers how often each media was settled. It is safe for concurrent
// use.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
	held map[string]time.Duration // how long at most, if it was settled in time
	errs []error
}

func newTally() *tally {
	return &tally{seen: map[string]int{}, held: map[string]time.Duration{}}
}

func (c *tally) add(deliveries []core.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range deliveries {
		c.seen[d.Message.Task.ID]++
	}
}

func (c *tally) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errs = append(c.errs, err)
}

// hold notes that a delivery was settled this long after it was asked for.
func (c *tally) hold(d core.Delivery, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[d.Message.Task.ID] = max(took, c.held[d.Message.Task.ID])
}

func (c *tally) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

// race lets workers take and settle everything, but what drop says is left to
// its lease.
func race(t *testing.T, h Harness, drop func(core.Delivery) bool) (*tally, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	first := h.open(t)
	if err := first.Enqueue(ctx, messages("m", raced)); err != nil {
		return nil, wrap("enqueue", err)
	}
	handles := []core.Queue{first, h.open(t), h.open(t), h.open(t)}
	settled := newTally()
	var workers sync.WaitGroup
	for i := range racers {
		workers.Go(func() {
			for ctx.Err() == nil && settled.count() < raced {
				if err := work(ctx, handles[i%len(handles)], 1+i%20, drop, settled); err != nil {
					settled.fail(err)
					return
				}
			}
		})
	}
	workers.Wait()
	return settled, errors.Join(append(settled.errs,
		equal("media settled", settled.count(), raced),
		depth(ctx, first, "after the race", core.Depth{}))...)
}

// work takes some deliveries and settles them, or not.
func work(ctx context.Context, q core.Queue, most int, drop func(core.Delivery) bool, settled *tally) error {
	start := system().Now()
	got, err := q.Receive(ctx, most, soon)
	if err != nil {
		return wrap("receive", err)
	}
	kept := make([]core.Delivery, 0, len(got))
	for _, d := range got {
		if !drop(d) {
			kept = append(kept, d)
		}
	}
	if err := settle(ctx, q, core.Settlement{}, kept...); err != nil {
		return err
	}
	took := system().Now().Sub(start)
	for _, d := range kept {
		settled.hold(d, took)
	}
	settled.add(kept)
	return nil
}

// checkRace: a message that was settled within its lease comes to one worker
// only.
func checkRace(t *testing.T, h Harness) error {
	settled, err := race(t, h, func(core.Delivery) bool { return false })
	if err != nil {
		return err
	}
	for id, n := range settled.seen {
		if n > 1 && settled.held[id] < h.Lease {
			return fmt.Errorf("%s was delivered %d times, although each was settled within %v", id, n, settled.held[id])
		}
	}
	return nil
}

// checkLostLeases: what a worker drops comes to another one.
func checkLostLeases(t *testing.T, h Harness) error {
	var (
		mu   sync.Mutex
		lost = map[string]int{}
		dice = rand.New(rand.NewPCG(1, 2)) // the same in each run
		errs []error
	)
	drop := func(d core.Delivery) bool {
		mu.Lock()
		defer mu.Unlock()
		id := d.Message.Task.ID
		if want := lost[id] + 1; d.Attempt < want {
			errs = append(errs, fmt.Errorf("attempt of %s is %d, want %d or more", id, d.Attempt, want))
		}
		if d.Attempt > 2 || dice.IntN(10) > 0 {
			return false
		}
		lost[id]++
		return true
	}
	settled, err := race(t, h, drop)
	if err != nil {
		return err
	}
	for id := range maps.Keys(lost) {
		if settled.seen[id] == 0 {
			errs = append(errs, fmt.Errorf("%s was dropped once and never came again", id))
		}
	}
	if len(lost) == 0 {
		errs = append(errs, errors.New("no lease was lost: nothing is proved"))
	}
	return errors.Join(errs...)
}

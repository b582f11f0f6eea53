package core

import (
	"context"
	"sync"
	"time"
)

// lane is the work for one provider: its messages in hand, one call after the
// other at the provider's pace. Lanes do not hold each other up.
type lane struct {
	*Worker

	refresher *Refresher
	room      wake // to ring when messages leave the hand
	wake      wake // rings when some have come

	mu   sync.Mutex
	pool pool
	open map[groupKey]*openBatch
	more wake // closed when some have come, and then another one
}

func (l *lane) add(deliveries []Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pool.add(l.cfg.Clock.Now(), deliveries, l.limit)
	l.wake.ring()
	l.rouse()
}

// rouse wakes all who wait for more.
func (l *lane) rouse() {
	close(l.more)
	l.more = newWake()
}

// limit is how many targets go into one call of a task.
func (l *lane) limit(t Task) int {
	return max(1, l.refresher.cfg.Provider.Limit(t.Options.TaskType, t.Target))
}

func (l *lane) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pool.count
}

// full reports whether a call's worth waits for its turn.
func (l *lane) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pool.full()
}

// held are the deliveries that wait, for their turn or for more.
func (l *lane) held() []Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.pool.all()
	for _, b := range l.open {
		all = append(all, b.deliveries()...)
	}
	return all
}

// take removes the deliveries about up to n targets of a group.
func (l *lane) take(key groupKey, n int) handful {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.room.ring()
	return l.pool.take(key, n)
}

// run submits until ctx ends, and then finishes what is under way.
func (l *lane) run(ctx context.Context) {
	var running sync.WaitGroup
	l.work(ctx, &running)
	running.Wait() // not deferred: a panic must not wait for those that may wait for it
}

// work submits until ctx ends.
func (l *lane) work(ctx context.Context, running *sync.WaitGroup) {
	slots := make(chan struct{}, l.cfg.InFlight)
	for {
		key, ok := l.next(ctx)
		if !ok {
			return
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		taken := l.prepare(ctx, key)
		running.Go(func() {
			defer func() { <-slots }()
			defer l.burst.keep(ctx)
			l.dispatch(ctx, key, taken)
		})
	}
}

// next waits until a group is full or has lingered for long enough; ok is false
// once ctx has ended.
func (l *lane) next(ctx context.Context) (key groupKey, ok bool) {
	for ctx.Err() == nil {
		now := l.cfg.Clock.Now()
		l.mu.Lock()
		key, ok = l.pool.next(now)
		wait := l.pool.wait(now)
		l.mu.Unlock()
		if ok {
			return key, true
		}
		l.wake.rest(ctx, l.cfg.Clock, wait)
	}
	return groupKey{}, false
}

// prepare takes the next call's worth of a group, once the quota admits it and
// the call's turn has come: what came in meanwhile collapses to one submission.
// It takes nothing if the group has to wait for another day, or ctx has ended.
func (l *lane) prepare(ctx context.Context, key groupKey) handful {
	l.mu.Lock()
	head := l.pool.head(key)
	l.mu.Unlock()
	if len(head) == 0 { // a call under way has taken the rest
		return handful{}
	}
	if until := l.cfg.Submitter.admit(ctx, head); !until.IsZero() {
		l.postpone(ctx, key, until)
		return handful{}
	}
	if l.refresher.turn(ctx) != nil {
		l.cfg.Submitter.abandon(context.WithoutCancel(ctx), head)
		return handful{}
	}
	taken := l.take(key, 0)
	if len(taken.deliveries) == 0 { // a call under way has done so meanwhile
		l.cfg.Submitter.abandon(context.WithoutCancel(ctx), head)
	}
	return taken
}

// postpone puts a whole group back until the quota of a new day.
func (l *lane) postpone(ctx context.Context, key groupKey, until time.Time) {
	taken := l.take(key, inHand).deliveries
	ended := make([]Settlement, len(taken))
	for i, d := range taken {
		again := d.Message
		again.Due = until
		ended[i] = Settlement{Delivery: d, Again: &again, Outcome: waits(d, QuotaExceeded, until)}
	}
	l.cfg.Log.WarnContext(ctx, "waiting for the quota of a new day", "provider", key.provider,
		"task_type", key.options.TaskType, "messages", len(taken), "until", until)
	l.settle(context.WithoutCancel(ctx), ended)
}

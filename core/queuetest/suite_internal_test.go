package queuetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// examined runs one check in virtual time.
func examined(t *testing.T, name string, newHarness func() Harness) (err error) {
	t.Helper()
	i := slices.IndexFunc(checks(), func(c check) bool { return c.name == name })
	if i < 0 {
		t.Fatalf("no check %q", name)
	}
	synctest.Test(t, func(t *testing.T) { err = checks()[i].examine(t, newHarness()) })
	return err
}

func TestGoodQueuePasses(t *testing.T) {
	t.Parallel()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := examined(t, c.name, func() Harness { return harness(flawed{}) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRun meets a queue without an engine in real time.
func TestRun(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) Harness {
		h := harness(flawed{})
		h.Crash = nil
		return h
	})
}

// latest settles the newest delivery of a message, whosever it is.
func latest() flawed {
	var mu sync.Mutex
	newest := map[string]core.Delivery{}
	f := received(func(d *core.Delivery) {
		mu.Lock()
		defer mu.Unlock()
		newest[d.Message.Task.ID] = *d
	})
	f.settle = settled(func(s *core.Settlement) {
		mu.Lock()
		defer mu.Unlock()
		s.Delivery = newest[s.Delivery.Message.Task.ID]
	}).settle
	return f
}

// echo gives each batch to the next receiver too.
func echo() flawed {
	var (
		mu   sync.Mutex
		last []core.Delivery
	)
	return flawed{receive: func(ctx context.Context, q core.Queue, most int, wait time.Duration) ([]core.Delivery, error) {
		all, err := q.Receive(ctx, most, wait)
		mu.Lock()
		defer mu.Unlock()
		all, last = append(last, all...), all
		return all, err
	}}
}

func TestDefectsAreFound(t *testing.T) {
	t.Parallel()
	broken := core.Errorf(core.Unavailable, "broken")
	type receive = func(context.Context, core.Queue, int, time.Duration) ([]core.Delivery, error)
	receiving := func(f receive) flawed { return flawed{receive: f} }
	tests := []struct {
		check, name string
		flawed      flawed
		want        string // in the complaint
	}{
		{"delivers and forgets what is done", "never done", flawed{settle: func(context.Context, core.Queue, []core.Settlement) error { return nil }}, "after all is done: received [a b c]"},
		{"delivers and forgets what is done", "counts from 0", received(func(d *core.Delivery) { d.Attempt-- }), "attempt is 0, want 1"},
		{"delivers and forgets what is done", "loses one", enqueued(func(m []core.Message) []core.Message { return m[1:] }), "want a b c"},
		{"delivers and forgets what is done", "fails", flawed{settle: func(context.Context, core.Queue, []core.Settlement) error { return broken }}, "settle: broken"},
		{"keeps every field", "time zone lost", received(func(d *core.Delivery) { d.Message.Received = d.Message.Received.UTC() }), "message is"},
		{"keeps every field", "fraction lost", received(func(d *core.Delivery) { d.Message.Due = d.Message.Due.Truncate(time.Millisecond) }), "message is"},
		{"nothing enqueued", "fails", flawed{enqueue: func(context.Context, core.Queue, []core.Message) error { return broken }}, "enqueue of no messages: broken"},
		{"nothing enqueued", "counts one", flawed{redrive: func(context.Context, core.Queue, []string) (int, error) { return 1, nil }}, "number redriven is 1, want 0"},
		{"many at once", "takes a hundred", enqueued(func(m []core.Message) []core.Message { return m[:100] }), "depth after one call is {Ready:100"},
		{"takes at most what is asked for", "takes all", receiving(func(ctx context.Context, q core.Queue, _ int, wait time.Duration) ([]core.Delivery, error) {
			return q.Receive(ctx, 100, wait)
		}), "want at most 2"},
		{"does not wait for more than one", "waits", receiving(func(ctx context.Context, q core.Queue, most int, wait time.Duration) ([]core.Delivery, error) {
			pause(ctx, wait)
			return q.Receive(ctx, most, 0)
		}), "want what was there at once"},
		{"wakes up for a message", "sleeps", receiving(func(ctx context.Context, q core.Queue, most int, wait time.Duration) ([]core.Delivery, error) {
			pause(ctx, wait)
			return q.Receive(ctx, most, 0)
		}), "want [a] after 500ms"},
		{"gives up waiting", "at once", receiving(func(ctx context.Context, q core.Queue, most int, _ time.Duration) ([]core.Delivery, error) {
			return q.Receive(ctx, most, 0)
		}), "returned after 0s, want 500ms"},
		{"context ends", "ignored", receiving(func(ctx context.Context, q core.Queue, most int, wait time.Duration) ([]core.Delivery, error) {
			return q.Receive(context.WithoutCancel(ctx), most, wait)
		}), "no error"},
		{"context ends", "cause lost", receiving(func(context.Context, core.Queue, int, time.Duration) ([]core.Delivery, error) {
			return nil, broken
		}), "want one that is context deadline exceeded"},
		{"context ends", "foreign type", receiving(func(ctx context.Context, _ core.Queue, _ int, _ time.Duration) ([]core.Delivery, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}), "want a core.Error"},
		{"context ends", "wrong kind", receiving(func(context.Context, core.Queue, int, time.Duration) ([]core.Delivery, error) {
			return nil, &core.Error{Kind: core.Internal, Err: context.DeadlineExceeded}
		}), "kind internal, want unavailable"},
		{"lease ends", "not counted", received(func(d *core.Delivery) { d.Attempt = 1 }), "attempt is 1, want 2"},
		{"lease is extended", "not at all", flawed{extend: func(context.Context, core.Queue, []core.Delivery) error { return nil }}, "during an extended lease is 1"},
		{"lease has passed on", "settles another's", latest(), "depth after a late settle is {Ready:2 Delayed:0 Dead:1}"},
		{"lease has passed on", "puts a second one", flawed{settle: func(ctx context.Context, q core.Queue, all []core.Settlement) error {
			for i := range all {
				if again := all[i].Again; again != nil {
					all[i].Again = nil
					if err := q.Enqueue(ctx, []core.Message{*again}); err != nil {
						return err
					}
				}
			}
			return q.Settle(ctx, all)
		}}, "after a late settle: received [again]"},
		{"settled twice", "is an error", flawed{extend: func(context.Context, core.Queue, []core.Delivery) error { return broken }}, "settled already: extend: broken"},
		{"delay", "forgotten", enqueued(func(m []core.Message) []core.Message {
			for i := range m {
				m[i].Due = time.Time{}
			}
			return m
		}), "media received at once is"},
		{"delay", "shortened", enqueued(func(m []core.Message) []core.Message {
			m[0].Due = m[0].Due.Add(-time.Millisecond * 500)
			return m
		}), "before it was due"},
		{"delay", "much longer", enqueued(func(m []core.Message) []core.Message {
			m[0].Due = m[0].Due.Add(time.Hour)
			return m
		}), "later did not come within 3s of being due"},
		{"again at once", "old message", settled(func(s *core.Settlement) {
			if s.Again != nil {
				s.Again = &s.Delivery.Message
			}
		}), "message is"},
		{"again at once", "lost", settled(func(s *core.Settlement) { s.Again = nil }), "want 1 messages"},
		{"again later", "at once", settled(func(s *core.Settlement) {
			if s.Again != nil {
				s.Again.Due = time.Time{}
			}
		}), "depth while it is put off is {Ready:1"},
		{"one outcome each", "all the same", settled(func(s *core.Settlement) { s.Again, s.Dead = nil, "" }), "settled but one is {Ready:1 Delayed:0 Dead:0}"},
		{"dead letters", "youngest first", buried(func(all []core.DeadLetter) []core.DeadLetter { slices.Reverse(all); return all }), "the oldest first is a whole z"},
		{"dead letters", "reason lost", settled(func(s *core.Settlement) { s.Dead = s.Dead[:min(2, len(s.Dead))] }), "reason is no, want"},
		{"dead letters", "more than asked for", flawed{dead: func(ctx context.Context, q core.Queue, _ int) ([]core.DeadLetter, error) { return q.Dead(ctx, 100) }}, "number of dead letters is 3, want 2"},
		{"dead letters", "no ID", buried(func(all []core.DeadLetter) []core.DeadLetter {
			for i := range all {
				all[i].ID = "same"
			}
			return all
		}), `ID "same" of a dead letter`},
		{"dead letters", "no time", buried(func(all []core.DeadLetter) []core.DeadLetter {
			for i := range all {
				all[i].At = time.Time{}
			}
			return all
		}), "died at 0001"},
		{"redrive", "still tried", received(func(d *core.Delivery) {
			if d.Message.Redriven {
				d.Message.Tries = 7
			}
		}), "message redriven is"},
		{"redrive", "unknown counted", flawed{redrive: func(ctx context.Context, q core.Queue, ids []string) (int, error) {
			_, err := q.Redrive(ctx, ids)
			return len(ids), err
		}}, "of unknown IDs is 4, want 0"},
		{"redrive", "all of them", flawed{redrive: func(ctx context.Context, q core.Queue, ids []string) (int, error) {
			if ids[0] != "nobody" || len(ids) > 2 {
				return 0, nil
			}
			return q.Redrive(ctx, nil)
		}}, "number redriven is 3, want 1"},
		{"redrive all", "none", flawed{redrive: func(context.Context, core.Queue, []string) (int, error) { return 0, nil }}, "number redriven is 0, want 150"},
		{"depth", "all ready", counted(func(d *core.Depth) { d.Ready, d.Delayed = d.Ready+d.Delayed, 0 }), "depth before anything is received is {Ready:8"},
		{"workers race", "stored twice", enqueued(func(m []core.Message) []core.Message { return append(m, m...) }), "depth after the race"},
		{"workers race", "delivered twice", echo(), "although each was settled within"},
		{"workers race", "fails", receiving(func(context.Context, core.Queue, int, time.Duration) ([]core.Delivery, error) { return nil, broken }), "receive: broken"},
		{"workers lose leases", "not counted", received(func(d *core.Delivery) { d.Attempt = 1 }), "is 1, want 2 or more"},
	}
	for _, tt := range tests {
		t.Run(tt.check+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			complains(t, tt.check, func() Harness { return harness(tt.flawed) }, tt.want)
		})
	}
}

// complains wants a check to find something.
func complains(t *testing.T, check string, newHarness func() Harness, want string) {
	t.Helper()
	err := examined(t, check, newHarness)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("complaint %q, want %q in it", fmt.Sprint(err), want)
	}
}

// forgetful is a queue that begins anew after a crash, and with each handle if
// it cannot be reopened either.
func forgetful(reopens bool) Harness {
	q := newQueue(testLease)
	opened := 0
	return Harness{
		Lease: testLease,
		Open: func(*testing.T) core.Queue {
			opened++
			if opened > 1 && !reopens {
				q = newQueue(testLease)
			}
			f := enqueued(func(m []core.Message) []core.Message {
				pause(context.Background(), time.Millisecond)
				return m
			})
			f.Queue = q
			return f
		},
		Crash: func(*testing.T) { q = newQueue(testLease) },
	}
}

func TestLossIsFound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		check   string
		reopens bool
		want    string
	}{
		{"reopened", false, "depth after opening is {Ready:0 Delayed:0 Dead:0}"},
		{"crash at rest", true, "depth after opening is {Ready:0 Delayed:0 Dead:0}"},
		{"crash in mid-run", true, "messages received is"},
	} {
		t.Run(tt.check, func(t *testing.T) {
			t.Parallel()
			complains(t, tt.check, func() Harness { return forgetful(tt.reopens) }, tt.want)
		})
	}
}

func TestWrongLeaseIsFound(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		check string
		lease time.Duration
		want  string
	}{
		"never ends": {"lease ends", time.Hour, "attempt 2 did not come"},
		"too short":  {"lease ends", testLease / 10, "attempt 2 came after"},
		"lost":       {"workers lose leases", time.Hour, "media settled is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			complains(t, tt.check, func() Harness {
				h, q := harness(flawed{}), newQueue(tt.lease)
				h.Open = func(*testing.T) core.Queue { return flawed{Queue: q} }
				return h
			}, tt.want)
		})
	}
}

// TestCrashBreaksHandles lets the old handles fail while workers use them.
func TestCrashBreaksHandles(t *testing.T) {
	t.Parallel()
	err := examined(t, "crash in mid-run", func() Harness {
		h := harness(flawed{})
		var (
			mu    sync.Mutex
			epoch int
		)
		now := func() int { mu.Lock(); defer mu.Unlock(); return epoch }
		open := h.Open
		h.Open = func(t *testing.T) core.Queue {
			mine, q := now(), open(t)
			check := func() error {
				if now() != mine {
					return core.Errorf(core.Unavailable, "the engine is gone")
				}
				return nil
			}
			return flawed{
				Queue: q,
				enqueue: func(ctx context.Context, q core.Queue, all []core.Message) error {
					return errors.Join(check(), q.Enqueue(ctx, all)) // stored all the same
				},
				receive: func(ctx context.Context, q core.Queue, most int, wait time.Duration) ([]core.Delivery, error) {
					if err := check(); err != nil {
						return nil, err
					}
					return q.Receive(ctx, most, wait)
				},
			}
		}
		h.Crash = func(*testing.T) { mu.Lock(); defer mu.Unlock(); epoch++ }
		return h
	})
	if err != nil {
		t.Error(err)
	}
}

// failing is a queue of which one method fails when it is called for the n-th
// time. It tells whether that has happened.
func failing(method string, n int32) (flawed, *atomic.Int32) {
	var calls atomic.Int32
	broken := func() error {
		if calls.Add(1) == n {
			return core.Errorf(core.Unavailable, "broken")
		}
		return nil
	}
	var f flawed
	switch method {
	case "enqueue":
		f.enqueue = func(ctx context.Context, q core.Queue, all []core.Message) error {
			return cmp.Or(broken(), q.Enqueue(ctx, all))
		}
	case "receive":
		f.receive = func(ctx context.Context, q core.Queue, most int, wait time.Duration) ([]core.Delivery, error) {
			if err := broken(); err != nil {
				return nil, err
			}
			return q.Receive(ctx, most, wait)
		}
	case "extend":
		f.extend = func(ctx context.Context, q core.Queue, all []core.Delivery) error {
			return cmp.Or(broken(), q.Extend(ctx, all))
		}
	case "settle":
		f.settle = func(ctx context.Context, q core.Queue, all []core.Settlement) error {
			return cmp.Or(broken(), q.Settle(ctx, all))
		}
	case "dead":
		f.dead = func(ctx context.Context, q core.Queue, most int) ([]core.DeadLetter, error) {
			letters, err := q.Dead(ctx, most)
			return letters, cmp.Or(broken(), err)
		}
	case "redrive":
		f.redrive = func(ctx context.Context, q core.Queue, ids []string) (int, error) {
			n, err := q.Redrive(ctx, ids)
			return n, cmp.Or(broken(), err)
		}
	}
	return f, &calls
}

// TestFailuresAreReported lets each call of each check fail: none goes unseen.
func TestFailuresAreReported(t *testing.T) {
	t.Parallel()
	for _, c := range checks() {
		if c.name == "crash in mid-run" { // where calls may fail
			continue
		}
		most := int32(6)
		if strings.HasPrefix(c.name, "workers") { // which make many calls alike
			most = 1
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{"enqueue", "receive", "extend", "settle", "dead", "redrive"} {
				if method == "dead" && c.name != "nothing enqueued" { // asked again until it answers
					continue
				}
				for n := int32(1); n <= most; n++ {
					f, calls := failing(method, n)
					err := examined(t, c.name, func() Harness { return harness(f) })
					if calls.Load() < n {
						break
					}
					if err == nil {
						t.Errorf("call %d of %s failed, and the check passed", n, method)
					}
				}
			}
		})
	}
}

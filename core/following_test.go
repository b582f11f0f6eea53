package core_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// Two followers on one store ask each question once.
func TestFollowersShareJobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, asked := &platform{}, []time.Duration(nil)
		moments(p, &asked, core.JobRunning, core.JobRunning, core.JobDone)
		store, d := memory.NewStore(nil), &nextDesk{}
		cfg := core.FollowerConfig{Store: store, Handover: d, First: 10 * time.Second, Most: 10 * time.Second}
		f, _ := following(t, p, cfg)
		following(t, p, cfg)
		after(time.Second)
		track(t, f, tracked("j1"))
		after(time.Hour)
		for i, want := range []time.Duration{11 * time.Second, 21 * time.Second, 31 * time.Second} {
			if len(asked) != 3 || asked[i] < want || asked[i] > want+5*time.Second {
				t.Fatalf("asks after %v, want 11 s, 21 s and 31 s, or up to 5 s later", asked)
			}
		}
		if got := d.ids(); len(got) != 1 || pending(t, f) != 0 {
			t.Errorf("hands over %v, %d jobs are left", got, pending(t, f))
		}
	})
}

// counting counts how often somebody looks for what is due, and remembers the most
// that was asked for.
type counting struct {
	core.Store

	looks, most atomic.Int64
}

func (c *counting) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	c.looks.Add(1)
	c.most.Store(max(c.most.Load(), int64(most))) // one at a time looks
	return c.Store.Due(ctx, prefix, before, most)
}

// A flood of new jobs is no reason to look at the store more often, unless they may
// be due before the next look; nor is a long list a reason to read more than is
// asked about next.
func TestFollowerLooksSeldom(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first time.Duration
		least int64
		most  int64
	}{
		"not due before the next look": {15 * time.Second, 1, 4},
		"due sooner":                   {2 * time.Second, 100, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &counting{Store: memory.NewStore(nil)}
				var asked atomic.Int64
				p := &platform{job: func(_ context.Context, id string) (core.Job, error) {
					asked.Add(1)
					return core.Job{Provider: events.Aliyun, ID: id, State: core.JobDone}, nil
				}}
				f, _ := following(t, p, core.FollowerConfig{Store: store, Handover: &nextDesk{}, First: test.first})
				after(time.Millisecond)
				before := store.looks.Load()
				for i := range 100 {
					track(t, f, tracked(fmt.Sprintf("j%d", i)))
					after(100 * time.Millisecond)
				}
				if looks := store.looks.Load() - before; looks < test.least || looks > test.most {
					t.Errorf("looks %d times in 10 s, want %d to %d", looks, test.least, test.most)
				}
				if most := store.most.Load(); most > 20 {
					t.Errorf("reads up to %d jobs at a time, want 20 at most", most)
				}
				after(time.Minute)
				if asked.Load() != 100 || pending(t, f) != 0 {
					t.Errorf("asked about %d jobs, %d are left, want 100 and none", asked.Load(), pending(t, f))
				}
			})
		})
	}
}

// After a restart, and after a crash in the middle of a question, the next
// process goes on.
func TestFollowerGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stopped time.Duration // after the job was submitted
		resumed time.Duration
	}{
		"before the first question": {5 * time.Second, 15 * time.Second},
		"during a question":         {16 * time.Second, 15*time.Second + 40*time.Second}, // what it began keeps others off
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began, store, d := time.Now(), memory.NewStore(nil), &nextDesk{}
				hanging := &platform{job: func(ctx context.Context, _ string) (core.Job, error) {
					<-ctx.Done()
					return core.Job{}, ctx.Err()
				}}
				first := core.NewFollower(core.FollowerConfig{
					Store: dying{store, ctxOver(t, test.stopped)}, Handover: d, Providers: map[events.Provider]core.Provider{events.Aliyun: hanging},
				})
				stop := run(t, first.Run)
				track(t, first, tracked("j1"))
				after(test.stopped)
				stop()
				var asked time.Duration
				p := &platform{job: func(_ context.Context, id string) (core.Job, error) {
					asked = time.Since(began)
					return core.Job{ID: id, State: core.JobDone}, nil
				}}
				f, _ := following(t, p, core.FollowerConfig{Store: store, Handover: d})
				after(time.Hour)
				if asked != test.resumed || len(d.ids()) != 1 || pending(t, f) != 0 {
					t.Errorf("asks after %v, want %v; hands over %v, %d jobs are left", asked, test.resumed, d.ids(), pending(t, f))
				}
			})
		})
	}
}

// dying is a store that a process reaches until a context ends.
type dying struct {
	core.Store

	life context.Context
}

func (d dying) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if d.life.Err() != nil {
		return nil, coded(core.Unavailable, "killed")
	}
	return d.Store.Get(ctx, keys)
}

func (d dying) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if d.life.Err() != nil {
		return nil, coded(core.Unavailable, "killed")
	}
	return d.Store.Put(ctx, records)
}

func (d dying) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	if d.life.Err() != nil {
		return nil, coded(core.Unavailable, "killed")
	}
	return d.Store.Due(ctx, prefix, before, most)
}

// ctxOver is a context that ends after d.
func ctxOver(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// A store that is out for a while delays questions, and loses none.
func TestFollowerOutlivesItsStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, out := memory.NewStore(nil), &outage{}
		out.Store = store
		p, d := &platform{}, &nextDesk{}
		f, log := following(t, p, core.FollowerConfig{Store: out, Handover: d})
		track(t, f, tracked("j1"))
		out.set(true)
		if err := f.Track(t.Context(), messages(tracked("j2").Task), []core.Outcome{tracked("j2")}, time.Now()); core.KindOf(err) != core.Unavailable {
			t.Errorf("Track without a store returns %v", err)
		}
		if _, err := f.Pending(t.Context()); core.KindOf(err) != core.Unavailable {
			t.Errorf("Pending without a store returns %v", err)
		}
		if _, err := f.Jobs(t.Context()); core.KindOf(err) != core.Unavailable {
			t.Errorf("Jobs without a store returns %v", err)
		}
		after(time.Minute)
		if len(p.questions()) != 0 || !contains(log, "could not look for jobs") {
			t.Errorf("asked about %v without a store; log %s", p.questions(), log)
		}
		out.set(false)
		after(5 * time.Second)
		if asked := p.questions(); !slices.Equal(asked, []string{"j1"}) || len(d.ids()) != 1 || pending(t, f) != 0 {
			t.Errorf("asked about %v, handed over %v, %d under way", asked, d.ids(), pending(t, f))
		}
	})
}

// A store that goes out during a question: the job is asked about again, and what
// comes after it is not lost.
func TestFollowerAsksAgainWhatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		during string
		desk   int // calls
		log    string
	}{
		"before the follow-up": {"question", 1, "a job could not be written"},
		"after the follow-up":  {"handover", 2, "the end of the job could not be written, it will be asked about again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				out := &outage{Store: memory.NewStore(nil)}
				p, d := &platform{}, &nextDesk{}
				p.job = func(_ context.Context, id string) (core.Job, error) {
					out.set(test.during == "question" && len(p.questions()) == 1)
					return core.Job{ID: id, State: core.JobDone}, nil
				}
				d.answer = func(core.Message) core.Outcome {
					out.set(test.during == "handover" && len(d.calls) == 1)
					return core.Outcome{State: core.Queued}
				}
				f, log := following(t, p, core.FollowerConfig{Store: out, Handover: d})
				track(t, f, tracked("j1"))
				after(30 * time.Second)
				out.set(false)
				after(time.Hour)
				if got := d.ids(); len(got) != test.desk || !contains(log, test.log) || len(p.questions()) != 2 {
					t.Errorf("handed over %v after %d questions, log %s", got, len(p.questions()), log)
				}
				if n := pending(t, f); n != 0 {
					t.Errorf("%d jobs are left", n)
				}
			})
		})
	}
}

// A record that nobody can read is dropped, and holds up none of the others.
func TestFollowerDropsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, p := memory.NewStore(nil), &platform{}
		for _, key := range []string{"job/aliyun/odd/0", "job/aliyun/odd/1"} {
			if _, err := store.Put(t.Context(), []core.Record{{Key: key, Value: []byte("{"), Due: time.Now().Add(time.Second)}}); err != nil {
				t.Fatal(err)
			}
		}
		f, log := following(t, p, core.FollowerConfig{Store: store, First: 2 * time.Second})
		f.Hint(t.Context(), events.Aliyun, "odd") // says nothing to it
		track(t, f, tracked("j1"))
		if jobs := listed(t, f); len(jobs) != 1 || jobs[0].ID != "j1" {
			t.Errorf("lists %+v", jobs)
		}
		after(3 * time.Second)
		if pending(t, f) != 0 || !slices.Equal(p.questions(), []string{"j1"}) || !contains(log, "a job in the store cannot be read and is dropped") {
			t.Errorf("%d are left, asked about %v, log %s", pending(t, f), p.questions(), log)
		}
	})
}

// A job of a provider that only another configuration knows is left to it, until
// nobody follows it any more.
func TestFollowerLeavesJobsOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, huawei := memory.NewStore(nil), &platform{}
		both := core.NewFollower(core.FollowerConfig{Store: store, Providers: map[events.Provider]core.Provider{events.Huawei: huawei}})
		o := tracked("j1")
		o.Task.Provider = events.Huawei
		track(t, both, o)
		p, d := &platform{}, &nextDesk{}
		f, log := following(t, p, core.FollowerConfig{Store: store, Handover: d})
		after(6*time.Hour - time.Minute)
		if len(p.questions()) != 0 || pending(t, f) != 1 {
			t.Fatalf("asked about %v, %d under way", p.questions(), pending(t, f))
		}
		after(2 * time.Minute)
		if pending(t, f) != 0 || !contains(log, "no longer following the job") {
			t.Errorf("%d under way, log %s", pending(t, f), log)
		}
	})
}

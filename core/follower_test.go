package core_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// following runs a follower of p inside a bubble until the test ends, on a store
// of its own unless cfg has one, and returns its log too.
func following(t *testing.T, p *platform, cfg core.FollowerConfig) (*core.Follower, *journal) {
	t.Helper()
	lines := &journal{}
	cfg.Providers = map[events.Provider]core.Provider{events.Aliyun: p}
	cfg.Log = slog.New(slog.NewTextHandler(lines, nil))
	if cfg.Store == nil {
		cfg.Store = memory.NewStore(nil)
	}
	f := core.NewFollower(cfg)
	run(t, f.Run)
	return f, lines
}

// run runs something until the test ends, or the returned function is called.
func run(t *testing.T, something func(context.Context)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		something(ctx)
		close(ended)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

// after lets d pass, and everything happen that is due by then.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// tracked is a job of one refresh, with a preload to follow.
func tracked(id string) core.Outcome {
	task := tasks("m-" + id)[0]
	task.Then = core.Preload
	return core.Outcome{Task: task, State: core.Refreshed, JobID: id}
}

// track follows the jobs of outcomes, submitted now.
func track(t *testing.T, f *core.Follower, outcomes ...core.Outcome) {
	t.Helper()
	all := make([]core.Message, len(outcomes))
	for i, o := range outcomes {
		all[i] = core.NewMessage(o.Task, time.Now())
	}
	if err := f.Track(t.Context(), all, outcomes, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// pending is how many jobs f follows.
func pending(t *testing.T, f *core.Follower) int {
	t.Helper()
	n, err := f.Pending(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// moments answers questions about a job with one state after the other, the
// last for ever, and writes down when they came.
func moments(p *platform, asked *[]time.Duration, states ...core.JobState) {
	began := time.Now()
	p.job = func(_ context.Context, id string) (core.Job, error) {
		*asked = append(*asked, time.Since(began))
		state := states[0]
		states = states[min(1, len(states)-1):]
		if state == "" {
			return core.Job{}, coded(core.Unavailable, "down")
		}
		return core.Job{Provider: events.Aliyun, ID: id, State: state}, nil
	}
}

func TestFollowerAsksLessAndLess(t *testing.T) {
	t.Parallel()
	const s, run = time.Second, core.JobRunning
	for name, test := range map[string]struct {
		cfg    core.FollowerConfig
		states []core.JobState
		want   []time.Duration
		log    string
	}{
		"by default": {
			core.FollowerConfig{},
			[]core.JobState{run, run, run, run, run, core.JobDone},
			[]time.Duration{15 * s, 37500 * time.Millisecond, 71250 * time.Millisecond, 121875 * time.Millisecond, 181875 * time.Millisecond, 241875 * time.Millisecond},
			"job ended",
		},
		"own times": {core.FollowerConfig{First: 2 * s, Most: 4 * s}, []core.JobState{run, run, run, core.JobFailed}, []time.Duration{2 * s, 5 * s, 9 * s, 13 * s}, "state=failed"},
		"errors":    {core.FollowerConfig{First: 2 * s, Most: 2 * s}, []core.JobState{"", "", core.JobDone}, []time.Duration{2 * s, 4 * s, 6 * s}, "error_kind=unavailable"},
		"for ever":  {core.FollowerConfig{First: 2 * s, Most: 2 * s, GiveUp: 5 * s}, []core.JobState{run}, []time.Duration{2 * s, 4 * s, 6 * s}, "no longer following"},
		"just before": {
			core.FollowerConfig{First: 2 * s, Most: 2 * s, GiveUp: 6 * s},
			[]core.JobState{run, run, run, core.JobDone},
			[]time.Duration{2 * s, 4 * s, 6 * s, 8 * s},
			"job ended",
		},
		"errors for ever": {core.FollowerConfig{First: 2 * s, Most: 2 * s, GiveUp: 3 * s}, []core.JobState{""}, []time.Duration{2 * s, 4 * s}, "no longer following"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, asked := &platform{}, []time.Duration(nil)
				moments(p, &asked, test.states...)
				f, log := following(t, p, test.cfg)
				after(0)
				track(t, f, tracked("j1"))
				after(time.Hour)
				if !slices.Equal(asked, test.want) {
					t.Errorf("asks after %v, want %v", asked, test.want)
				}
				if pending(t, f) != 0 || !strings.Contains(log.String(), test.log) {
					t.Errorf("%d jobs are left, and the log lacks %q:\n%s", pending(t, f), test.log, log)
				}
			})
		})
	}
}

func TestFollowerAsksAboutEachInItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		f, _ := following(t, p, core.FollowerConfig{First: 10 * time.Second})
		track(t, f, tracked("j1"), core.Outcome{Task: tasks("x")[0], State: core.OutcomeNotFound})
		after(4 * time.Second)
		track(t, f, tracked("j2"))
		for _, step := range []struct {
			wait  time.Duration
			asked []string
			left  int
		}{{5 * time.Second, nil, 2}, {time.Second, []string{"j1"}, 1}, {4 * time.Second, []string{"j1", "j2"}, 0}} {
			after(step.wait)
			if asked := p.questions(); !slices.Equal(asked, step.asked) || pending(t, f) != step.left {
				t.Errorf("asked about %v, want %v; %d under way, want %d", asked, step.asked, pending(t, f), step.left)
			}
		}
	})
}

// A job that is slow to answer does not hold up the others, nor does one that
// never answers.
func TestFollowerAsksSeveralAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most int
		var mu sync.Mutex
		count := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			now += n
			most = max(most, now)
		}
		p := &platform{job: func(ctx context.Context, id string) (core.Job, error) {
			count(1)
			defer count(-1)
			if id == "hangs" {
				<-ctx.Done()
				return core.Job{}, ctx.Err()
			}
			time.Sleep(10 * time.Second)
			return core.Job{ID: id, State: core.JobDone}, nil
		}}
		f, _ := following(t, p, core.FollowerConfig{First: 10 * time.Second})
		track(t, f, tracked("hangs"), tracked("j1"), tracked("j2"), tracked("j3"), tracked("j4"), tracked("j5"), tracked("j6"))
		after(10*time.Second + 20*time.Second + time.Second)
		if pending(t, f) != 1 || most != 4 {
			t.Errorf("%d jobs are left, want the one that hangs; at most %d were asked about at once, want 4", pending(t, f), most)
		}
	})
}

func TestFollowerAsksWhileAnotherHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{job: func(ctx context.Context, id string) (core.Job, error) {
			if id == "hangs" {
				<-ctx.Done()
				return core.Job{}, ctx.Err()
			}
			return core.Job{ID: id, State: core.JobDone}, nil
		}}
		f, _ := following(t, p, core.FollowerConfig{First: 10 * time.Second})
		track(t, f, tracked("hangs"))
		after(12 * time.Second)
		track(t, f, tracked("j1"))
		f.Hint(t.Context(), events.Aliyun, "j1")
		after(time.Second)
		if pending(t, f) != 1 {
			t.Errorf("%d jobs are left, want the one that hangs", pending(t, f))
		}
	})
}

func TestFollowerLeavesOtherProvidersAlone(t *testing.T) {
	t.Parallel()
	f := core.NewFollower(core.FollowerConfig{Store: memory.NewStore(nil)})
	track(t, f, tracked("j1"))
	if pending(t, f) != 0 {
		t.Error("follows a job that it has nobody to ask about")
	}
}

// A bubble ends only when every goroutine in it has, so a leak would hang here.
func TestFollowerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, jobs := range map[string][]core.Outcome{"idle": nil, "waiting": {tracked("j1")}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &platform{}
				f := core.NewFollower(core.FollowerConfig{
					Providers: map[events.Provider]core.Provider{events.Aliyun: p}, Store: memory.NewStore(nil),
				})
				track(t, f, jobs...)
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				began := time.Now()
				f.Run(ctx)
				if ran := time.Since(began); ran != 10*time.Second || len(p.questions()) != 0 {
					t.Errorf("ran for %v and asked about %v", ran, p.questions())
				}
			})
		})
	}
}

package core_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// raised is what some work panics with.
func raised(work func()) (p any) {
	defer func() { p = recover() }()
	work()
	return nil
}

// mine is a pace that panics when a turn is asked for.
type mine struct{ core.Pacer }

func (mine) Wait(context.Context) error { panic("the pace") }
func (mine) Instances() int             { return 1 }

// TestWorkPanics: a panic, in whatever goroutine, ends the work at once and is the
// caller's: it does not end the process. It is logged where it came from.
func TestWorkPanics(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		set  func(*shop)
		want string
	}{
		"a submission": {func(s *shop) {
			s.platform.submit = func(context.Context, core.Batch) (core.Submission, error) { panic("the platform") }
		}, "the platform"},
		"one of several": {func(s *shop) {
			s.platform.submit = func(_ context.Context, b core.Batch) (core.Submission, error) {
				if b.IDs[0] == "m0020" {
					panic("the platform")
				}
				return accepted(b), nil
			}
		}, "the platform"},
		"a turn": {func(s *shop) { s.pace = mine{} }, "the pace"},
		"what follows": {func(s *shop) {
			s.follow = exploding{}
		}, "the follower"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				test.set(s)
				s.put(t, countedMedia(60)...)
				received := s.received(t)
				var log bytes.Buffer
				worker := core.NewWorker(core.WorkerConfig{
					Queue: s.queue, Submitter: s.submitter(core.SubmitterConfig{}), Clock: s.clock, Log: slog.New(slog.NewTextHandler(&log, nil)),
				})
				began := time.Now()
				if p := raised(func() { worker.Work(t.Context(), received) }); p != test.want {
					t.Errorf("raised %v, want %q", p, test.want)
				}
				if took := time.Since(began); took > time.Minute {
					t.Errorf("it took %s", took)
				}
				if !strings.Contains(log.String(), "panic in a goroutine") {
					t.Errorf("the log is %q", log.String())
				}
				// The next work is as if nothing had been.
				s.platform.submit, s.pace, s.follow = nil, nil, s
				if left := s.worker(s.queue).Work(t.Context(), received); len(left) != 0 {
					t.Errorf("left are %v", media(left))
				}
			})
		})
	}
}

// TestDrainPanics: as of Work. What was not under way is put back.
func TestDrainPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{submit: func(context.Context, core.Batch) (core.Submission, error) { panic("the platform") }})
		s.put(t, countedMedia(100)...)
		if p := raised(func() { _ = s.worker(s.queue).Drain(t.Context()) }); p != "the platform" {
			t.Errorf("raised %v", p)
		}
		time.Sleep(time.Hour) // until the leases of what was under way have ended
		s.platform.submit = nil
		if err := s.worker(s.queue).Drain(t.Context()); err != nil || s.left(t) != (core.Depth{}) {
			t.Errorf("then %v, and left are %+v", err, s.left(t))
		}
	})
}

// exploding is a tracker that panics.
type exploding struct{}

func (exploding) Track(context.Context, []core.Message, []core.Outcome, time.Time) error {
	panic("the follower")
}

// TestRefreshPanics: a call that panics is its caller's panic, as of a request.
func TestRefreshPanics(t *testing.T) {
	t.Parallel()
	p := &platform{submit: func(context.Context, core.Batch) (core.Submission, error) { panic("the platform") }}
	var log bytes.Buffer
	r := core.NewRefresher(core.RefresherConfig{Provider: p, Log: slog.New(slog.NewTextHandler(&log, nil))})
	got := raised(func() { r.Refresh(t.Context(), []core.Task{message("m", time.Now()).Task}) })
	if got != "the platform" || !strings.Contains(log.String(), "TestRefreshPanics") {
		t.Errorf("raised %v, and the log is %q", got, log.String())
	}
}

// TestTickPanics: a job that panics is the caller's panic, and is asked about
// again.
func TestTickPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{job: func(context.Context, string) (core.Job, error) { panic("the platform") }}
		f := core.NewFollower(core.FollowerConfig{
			Providers: map[events.Provider]core.Provider{events.Aliyun: p}, Store: memory.NewStore(nil), First: time.Second,
		})
		job := tracked("job-1")
		job.Task.Then = ""
		track(t, f, job)
		time.Sleep(time.Minute)
		if got := raised(func() { f.Tick(t.Context()) }); got != "the platform" {
			t.Errorf("raised %v", got)
		}
		var asked []time.Duration
		moments(p, &asked, core.JobDone)
		time.Sleep(time.Hour)
		f.Tick(t.Context())
		if n := pending(t, f); n != 0 || len(asked) != 1 {
			t.Errorf("%d jobs are followed after %d questions", n, len(asked))
		}
	})
}

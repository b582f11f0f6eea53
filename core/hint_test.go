package core_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// A hint that arrives while the job is being asked about is not forgotten.
func TestFollowerRemembersAHintDuringAQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, asked := &platform{}, 0
		p.job = func(_ context.Context, id string) (core.Job, error) {
			asked++
			if asked > 1 {
				return core.Job{ID: id, State: core.JobDone}, nil
			}
			time.Sleep(5 * time.Second)
			return core.Job{ID: id, State: core.JobRunning}, nil
		}
		f, _ := following(t, p, core.FollowerConfig{First: 10 * time.Second})
		track(t, f, tracked("j1"))
		after(12 * time.Second)
		f.Hint(t.Context(), events.Aliyun, "j1")
		after(4 * time.Second)
		if pending(t, f) != 0 {
			t.Errorf("asked %d times, and the job is still followed", asked)
		}
	})
}

// The platform sends a hint for each media of a job: one of many leads to a
// question, and none about jobs that nobody follows.
func TestFollowerTakesHints(t *testing.T) {
	t.Parallel()
	const s = time.Second
	synctest.Test(t, func(t *testing.T) {
		p, asked := &platform{}, []time.Duration(nil)
		moments(p, &asked, core.JobRunning, core.JobRunning, core.JobDone)
		f, _ := following(t, p, core.FollowerConfig{})
		f.Hint(t.Context(), events.Aliyun, "j1") // nobody follows it yet
		track(t, f, tracked("j1"))
		after(3 * s)
		f.Hint(t.Context(), events.Aliyun, "j2")
		f.Hint(t.Context(), events.Huawei, "j1")
		after(0)
		if len(asked) != 0 {
			t.Errorf("hints about others lead to questions after %v", asked)
		}
		for range 20 {
			f.Hint(t.Context(), events.Aliyun, "j1")
		}
		after(s)
		f.Hint(t.Context(), events.Aliyun, "j1") // too soon to be worth another question
		after(9 * s)
		f.Hint(t.Context(), events.Aliyun, "j1")
		after(time.Hour)
		f.Hint(t.Context(), events.Aliyun, "j1") // it has ended
		after(time.Hour)
		if want := []time.Duration{3 * s, 13 * s, 13*s + 33750*time.Millisecond}; !slices.Equal(asked, want) || pending(t, f) != 0 {
			t.Errorf("asks after %v, want %v; %d under way", asked, want, pending(t, f))
		}
	})
}

// A hint that reaches one process makes another one ask, within its next look.
func TestFollowerTakesHintsOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, p := memory.NewStore(nil), &platform{}
		f, _ := following(t, p, core.FollowerConfig{Store: store, First: time.Hour, Most: time.Hour})
		other := core.NewFollower(core.FollowerConfig{Store: store, Providers: map[events.Provider]core.Provider{events.Aliyun: p}})
		track(t, f, tracked("j1"))
		after(time.Minute)
		other.Hint(t.Context(), events.Aliyun, "j1")
		after(5 * time.Second)
		if asked := p.questions(); len(asked) != 1 || pending(t, f) != 0 {
			t.Errorf("asked about %v, %d under way", asked, pending(t, f))
		}
	})
}

// All parts of a job that is too large for one record are asked about at a hint.
func TestFollowerTakesHintsAboutAllParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		f, _ := following(t, p, core.FollowerConfig{First: time.Hour, Most: time.Hour})
		track(t, f, hugeJob(100)...)
		after(time.Second)
		if parts := pending(t, f); parts < 10 {
			t.Fatalf("%d parts, want at least 10", parts)
		}
		f.Hint(t.Context(), events.Aliyun, "j1")
		after(time.Second)
		if n := pending(t, f); n != 0 {
			t.Errorf("%d parts are still under way", n)
		}
	})
}

// A hint that the store does not take is lost, and the timer holds.
func TestFollowerLosesAHint(t *testing.T) {
	t.Parallel()
	down := coded(core.Unavailable, "down")
	for name, broken := range map[string]fault{"not read": {get: down}, "not written": {put: down}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &platform{}
				broken.Store = memory.NewStore(nil)
				f, _ := following(t, p, core.FollowerConfig{Store: broken.Store})
				log := &journal{}
				hinted := core.NewFollower(core.FollowerConfig{Store: broken, Log: slog.New(slog.NewTextHandler(log, nil))})
				track(t, f, tracked("j1"))
				after(time.Second)
				hinted.Hint(t.Context(), events.Aliyun, "j1")
				after(0)
				if len(p.questions()) != 0 || !contains(log, "a hint about a job is lost") {
					t.Errorf("asked about %v; log %s", p.questions(), log)
				}
				after(14 * time.Second)
				if asked := p.questions(); len(asked) != 1 {
					t.Errorf("asked about %v after the timer", asked)
				}
			})
		})
	}
}

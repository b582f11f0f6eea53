package core_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestFollowerSendsTheFollowUpOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state   core.JobState
		outcome core.Outcome
		log     string
		submits int
	}{
		"done":           {core.JobDone, core.Outcome{State: core.Refreshed}, "job ended", 1},
		"queued":         {core.JobDone, core.Outcome{State: core.Queued}, "job ended", 1},
		"not taken":      {core.JobDone, core.Outcome{State: core.Failed, Err: coded(core.QuotaExceeded, "spent")}, "the follow-up failed", 1},
		"an odd answer":  {core.JobDone, core.Outcome{State: core.Failed, Err: coded(core.Internal, "odd")}, "again=false", 1},
		"down":           {core.JobDone, core.Outcome{State: core.Failed, Err: coded(core.Unavailable, "down")}, "again=true", 362},
		"a bad end":      {core.JobFailed, core.Outcome{}, "the follow-up is left out, because the job failed", 0},
		"without an end": {core.JobRunning, core.Outcome{}, "no longer following", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var submitted [][]core.Task
				p, asked := &platform{}, []time.Duration(nil)
				moments(p, &asked, core.JobRunning, test.state)
				f, log := following(t, p, core.FollowerConfig{Submit: func(_ context.Context, all []core.Task) []core.Outcome {
					submitted = append(submitted, all)
					outcomes := make([]core.Outcome, len(all))
					for i := range all {
						outcomes[i] = test.outcome
						outcomes[i].Task = all[i]
					}
					return outcomes
				}})
				first, second := tracked("j1"), tracked("j1")
				second.Task.ID = "other"
				third := core.Outcome{Task: tasks("without")[0], State: core.Refreshed, JobID: "j1"}
				f.Track(first, second, third)
				after(20 * time.Second)
				f.Hint(events.Aliyun, "j1")
				after(24 * time.Hour)
				if len(submitted) != test.submits {
					t.Fatalf("submits %+v", submitted)
				}
				if strings.Count(log.String(), test.log) == 0 || f.Pending() != 0 {
					t.Errorf("%d jobs are left, and the log lacks %q:\n%s", f.Pending(), test.log, log)
				}
				if test.submits == 0 {
					return
				}
				want := []core.Task{first.Task, second.Task}
				for i := range want {
					want[i].Options.TaskType, want[i].Then = core.Preload, ""
				}
				if !reflect.DeepEqual(submitted[0], want) {
					t.Errorf("submits %+v, want %+v", submitted[0], want)
				}
			})
		})
	}
}

func TestFollowerSendsNothingUnasked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, log := following(t, &platform{}, core.FollowerConfig{}) // without Submit
		f.Track(tracked("j1"))
		after(time.Hour)
		if f.Pending() != 0 || strings.Contains(log.String(), "follow-up") {
			t.Errorf("%d jobs are left, log %s", f.Pending(), log)
		}
	})
}

// A follow-up that meets passing trouble is submitted again, for the media that
// it failed for only.
func TestFollowerSendsAFailedFollowUpAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var submitted [][]string
		f, _ := following(t, &platform{}, core.FollowerConfig{Submit: func(_ context.Context, all []core.Task) []core.Outcome {
			outcomes, ids := make([]core.Outcome, len(all)), make([]string, len(all))
			for i, task := range all {
				ids[i] = task.ID
				outcomes[i] = core.Outcome{Task: task, State: core.Refreshed}
				if i == 1 {
					outcomes[i] = core.Outcome{Task: task, State: core.Failed, Err: coded(core.Throttled, "slow down")}
				}
			}
			submitted = append(submitted, ids)
			return outcomes
		}})
		first, second := tracked("j1"), tracked("j1")
		second.Task.ID = "other"
		f.Track(first, second)
		after(time.Hour)
		want := [][]string{{first.Task.ID, "other"}, {"other"}}
		if !reflect.DeepEqual(submitted, want) || f.Pending() != 0 {
			t.Errorf("submits %v, want %v; %d jobs are left", submitted, want, f.Pending())
		}
	})
}

package core_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// nextDesk is a handover that writes down what it is given, and answers each
// message as its function says; nil queues all.
type nextDesk struct {
	answer func(core.Message) core.Outcome

	mu    sync.Mutex
	calls [][]core.Message
}

func (n *nextDesk) HandOver(_ context.Context, messages []core.Message) []core.Outcome {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls = append(n.calls, messages)
	all := make([]core.Outcome, len(messages))
	for i, m := range messages {
		all[i] = core.Outcome{State: core.Queued}
		if n.answer != nil {
			all[i] = n.answer(m)
		}
		all[i].Task = m.Task
	}
	return all
}

// taken are the messages of each call.
func (n *nextDesk) taken() [][]core.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.calls)
}

// ids are the targets of each call.
func (n *nextDesk) ids() [][]string {
	var all [][]string
	for _, messages := range n.taken() {
		var ids []string
		for _, m := range messages {
			ids = append(ids, m.Task.ID)
		}
		all = append(all, ids)
	}
	return all
}

func TestFollowerSendsTheFollowUpOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		outcome core.Outcome
		log     string
		calls   int
	}{
		"done":          {core.Outcome{State: core.Refreshed}, "job ended", 1},
		"queued":        {core.Outcome{State: core.Queued}, "job ended", 1},
		"covered":       {core.Outcome{State: core.OutcomeCovered}, "job ended", 1},
		"quota spent":   {core.Outcome{State: core.Failed, Err: coded(core.QuotaExceeded, "spent")}, "again=true", 2},
		"invalid":       {core.Outcome{State: core.Failed, Err: coded(core.Invalid, "wrong")}, "again=false", 1},
		"an odd answer": {core.Outcome{State: core.Failed, Err: coded(core.Internal, "odd")}, "again=true", 2},
		"down":          {core.Outcome{State: core.Failed, Err: coded(core.Unavailable, "down")}, "again=true", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, asked := &platform{}, []time.Duration(nil)
				moments(p, &asked, core.JobRunning, core.JobDone)
				d := &nextDesk{}
				d.answer = func(core.Message) core.Outcome {
					if len(d.calls) > 1 {
						return core.Outcome{State: core.Queued}
					}
					return test.outcome
				}
				f, log := following(t, p, core.FollowerConfig{Handover: d})
				first, second := tracked("j1"), tracked("j1")
				second.Task.ID = "other"
				third := core.Outcome{Task: tasks("without")[0], State: core.Refreshed, JobID: "j1"}
				track(t, f, first, second, third)
				after(20 * time.Second)
				f.Hint(t.Context(), events.Aliyun, "j1")
				after(0)
				ended := time.Now()
				after(24 * time.Hour)
				taken := d.taken()
				if len(taken) != test.calls {
					t.Fatalf("hands over %+v", taken)
				}
				if !contains(log, test.log) || pending(t, f) != 0 {
					t.Errorf("%d jobs are left, and the log lacks %q:\n%s", pending(t, f), test.log, log)
				}
				want := []core.Message{core.NewMessage(first.Task, ended), core.NewMessage(second.Task, ended)}
				for i := range want {
					want[i].Task.Options.TaskType, want[i].Task.Then = core.Preload, ""
				}
				if !reflect.DeepEqual(taken[0], want) {
					t.Errorf("hands over %+v, want %+v", taken[0], want)
				}
			})
		})
	}
}

// What follows an event's refresh has no event time: nothing submitted before the
// job's end came after it. It has an identity, so that two followers that hand it
// over cost one submission.
func TestFollowUpOfAnEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &nextDesk{}
		f, _ := following(t, &platform{}, core.FollowerConfig{Handover: d})
		for _, id := range []string{"j1", "j2"} {
			o := tracked(id)
			o.Task.ID, o.Task.Event, o.Task.EventTime, o.Task.Signed, o.Task.Identity = "m", "TranscodeComplete", at(), at(), "the refresh's"
			track(t, f, o)
		}
		after(time.Minute)
		taken := d.taken()
		if len(taken) != 2 {
			t.Fatalf("hands over %+v", taken)
		}
		first, second := taken[0][0].Task, taken[1][0].Task
		for _, task := range []core.Task{first, second} {
			if !task.EventTime.IsZero() || !task.Signed.IsZero() || task.Manual() || len(task.Identity) != 22 {
				t.Errorf("the follow-up is %+v", task)
			}
		}
		if first.Identity == second.Identity {
			t.Error("the follow-ups of two jobs are told apart by nothing")
		}
	})
}

func TestFollowerSendsNothingUnasked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state core.JobState
		log   bool
	}{"done": {core.JobDone, true}, "failed": {core.JobFailed, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, asked := &platform{}, []time.Duration(nil)
				moments(p, &asked, test.state)
				f, log := following(t, p, core.FollowerConfig{}) // without Handover
				track(t, f, tracked("j1"))
				after(time.Hour)
				if pending(t, f) != 0 || contains(log, "nobody takes what comes after the job") != test.log {
					t.Errorf("%d jobs are left, log %s", pending(t, f), log)
				}
			})
		})
	}
}

// A follow-up that meets passing trouble is handed over again, for the media that
// it failed for only, also by the process that comes after.
func TestFollowerSendsAFailedFollowUpAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &nextDesk{}
		d.answer = func(m core.Message) core.Outcome {
			if m.Task.ID == "other" && len(d.calls) < 4 {
				return core.Outcome{State: core.Failed, Err: coded(core.Throttled, "slow down")}
			}
			return core.Outcome{State: core.Refreshed}
		}
		f, _ := following(t, &platform{}, core.FollowerConfig{Handover: d})
		first, second := tracked("j1"), tracked("j1")
		second.Task.ID = "other"
		track(t, f, first, second)
		after(time.Hour)
		want := [][]string{{first.Task.ID, "other"}, {"other"}, {"other"}, {"other"}}
		if got := d.ids(); !reflect.DeepEqual(got, want) || pending(t, f) != 0 {
			t.Errorf("hands over %v, want %v; %d jobs are left", got, want, pending(t, f))
		}
	})
}

// Where the targets that are left do not fit beside the messages, all of them are
// handed over again.
func TestFollowerSendsAllOfAHugeJobAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &nextDesk{}
		d.answer = func(core.Message) core.Outcome {
			if len(d.calls) == 1 {
				return core.Outcome{State: core.Failed, Err: coded(core.Unavailable, "down")}
			}
			return core.Outcome{State: core.Queued}
		}
		f, log := following(t, &platform{}, core.FollowerConfig{Handover: d})
		job := hugeJob(5)
		track(t, f, job...)
		after(time.Hour)
		got := d.ids()
		if len(got) != 2 || len(got[0]) != 5 || !reflect.DeepEqual(got[0], got[1]) || pending(t, f) != 0 {
			t.Errorf("hands over %d times, %d jobs are left", len(got), pending(t, f))
		}
		if contains(log, "a job could not be written") {
			t.Error("writes more than a store takes")
		}
	})
}

// hugeJob is a job j1 of the longest URLs that there are, with a preload to follow.
func hugeJob(urls int) []core.Outcome {
	all := make([]core.Outcome, urls)
	for i := range all {
		o := tracked("j1")
		url := "https://media.example.com/" + numbered(urls)[i] + "?a=1&b=<2>&c="
		o.Task.Target, o.Task.ID = core.URL, url+strings.Repeat("&", core.MaxURL-len(url))
		all[i] = o
	}
	return all
}

package core_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// ending answers questions about a job with its end.
func ending(p *platform, state core.JobState, reason string, urls ...core.URLResult) {
	p.job = func(_ context.Context, id string) (core.Job, error) {
		return core.Job{Provider: events.Aliyun, ID: id, State: state, Error: reason, URLs: urls}, nil
	}
}

// play is what became of a play URL.
func play(name string, state core.JobState, detail string) core.URLResult {
	return core.URLResult{URL: "https://media.example.com/" + name, State: state, Detail: detail}
}

// job is a followed job of some media, each with a preload to follow, that came
// in at noon of an event.
func job(t *testing.T, f *core.Follower, change func(*core.Message), media ...string) {
	t.Helper()
	var all []core.Message
	var outcomes []core.Outcome
	for _, id := range media {
		m := message(id, time.Now())
		m.Task.Then = core.Preload
		if change != nil {
			change(&m)
		}
		all, outcomes = append(all, m), append(outcomes, core.Outcome{Task: m.Task, State: core.Refreshed, JobID: "j1"})
	}
	if err := f.Track(t.Context(), all, outcomes, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// Only the URLs that failed go out again, and what is to follow follows the
// others at once.
func TestFailedURLsAreTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d := &platform{}, &nextDesk{}
		ending(p, core.JobFailed, "", play("a.mp4", core.JobDone, "100%"), play("b.m3u8", core.JobFailed, "source 404"), play("c.mp4", core.JobDone, "100%"))
		f, _ := following(t, p, core.FollowerConfig{Handover: d})
		job(t, f, func(m *core.Message) { m.Task.Options.Definitions = "HD"; m.Tries = 3 }, "m1", "m2")
		after(15 * time.Second)
		ended := time.Now()
		taken := d.taken()
		if len(taken) != 1 || len(taken[0]) != 3 {
			t.Fatalf("hands over %+v", taken)
		}
		for i, name := range []string{"a.mp4", "c.mp4"} {
			m := taken[0][i]
			m.Task.Identity = ""
			want := core.NewMessage(core.Task{
				Provider: events.Aliyun, Target: core.URL, ID: "https://media.example.com/" + name,
				Options: core.Options{TaskType: core.Preload}, Event: "TranscodeComplete", URLs: 1,
			}, ended)
			if m != want {
				t.Errorf("follows with %+v, want %+v", m, want)
			}
		}
		again := taken[0][2]
		if task := again.Task; task.Target != core.URL || task.ID != "https://media.example.com/b.m3u8" || task.Options != (core.Options{TaskType: core.Refresh}) || task.Then != core.Preload || task.URLs != 1 {
			t.Errorf("tries %+v again", task)
		}
		if again.FailedJobs != 1 || again.Tries != 0 || !again.Redriven || !again.Due.Equal(ended.Add(time.Minute)) || again.GiveUp != "" {
			t.Errorf("tries again with %+v", again)
		}
	})
}

// A failed target comes again after 1, 2 and 4 minutes, and then is a dead letter.
func TestFailedJobsGrowApart(t *testing.T) {
	t.Parallel()
	reason := "given up after 4 jobs that failed, the last of them j1: "
	for name, test := range map[string]struct {
		failed  int
		retries int
		pause   time.Duration // zero: given up
	}{
		"first":          {0, 0, time.Minute},
		"second":         {1, 0, 2 * time.Minute},
		"third":          {2, 0, 4 * time.Minute},
		"fourth":         {3, 0, 0},
		"one of many":    {10, 20, 1024 * time.Minute},
		"later of many":  {15, 20, 1024 * time.Minute},
		"no more of one": {1, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, d := &platform{}, &nextDesk{}
				ending(p, core.JobFailed, "InternalError")
				f, _ := following(t, p, core.FollowerConfig{Handover: d, Retries: test.retries})
				job(t, f, func(m *core.Message) { m.FailedJobs = test.failed }, "m1", "m2")
				after(15 * time.Second)
				ended := time.Now()
				after(time.Hour)
				taken := d.taken()
				if len(taken) != 1 || len(taken[0]) != 2 {
					t.Fatalf("hands over %+v", taken)
				}
				for i, m := range taken[0] {
					if m.Task.Target != core.Media || m.Task.ID != fmt.Sprint("m", i+1) || m.Task.EventTime.IsZero() || m.FailedJobs != test.failed+1 {
						t.Errorf("hands over %+v", m)
					}
					gone := test.pause == 0
					if gone != (m.GiveUp != "") || gone && !m.Due.IsZero() || !gone && !m.Due.Equal(ended.Add(test.pause)) {
						t.Errorf("is due at %v, given up for %q", m.Due, m.GiveUp)
					}
					if want := strings.Replace(reason, "4", fmt.Sprint(test.failed+1), 1) + "InternalError"; gone && m.GiveUp != want {
						t.Errorf("given up for %q, want %q", m.GiveUp, want)
					}
				}
			})
		})
	}
}

// The whole way: a URL that never gets well costs four jobs, and its dead letter
// says why. What an operator puts back is submitted once more.
func TestFailedURLEndsAsADeadLetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.platform.job = func(_ context.Context, id string) (core.Job, error) {
			if strings.HasSuffix(id, "a.mp4") { // the follow-up of the good one, and any try of it
				return core.Job{ID: id, State: core.JobDone}, nil
			}
			return core.Job{ID: id, State: core.JobFailed, URLs: []core.URLResult{
				play("a.mp4", core.JobDone, ""), play("b.mp4", core.JobFailed, "source 404"),
			}}, nil
		}
		f, _ := following(t, s.platform, core.FollowerConfig{Store: s.store, Handover: core.Enqueue{Queue: s.queue}})
		s.follow = f
		m := message("m", time.Now())
		m.Task.Then = core.Preload
		s.enqueue(t, m)
		s.work(t, core.WorkerConfig{})
		after(24 * time.Hour)
		url := "https://media.example.com/"
		want := []string{
			"Refresh m", "Preload " + url + "a.mp4", "Refresh " + url + "b.mp4", "Refresh " + url + "b.mp4", "Refresh " + url + "b.mp4",
		}
		if got := s.calls(); !slices.Equal(got, want) {
			t.Errorf("calls are %q, want %q", got, want)
		}
		letters := s.dead(t)
		if len(letters) != 1 || !strings.HasPrefix(letters[0].Reason, "given up after 4 jobs that failed") || !strings.HasSuffix(letters[0].Reason, ": source 404") {
			t.Fatalf("dead letters %+v", letters)
		}
		ending(s.platform, core.JobDone, "")
		if n, err := s.queue.Redrive(t.Context(), nil); n != 1 || err != nil {
			t.Fatalf("redrives %d, %v", n, err)
		}
		after(time.Hour)
		want = append(want, "Refresh "+url+"b.mp4", "Preload "+url+"b.mp4")
		if got := s.calls(); !slices.Equal(got, want) || s.left(t) != (core.Depth{}) {
			t.Errorf("calls are %q, want %q; left %+v", got, want, s.left(t))
		}
	})
}

// A job that nobody follows any more takes what was to come after it to the dead
// letters; without such, nothing is lost.
func TestGivenUpJobIsADeadLetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d := &platform{}, &nextDesk{}
		ending(p, core.JobRunning, "")
		f, log := following(t, p, core.FollowerConfig{Handover: d})
		job(t, f, func(m *core.Message) {
			if m.Task.ID == "m2" {
				m.Task.Then = ""
			}
		}, "m1", "m2", "m3")
		after(6 * time.Hour)
		if len(d.taken()) != 0 || pending(t, f) != 1 {
			t.Fatalf("hands over %+v too early", d.taken())
		}
		after(2 * time.Minute)
		if got := d.ids(); !reflect.DeepEqual(got, [][]string{{"m1", "m3"}}) || pending(t, f) != 0 {
			t.Fatalf("hands over %v, %d jobs are left", got, pending(t, f))
		}
		m := d.taken()[0][0]
		if want := "job j1: not ended within 6h0m0s, and Preload was to follow"; m.GiveUp != want || m.Task.Options.TaskType != core.Refresh || m.Task.Then != core.Preload {
			t.Errorf("gives up %+v, want for %q", m, want)
		}
		if jobs := listed(t, f); len(jobs) != 1 || jobs[0].State != core.JobRunning || jobs[0].Error != "not ended within 6h0m0s" || !contains(log, "no longer following") {
			t.Errorf("lists %+v; log %s", jobs, log)
		}
	})
}

// A job of 100 of the longest URLs is remembered in parts, each of which sees to
// its own URLs and leaves the others' alone.
func TestHugeJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d, huge := &platform{}, &nextDesk{}, hugeJob(100)
		var urls []core.URLResult
		for i, o := range huge {
			state := core.JobDone
			if i%10 == 3 {
				state = core.JobFailed
			}
			urls = append(urls, core.URLResult{URL: o.Task.ID, State: state, Detail: "detail"})
		}
		ending(p, core.JobFailed, "", urls...)
		store := memory.NewStore(nil)
		f, _ := following(t, p, core.FollowerConfig{Store: store, Handover: d})
		track(t, f, huge...)
		records, err := store.Due(t.Context(), "job/", time.Now().Add(time.Hour), 1000)
		if err != nil || len(records) < 10 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		for _, r := range records {
			if len(r.Value) > core.MaxValue {
				t.Errorf("%s has %d bytes", r.Key, len(r.Value))
			}
		}
		after(time.Hour)
		seen := make(map[string]core.TaskType, len(huge))
		for _, messages := range d.taken() {
			for _, m := range messages {
				if _, twice := seen[m.Task.ID]; twice {
					t.Fatalf("%.40s is handed over twice", m.Task.ID)
				}
				seen[m.Task.ID] = m.Task.Options.TaskType
			}
		}
		for i, o := range huge {
			want := core.Preload
			if i%10 == 3 {
				want = core.Refresh
			}
			if seen[o.Task.ID] != want {
				t.Errorf("URL %d is handed over for %q, want %q", i, seen[o.Task.ID], want)
			}
		}
		if n := pending(t, f); n != 0 {
			t.Errorf("%d parts are left", n)
		}
	})
}

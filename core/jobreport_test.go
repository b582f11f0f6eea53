package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// listed are the jobs that f lists.
func listed(t *testing.T, f *core.Follower) []core.JobReport {
	t.Helper()
	jobs, err := f.Jobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// found are the jobs that f lists of one target.
func found(t *testing.T, f *core.Follower, target string) []core.JobReport {
	t.Helper()
	jobs, err := f.JobsOf(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func TestJobsTellHowLongTheyTook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		ending(p, core.JobFailed, "", play("a.mp4", core.JobDone, ""), play("b.mp4", core.JobFailed, "source 404"), play("c.mp4", core.JobFailed, "x"))
		f, log := following(t, p, core.FollowerConfig{Handover: &nextDesk{}})
		received, age := time.Now(), []time.Duration{1500 * time.Millisecond, 3 * time.Second, time.Second}
		after(4 * time.Second)
		submitted := time.Now()
		job(t, f, func(m *core.Message) {
			m.Received, age = received.Add(age[0]), age[1:]
		}, "m1", "m2", "m3")
		want := core.JobReport{
			Provider: events.Aliyun, ID: "j1", TaskType: core.Refresh, State: core.JobRunning,
			Targets: []string{"m1", "m2", "m3"}, Count: 3, Submitted: submitted, CallbackToSubmitted: 3000,
		}
		same := func(when string) {
			t.Helper()
			jobs := listed(t, f)
			if len(jobs) != 1 {
				t.Fatalf("%s, lists %+v", when, jobs)
			}
			got := jobs[0]
			if !got.Submitted.Equal(want.Submitted) || !got.Ended.Equal(want.Ended) {
				t.Errorf("%s, submitted %v and ended %v, want %v and %v", when, got.Submitted, got.Ended, want.Submitted, want.Ended)
			}
			got.Submitted, got.Ended = want.Submitted, want.Ended
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("%s, lists\n%+v, want\n%+v", when, got, want)
			}
		}
		same("on its way")
		after(15 * time.Second)
		want.State, want.Ended, want.SubmittedToDone = core.JobFailed, time.Now(), 15_000
		want.URLs, want.FailedURLs, want.Error = 3, 2, "https://media.example.com/b.mp4: source 404"
		same("at its end")
		if !contains(log, "callback_to_submitted_ms=3000 submitted_to_done_ms=15000") {
			t.Errorf("log is %s", log)
		}
		after(24*time.Hour - time.Second)
		same("for a day")
		after(time.Second)
		if jobs := listed(t, f); len(jobs) != 0 {
			t.Errorf("after a day, lists %+v", jobs)
		}
	})
}

// The newest job comes first, whether it has ended or not.
func TestJobsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, asked := &platform{}, []time.Duration(nil)
		moments(p, &asked, core.JobRunning, core.JobDone)
		f, _ := following(t, p, core.FollowerConfig{First: 10 * time.Second, Most: 10 * time.Second})
		for i := range 4 { // the first stays on its way for longer than the others
			track(t, f, tracked(fmt.Sprint("j", i)))
			after(4 * time.Second)
		}
		after(2 * time.Second)
		var got []string
		for _, j := range listed(t, f) {
			got = append(got, j.ID+" "+string(j.State))
		}
		if want := []string{"j3 running", "j2 done", "j1 done", "j0 running"}; !slices.Equal(got, want) {
			t.Errorf("lists %q, want %q", got, want)
		}
	})
}

// Of more jobs than are listed, the ones that ended last are.
func TestJobsListsThoseThatEndedLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, _ := following(t, &platform{}, core.FollowerConfig{First: time.Second})
		const all, most = 1010, 1000
		for i := range all {
			track(t, f, tracked(fmt.Sprintf("j%04d", i)))
			time.Sleep(time.Second)
		}
		after(10 * time.Second)
		jobs := listed(t, f)
		if len(jobs) != most || jobs[0].ID != "j1009" || jobs[most-1].ID != "j0010" {
			t.Errorf("lists %d jobs, from %s to %s", len(jobs), jobs[0].ID, jobs[len(jobs)-1].ID)
		}
	})
}

// largeJob is a job of so many media.
func largeJob(media int) []core.Outcome {
	all := make([]core.Outcome, media)
	for i, id := range numbered(media) {
		all[i] = tracked("many")
		all[i].Task.ID = id
	}
	return all
}

// The targets of a large job are listed up to a number, and found beyond it.
func TestJobsAreListedShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, _ := following(t, &platform{}, core.FollowerConfig{First: time.Second})
		many := largeJob(21)
		track(t, f, many...)
		if jobs := listed(t, f); len(jobs) != 1 || jobs[0].Count != 21 || !slices.Equal(jobs[0].Targets, numbered(20)) {
			t.Errorf("lists %+v", jobs)
		}
		after(time.Hour)
		if jobs := listed(t, f); len(jobs) != 1 || jobs[0].Count != 21 || len(jobs[0].Targets) != 20 || jobs[0].State != core.JobDone {
			t.Errorf("at its end, lists %+v", jobs)
		}
	})
}

// The jobs of one media or URL are found by any of their targets, on their way and
// ended.
func TestJobsOfATarget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, _ := following(t, &platform{}, core.FollowerConfig{First: time.Second})
		many := largeJob(21)
		url := tracked("a-url")
		url.Task.Target, url.Task.ID = core.URL, "https://cdn.example.com/a.mp4?b=1&c=2"
		track(t, f, append(many, url)...)
		want := map[string][]string{
			many[0].Task.ID: {"many"}, many[20].Task.ID: {"many"}, url.Task.ID: {"a-url"},
			"nobody": nil, "": nil, "https://cdn.example.com/a.mp4": nil,
		}
		check := func(state core.JobState) {
			t.Helper()
			for target, ids := range want {
				jobs := found(t, f, target)
				if jobs == nil || len(jobs) != len(ids) {
					t.Fatalf("%s, lists of %q %+v, want %q", state, target, jobs, ids)
				}
				for i, j := range jobs {
					if j.ID != ids[i] || j.State != state || len(j.Targets) > 20 {
						t.Errorf("%s, lists of %q %+v, want %q", state, target, jobs, ids)
					}
				}
			}
		}
		check(core.JobRunning)
		after(time.Hour)
		check(core.JobDone)
		after(24 * time.Hour)
		if jobs := found(t, f, url.Task.ID); len(jobs) != 0 {
			t.Errorf("after a day, lists %+v", jobs)
		}
	})
}

// Of one target, jobs are found that are too many to be listed.
func TestJobsOfATargetBehindManyOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, _ := following(t, &platform{}, core.FollowerConfig{First: time.Second})
		for i := range 1010 {
			o := tracked(fmt.Sprintf("j%04d", i))
			o.Task.ID = "media-of-" + o.JobID
			track(t, f, o)
			time.Sleep(time.Second)
		}
		after(10 * time.Second)
		if jobs := found(t, f, "media-of-j0000"); len(jobs) != 1 || jobs[0].ID != "j0000" || jobs[0].State != core.JobDone {
			t.Errorf("lists %+v", jobs)
		}
	})
}

// Where very long URLs fill a record, the error gives way to them.
func TestJobsAreListedWithTargetsThatFillARecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, huge := &platform{}, hugeJob(5)
		ending(p, core.JobFailed, "", core.URLResult{URL: huge[0].Task.ID, State: core.JobFailed, Detail: strings.Repeat("x", 5000)})
		f, _ := following(t, p, core.FollowerConfig{Handover: &nextDesk{}})
		track(t, f, huge...)
		after(time.Minute)
		jobs := found(t, f, huge[4].Task.ID)
		if len(jobs) != 1 || jobs[0].Count != 5 || len(jobs[0].Targets) != 5 || jobs[0].State != core.JobFailed {
			t.Fatalf("lists %d jobs, %+v", len(jobs), jobs)
		}
		if text, short := strings.CutSuffix(jobs[0].Error, "…"); !short || !strings.HasPrefix(huge[0].Task.ID, text) {
			t.Errorf("its error is %q, want the beginning of the URL", jobs[0].Error)
		}
	})
}

// A record that cannot be read is left out of the list.
func TestJobsLeavesOutWhatItCannotRead(t *testing.T) {
	t.Parallel()
	store := memory.NewStore(nil)
	f := core.NewFollower(core.FollowerConfig{Store: store})
	_, err := store.Put(t.Context(), []core.Record{
		{Key: "job/aliyun/odd/0", Value: []byte("{"), Due: time.Now()},
		{Key: "ended/aliyun/odd/0", Value: []byte("{"), Due: time.Now()},
		{Key: "ended/aliyun/j1/0", Value: []byte(`{"id":"j1"}`), Due: time.Now()},
	})
	if err != nil {
		t.Fatal(err)
	}
	if jobs := listed(t, f); len(jobs) != 1 || jobs[0].ID != "j1" || jobs[0].Targets == nil { // [] in JSON, not null
		t.Errorf("lists %+v", jobs)
	}
}

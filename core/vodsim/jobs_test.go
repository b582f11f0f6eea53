package vodsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// entries are the jobs that GetMediaRefreshJobs lists for a submission.
func entries(p *platform, submission reply, pairs ...string) []reply {
	p.t.Helper()
	pairs = append(pairs, "MediaRefreshJobId", submission.text("MediaRefreshJobId"))
	return list(p.must("GetMediaRefreshJobs", pairs...).body["MediaRefreshJobs"])
}

// list turns a JSON array of objects into replies.
func list(v any) []reply {
	array, _ := v.([]any)
	var all []reply
	for _, one := range array {
		object, _ := one.(map[string]any)
		all = append(all, reply{body: object})
	}
	return all
}

// cdnTasks are the tasks that DescribeVodRefreshTasks lists.
func cdnTasks(p *platform, pairs ...string) []reply {
	p.t.Helper()
	tasks, _ := p.must("DescribeVodRefreshTasks", pairs...).body["Tasks"].(map[string]any)
	return list(tasks["Task"])
}

func TestJobProgress(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, vodsim.Config{SubmitTime: 2 * time.Second, RefreshTime: 10 * time.Second})
	p.AddMedia(vodsim.Media{ID: "m", Streams: []vodsim.Stream{
		{Format: "mp4", Definition: "SD", URL: "https://a.example/ok.mp4"},
		{Format: "mp4", Definition: "HD", URL: "https://a.example/broken.mp4"},
	}})
	job := p.must("RefreshMediaPlayUrls", "MediaIds", "m", "TaskType", "Refresh", "UserData", `{"Extend":"x"}`)

	fake.Advance(2*time.Second - 1)
	before := entries(p, job)[0]
	if before.text("Status") != "" || before.text("TaskIds") != "" || before.text("SuccessPlayUrls") != "" {
		t.Errorf("before the submission is through: %v, want neither status nor tasks", before.body)
	}
	if got := cdnTasks(p, "Status", "Complete"); len(got) != 0 {
		t.Errorf("tasks %v before the submission", got)
	}
	fake.Advance(1)
	after := entries(p, job)[0]
	for name, want := range map[string]string{
		"MediaRefreshJobId": job.text("MediaRefreshJobId"), "MediaId": "m", "TaskType": "Refresh", "Status": "success",
		"FilterPolicy":    `{"SliceFlag":false,"ResultType":"Single"}`,
		"SuccessPlayUrls": "https://a.example/ok.mp4,https://a.example/broken.mp4", "UserData": `{"Extend":"x"}`,
		"GmtCreate": "2026-03-04T12:00:00Z", "GmtModified": "2026-03-04T12:00:02Z",
	} {
		if got := after.text(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}

	ids := strings.Split(after.text("TaskIds"), ",")
	steps := []struct {
		wait       time.Duration
		ok, broken string
	}{
		{0, "Refreshing 0% ", "Refreshing 0% "},
		{5 * time.Second, "Refreshing 50% ", "Refreshing 50% "},
		{5*time.Second - 1, "Refreshing 99% ", "Refreshing 99% "},
		{1, "Complete 100% ", "Failed 100% Origin Return StatusCode 5XX"},
	}
	for _, step := range steps {
		fake.Advance(step.wait)
		for i, want := range []string{step.ok, step.broken} {
			task := cdnTasks(p, "TaskId", ids[i])[0]
			got := fmt.Sprintf("%s %s %s", task.text("Status"), task.text("Process"), task.text("Description"))
			if got != want {
				t.Errorf("task %d after %v: %q, want %q", i, step.wait, got, want)
			}
		}
	}
}

func TestJobOfSeveralMedia(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true, SubmitTime: -1})
	job := p.must("RefreshMediaPlayUrls", "MediaIds", "a,b,a", "TaskType", "Preload")
	all := entries(p, job)
	if len(all) != 2 || all[0].text("MediaId") != "a" || all[1].text("MediaId") != "b" {
		t.Errorf("entries %v, want one of a and one of b", all)
	}
	if only := entries(p, job, "MediaId", "b"); len(only) != 1 || only[0].text("MediaId") != "b" {
		t.Errorf("entries of b: %v, want one", only)
	}
	if id := job.text("MediaRefreshJobId"); len(id) != 32 || strings.Trim(id, "0123456789") == "" {
		t.Errorf("job ID %q, want 32 hex digits that are no number", id)
	}
	if got := cdnTasks(p, "ObjectType", "preload"); len(got) != 6 {
		t.Errorf("%d preload tasks, want 6", len(got))
	}
}

func TestUnknownJobAndTask(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	jobs, ok := p.must("GetMediaRefreshJobs", "MediaRefreshJobId", "nobody").body["MediaRefreshJobs"].([]any)
	if !ok || len(jobs) != 0 {
		t.Errorf("jobs %v, want an empty list", jobs)
	}
	if got := cdnTasks(p, "TaskId", "99"); len(got) != 0 {
		t.Errorf("tasks %v, want none", got)
	}
	p.refused(p.call("DescribeVodRefreshTasks", "TaskId", "c5ae61bf"), http.StatusBadRequest, "InvalidTaskId.Malformed")
	p.refused(p.call("GetMediaRefreshJobs"), http.StatusBadRequest, "MissingParameter")
}

func TestTasksPageByPage(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	var urls []string
	for i := range 75 {
		urls = append(urls, fmt.Sprint("https://a.example/", i))
	}
	id := p.must("RefreshVodObjectCaches", "ObjectPath", strings.Join(urls, "\n")).text("RefreshTaskId")
	tests := []struct {
		page, size string
		want       int
		first      string
	}{
		{"", "", 20, "0"},
		{"4", "", 15, "60"},
		{"1", "50", 50, "0"},
		{"2", "50", 25, "50"},
		{"3", "50", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.page+" of "+tt.size, func(t *testing.T) {
			t.Parallel()
			got := cdnTasks(p, "TaskId", id, "PageNumber", tt.page, "PageSize", tt.size)
			if len(got) != tt.want {
				t.Fatalf("%d tasks, want %d", len(got), tt.want)
			}
			if tt.want > 0 && got[0].text("ObjectPath") != "https://a.example/"+tt.first {
				t.Errorf("first task %v, want number %s", got[0].body, tt.first)
			}
		})
	}
	if total := p.must("DescribeVodRefreshTasks", "TaskId", id).body["TotalCount"]; total != 75.0 {
		t.Errorf("TotalCount %v, want the number 75", total)
	}
	for name, value := range map[string]string{"PageSize": "51", "PageNumber": "0", "Status": "Pending", "ObjectType": "File"} {
		p.refused(p.call("DescribeVodRefreshTasks", name, value), http.StatusBadRequest, "InvalidParameter")
	}
}

func TestThreeDaysAreRemembered(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, vodsim.Config{AnyMedia: true, SubmitTime: -1})
	refresh := func() reply { return p.must("RefreshMediaPlayUrls", "MediaIds", "a", "TaskType", "Refresh") }
	first := refresh()
	fake.Advance(72 * time.Hour)
	second := refresh()
	if got := entries(p, first); len(got) != 1 {
		t.Errorf("job after three days: %v, want it", got)
	}
	fake.Advance(time.Second)
	refresh()
	if got := entries(p, first); len(got) != 0 {
		t.Errorf("job after more than three days: %v, want it forgotten", got)
	}
	if got := entries(p, second); len(got) != 1 {
		t.Errorf("younger job: %v, want it", got)
	}
	if got := cdnTasks(p); len(got) != 6 {
		t.Errorf("%d tasks, want the 6 of the two younger jobs", len(got))
	}
}

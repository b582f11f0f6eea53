package refresh_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	down := &core.Error{Kind: core.Unavailable, Op: "DescribeVodRefreshQuota", RetryAfter: time.Second}
	for name, c := range map[string]struct {
		path string
		err  error
		code int
		part string
	}{
		"job":              {"/v1/jobs/aliyun/job-1", nil, 200, `"state":"running"`},
		"unknown job":      {"/v1/jobs/aliyun/job-2", nil, 404, "no such job"},
		"unknown provider": {"/v1/jobs/tencent/job-1", nil, 404, "set up: aliyun"},
		"job, down":        {"/v1/jobs/aliyun/job-1", down, 503, "unavailable"},
		"no jobs":          {"/v1/jobs", nil, 200, `{"jobs":[]}`},
		"none of a media":  {"/v1/jobs?media=nobody", nil, 200, `{"jobs":[]}`},
		"of no media":      {"/v1/jobs?media=", nil, 400, `{"field":"media","value":"","detail":"must be a media ID or a URL"}`},
		"quota":            {"/v1/quota", nil, 200, `{"quotas":[{"provider":"aliyun","refresh":{"limit":2000,"remaining":1990}`},
		"nothing waits":    {"/v1/quota", nil, 200, `}],"waiting":[]}`},
		"quota, down":      {"/v1/quota", down, 503, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _ := setup(c.err)
			mux := http.NewServeMux()
			mux.Handle("GET /v1/jobs", refresh.Jobs(cfg))
			mux.Handle("GET /v1/jobs/{provider}/{id}", refresh.Job(cfg))
			mux.Handle("GET /v1/quota", refresh.Quota(cfg))
			if w := get(mux, c.path); w.Code != c.code || !strings.Contains(w.Body.String(), c.part) {
				t.Errorf("got %d %s, want %d and %s", w.Code, w.Body, c.code, c.part)
			}
		})
	}
}

func TestJobsAreListedTheNewestFirst(t *testing.T) {
	t.Parallel()
	cfg, p := setup(nil)
	cfg.Follower = follower(p, memory.NewStore(nil))
	now := time.Now()
	for i, id := range []string{"job-old", "job-new"} {
		task := core.Task{Provider: events.Aliyun, Target: core.Media, ID: "media-of-" + id, Options: core.Options{TaskType: core.Preload}}
		at := now.Add(time.Duration(i) * time.Minute)
		err := cfg.Follower.Track(t.Context(), []core.Message{core.NewMessage(task, at.Add(-1500*time.Millisecond))},
			[]core.Outcome{{Task: task, State: core.Refreshed, JobID: id}}, at)
		if err != nil {
			t.Fatal(err)
		}
	}
	w := get(refresh.Jobs(cfg), "/v1/jobs")
	var list refresh.JobList
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != http.StatusOK || len(list.Jobs) != 2 {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	first := list.Jobs[0]
	if first.ID != "job-new" || list.Jobs[1].ID != "job-old" || first.TaskType != core.Preload || first.State != core.JobRunning ||
		first.Count != 1 || first.CallbackToSubmitted != 1500 || first.Targets[0] != "media-of-job-new" {
		t.Errorf("got %+v", list.Jobs)
	}
}

// ?media= lists the jobs of one media or URL, also one that is not among the targets
// that are listed; other parameters change nothing.
func TestJobsOfAMedia(t *testing.T) {
	t.Parallel()
	cfg, p := setup(nil)
	cfg.Follower = follower(p, memory.NewStore(nil))
	const address = "https://cdn.example.com/a b.mp4?c=1&d=2"
	var messages []core.Message
	var outcomes []core.Outcome
	submit := func(job, id string, target core.Target) {
		task := core.Task{Provider: events.Aliyun, Target: target, ID: id, Options: core.Options{TaskType: core.Refresh}}
		messages, outcomes = append(messages, core.NewMessage(task, time.Now())), append(outcomes, core.Outcome{Task: task, State: core.Refreshed, JobID: job})
	}
	for i := range 21 {
		submit("many", fmt.Sprintf("m%02d", i), core.Media)
	}
	submit("another", "m20", core.Media)
	submit("a-url", address, core.URL)
	if err := cfg.Follower.Track(t.Context(), messages, outcomes, time.Now()); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]string{
		"":                                   {"a-url", "another", "many"},
		"?medium=m00":                        {"a-url", "another", "many"},
		"?media=m00":                         {"many"},
		"?media=m20&most=1":                  {"another", "many"},
		"?media=" + url.QueryEscape(address): {"a-url"},
		"?media=m2":                          {},
	} {
		w := get(refresh.Jobs(cfg), "/v1/jobs"+query)
		var list refresh.JobList
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: got %d %s, %v", query, w.Code, w.Body, err)
		}
		got := make([]string, len(list.Jobs))
		for i, j := range list.Jobs {
			got[i] = j.ID
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestQuotaTellsWhatWaits(t *testing.T) {
	t.Parallel()
	cfg, p, queue := queued()
	store := memory.NewStore(nil)
	cfg.Spending = core.NewSpending(core.SpendingConfig{Meters: cfg.Meters, Store: store})
	cfg.Submitter = submitter(p, core.SubmitterConfig{Spending: cfg.Spending})
	if w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"spent-1"}`), "wait=5"); w.Code != http.StatusAccepted {
		t.Fatalf("got %d %s, want 202: what the day has no quota for waits", w.Code, w.Body)
	}
	wantDepth(t, queue, core.Depth{Delayed: 1})
	w := get(refresh.Quota(cfg), "/v1/quota")
	var all refresh.Quotas
	if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil || w.Code != http.StatusOK || len(all.Quotas) != 1 || len(all.Waiting) != 1 {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	wait := all.Waiting[0]
	if wait.Provider != events.Aliyun || wait.TaskType != core.Refresh || !wait.Until.After(time.Now()) || !strings.Contains(wait.Reason, "QuotaExceeded.Refresh") {
		t.Errorf("waiting: %+v", wait)
	}
	if all.Queue == nil || *all.Queue != (core.Depth{Delayed: 1}) {
		t.Errorf("queue: %+v", all.Queue)
	}
}

// A provider that does not answer does not hide what the others tell.
func TestQuotaOfThoseThatAnswer(t *testing.T) {
	t.Parallel()
	cfg, p := setup(&core.Error{Kind: core.Unavailable, Op: "DescribeVodRefreshQuota", Message: "no answer in time"})
	cfg.Meters = map[events.Provider]core.Meter{
		events.Aliyun: p,
		events.Huawei: core.NewTally(core.TallyConfig{Provider: events.Huawei, Store: memory.NewStore(nil), Daily: 1000}),
	}
	w := get(refresh.Quota(cfg), "/v1/quota")
	var all refresh.Quotas
	if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil || w.Code != http.StatusOK || len(all.Quotas) != 1 || len(all.Unknown) != 1 {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	if q := all.Quotas[0]; q.Provider != events.Huawei || q.Refresh.Remaining != 1000 {
		t.Errorf("known: %+v", q)
	}
	if u := all.Unknown[0]; u.Provider != events.Aliyun || !strings.Contains(u.Error, "no answer in time") {
		t.Errorf("unknown: %+v", u)
	}
}

// A provider whose day nobody counts is named, whether others tell theirs or not.
func TestQuotaThatNobodyCounts(t *testing.T) {
	t.Parallel()
	for name, meters := range map[string]int{"beside another": 1, "alone": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, p := setup(nil)
			if meters == 0 {
				delete(cfg.Providers, events.Aliyun)
				delete(cfg.Meters, events.Aliyun)
			}
			cfg.Providers[events.Huawei] = p
			w := get(refresh.Quota(cfg), "/v1/quota")
			var all refresh.Quotas
			if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil || w.Code != http.StatusOK || len(all.Quotas) != meters || len(all.Unknown) != 1 {
				t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
			}
			if u := all.Unknown[0]; u.Provider != events.Huawei || !strings.Contains(u.Error, "STORE_URL") {
				t.Errorf("unknown: %+v", u)
			}
		})
	}
}

// An engine that is out is told, not taken for an empty one.
func TestEnginesThatAreOut(t *testing.T) {
	t.Parallel()
	cfg, p, _ := queued()
	broken := cfg
	broken.Queue, broken.Follower = closedQueue(t), follower(p, closedStore(t))
	waiting := cfg
	waiting.Spending = core.NewSpending(core.SpendingConfig{Meters: cfg.Meters, Store: closedStore(t)})
	for name, c := range map[string]struct {
		handler http.Handler
		method  string
		body    string
	}{
		"jobs, store":   {refresh.Jobs(broken), http.MethodGet, ""},
		"quota, queue":  {refresh.Quota(broken), http.MethodGet, ""},
		"quota, store":  {refresh.Quota(waiting), http.MethodGet, ""},
		"dead, queue":   {refresh.Dead(broken), http.MethodGet, ""},
		"redrive":       {refresh.Redrive(broken), http.MethodPost, `{"all":true}`},
		"redrive one":   {refresh.Redrive(broken), http.MethodPost, `{"ids":["1"]}`},
		"dead, counted": {refresh.Dead(uncounted(cfg)), http.MethodGet, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			c.handler.ServeHTTP(w, httptest.NewRequest(c.method, "/", strings.NewReader(c.body)))
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("got %d %s, want 503", w.Code, w.Body)
			}
		})
	}
}

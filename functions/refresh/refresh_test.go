package refresh_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/problem"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// provider is a fake core.Provider that has one job and a quota.
type provider struct{ err error }

func (p provider) Name() events.Provider { return events.Aliyun }

func (p provider) Limit(core.TaskType, core.Target) int { return 20 }

func (p provider) Submit(context.Context, core.Batch) (core.Submission, error) {
	return core.Submission{}, errors.New("the handler must not submit by itself")
}

func (p provider) Job(_ context.Context, id string) (core.Job, error) {
	if id != "job-1" {
		return core.Job{}, &core.Error{Kind: core.NotFound, Op: "GetMediaRefreshJobs", Message: "no such job"}
	}
	return core.Job{Provider: events.Aliyun, ID: id, State: core.JobRunning}, p.err
}

func (p provider) Quota(context.Context) (core.Quota, error) {
	return core.Quota{Provider: events.Aliyun, Refresh: core.Allowance{Limit: 2000, Remaining: 1990}}, p.err
}

// handover is a fake core.Handover: the ID of a task says what becomes of it.
type handover struct{ given []core.Task }

func (h *handover) HandOver(_ context.Context, tasks []core.Task) []core.Outcome {
	h.given = append(h.given, tasks...)
	all := make([]core.Outcome, len(tasks))
	for i, t := range tasks {
		all[i] = core.Outcome{Task: t, State: core.Refreshed, JobID: "job-1"}
		switch {
		case strings.HasPrefix(t.ID, "missing"):
			all[i] = core.Outcome{Task: t, State: core.OutcomeNotFound}
		case strings.HasPrefix(t.ID, "forbidden"):
			all[i] = core.Outcome{Task: t, State: core.OutcomeForbidden}
		case strings.HasPrefix(t.ID, "queued"):
			all[i] = core.Outcome{Task: t, State: core.Queued}
		case strings.HasPrefix(t.ID, "failed"):
			all[i] = core.Outcome{Task: t, State: core.Failed, Err: &core.Error{Kind: core.Throttled, Op: "RefreshMediaPlayUrls", Code: "Throttling"}}
		case strings.HasPrefix(t.ID, "crashed"):
			all[i] = core.Outcome{Task: t, State: core.Failed, Err: errors.New("dial tcp 10.0.0.1:443")}
		}
	}
	return all
}

func setup(err error) (refresh.Config, *handover) {
	h := &handover{}
	return refresh.Config{
		Providers: map[events.Provider]core.Provider{events.Aliyun: provider{err}},
		Streams: map[events.Provider]core.Streams{events.Aliyun: func(context.Context, string) ([]events.Stream, error) {
			return []events.Stream{{Format: "mp4", Definition: "HD"}, {Format: "mp4", Definition: "SD"}}, nil
		}},
		Handover: h, Log: slog.New(slog.DiscardHandler),
	}, h
}

func post(h http.Handler, body io.Reader) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/refresh", body))
	return w
}

func TestSubmitAnswersOneByOne(t *testing.T) {
	t.Parallel()
	cfg, h := setup(nil)
	w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a, missing-1,forbidden-1 ,failed-1,crashed-1,a","Definitions":["HD","SD"],"SliceFlag":true,"SliceCount":3}`))
	if w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	want := `{"results":[{"id":"a","outcome":"refreshed","job_id":"job-1","error":""},` +
		`{"id":"missing-1","outcome":"not_found","job_id":"","error":""},` +
		`{"id":"forbidden-1","outcome":"forbidden","job_id":"","error":""},` +
		`{"id":"failed-1","outcome":"failed","job_id":"","error":"RefreshMediaPlayUrls: throttled (Throttling)"},` +
		`{"id":"crashed-1","outcome":"failed","job_id":"","error":"internal"}]}` + "\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	options := core.Options{TaskType: core.Refresh, Definitions: "HD,SD", SliceFlag: "true", SliceCount: 3}
	if len(h.given) != 5 || h.given[0] != (core.Task{Provider: events.Aliyun, Target: core.Media, ID: "a", Options: options}) {
		t.Errorf("handed over %+v", h.given)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type: got %q", got)
	}
}

func TestSubmitSaysWhenSomethingIsQueued(t *testing.T) {
	t.Parallel()
	cfg, _ := setup(nil)
	if w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":["a","queued-1"]}`)); w.Code != http.StatusAccepted {
		t.Errorf("got %d %s, want 202", w.Code, w.Body)
	}
}

func TestSubmitURLs(t *testing.T) {
	t.Parallel()
	cfg, h := setup(nil)
	w := post(refresh.Submit(cfg), strings.NewReader(`{"urls":["https://cdn.example.com/a.mp4"],"TaskType":"Preload"}`))
	want := core.Task{Provider: events.Aliyun, Target: core.URL, ID: "https://cdn.example.com/a.mp4", Options: core.Options{TaskType: core.Preload}}
	if w.Code != http.StatusOK || len(h.given) != 1 || h.given[0] != want {
		t.Errorf("got %d %s, handed over %+v", w.Code, w.Body, h.given)
	}
}

func TestSubmitNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		fields []string
	}{
		"not JSON":         {`{`, []string{"body"}},
		"nothing":          {``, []string{"body"}},
		"no media":         {`{}`, []string{"MediaIds"}},
		"several":          {`{"MediaIds":"a","TaskType":"Purge","Formats":"avi","Definitions":"8K","StreamType":"text","ResultType":"Triple","SliceCount":21,"UserData":"no"}`, []string{"TaskType", "Formats", "Definitions", "StreamType", "ResultType", "SliceCount", "UserData"}},
		"types":            {`{"MediaIds":7,"SliceFlag":"yes","SliceCount":"five","dryRun":1}`, []string{"MediaIds", "SliceCount", "SliceFlag", "dryRun"}},
		"types and values": {`{"TaskType":"Purge","Formats":"avi","SliceFlag":"yes","SliceCount":0}`, []string{"TaskType", "Formats", "SliceFlag", "SliceCount", "MediaIds"}},
		"unknown member":   {`{"MediaIds":"a","mediaids":"b"}`, []string{"mediaids"}},
		"unknown provider": {`{"MediaIds":"a","provider":"tencent","TaskType":"Purge"}`, []string{"provider", "TaskType"}},
		"both":             {`{"MediaIds":"a","urls":["https://cdn.example.com/a.mp4"]}`, []string{"urls"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, h := setup(nil)
			w := post(refresh.Submit(cfg), strings.NewReader(c.body))
			var d problem.Details
			if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != 400 || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
			}
			named := make(map[string]bool)
			for _, f := range d.Errors {
				named[f.Field] = f.Detail != ""
			}
			for _, f := range c.fields {
				if !named[f] {
					t.Errorf("%s is not named: %s", f, w.Body)
				}
			}
			if len(named) != len(c.fields) || len(h.given) != 0 {
				t.Errorf("named %v, want %v; handed over %v", named, c.fields, h.given)
			}
		})
	}
}

func TestSubmitRefusesBodiesItCannotRead(t *testing.T) {
	t.Parallel()
	cfg, _ := setup(nil)
	if w := post(refresh.Submit(cfg), strings.NewReader(strings.Repeat(" ", refresh.MaxBody+1))); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: got %d", w.Code)
	}
	if w := post(refresh.Submit(cfg), io.MultiReader(strings.NewReader("{"), broken{})); w.Code != http.StatusBadRequest {
		t.Errorf("broken off: got %d", w.Code)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestDryRunSubmitsNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dryRun bool
		body   string
	}{
		"asked for":  {false, `{"MediaIds":"a,b","dryRun":true}`},
		"configured": {true, `{"MediaIds":"a,b"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, h := setup(nil)
			cfg.DryRun = c.dryRun
			w := post(refresh.Submit(cfg), strings.NewReader(c.body))
			want := `{"results":[],"dry_run":true,"cost":{"calls":1,"min":4,"max":4,"basis":"the streams of each media"}}` + "\n"
			if w.Code != http.StatusOK || w.Body.String() != want || len(h.given) != 0 {
				t.Errorf("got %d %s, handed over %v", w.Code, w.Body, h.given)
			}
		})
	}
}

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
		"quota":            {"/v1/quota", nil, 200, `"quotas":[{"provider":"aliyun","refresh":{"limit":2000,"remaining":1990}`},
		"quota, down":      {"/v1/quota", down, 503, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _ := setup(c.err)
			mux := http.NewServeMux()
			mux.Handle("GET /v1/jobs/{provider}/{id}", refresh.Job(cfg))
			mux.Handle("GET /v1/quota", refresh.Quota(cfg))
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, http.NoBody))
			if w.Code != c.code || !strings.Contains(w.Body.String(), c.part) {
				t.Errorf("got %d %s, want %d and %s", w.Code, w.Body, c.code, c.part)
			}
		})
	}
}

func ExampleSubmit() {
	cfg, _ := setup(nil)
	fmt.Print(post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a,missing-1"}`)).Body)
	// Output: {"results":[{"id":"a","outcome":"refreshed","job_id":"job-1","error":""},{"id":"missing-1","outcome":"not_found","job_id":"","error":""}]}
}

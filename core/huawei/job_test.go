package huawei_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestJobTellsEachURL(t *testing.T) {
	t.Parallel()
	result := func(url, state string) string { return fmt.Sprintf(`{"url":%q,"status":%q}`, url, state) }
	done := core.URLResult{URL: "u1", TaskID: "t", State: core.JobDone}
	running := core.URLResult{URL: "u2", TaskID: "t", State: core.JobRunning}
	failed := core.URLResult{URL: "u3", TaskID: "t", State: core.JobFailed, Detail: "the platform gives no reason"}
	for _, tc := range []struct {
		name, results string
		state         core.JobState
		urls          []core.URLResult
	}{
		{"done, in upper case", result("u1", "SUCCEED"), core.JobDone, []core.URLResult{done}},
		{"done, in lower case", result("u1", "succeed"), core.JobDone, []core.URLResult{done}},
		{"done, in both", result("u1", "Succeed") + "," + result("u1", "SUCCEED"), core.JobDone, []core.URLResult{done, done}},
		{"running, in upper case", result("u2", "PROCESSING"), core.JobRunning, []core.URLResult{running}},
		{"running, in lower case", result("u2", "processing"), core.JobRunning, []core.URLResult{running}},
		{"a word that is new", result("u2", "QUEUED"), core.JobRunning, []core.URLResult{running}},
		{"no word", `{"url":"u2"}`, core.JobRunning, []core.URLResult{running}},
		{"no URL", `{"status":"SUCCEED"}`, core.JobDone, []core.URLResult{{TaskID: "t", State: core.JobDone}}},
		{"failed, in upper case", result("u3", "FAILED"), core.JobFailed, []core.URLResult{failed}},
		{"failed in part", result("u1", "succeed") + "," + result("u3", "failed"), core.JobFailed, []core.URLResult{done, failed}},
		{
			"failed in part, but not yet at the end", result("u3", "FAILED") + "," + result("u2", "processing") + "," + result("u1", "SUCCEED"),
			core.JobRunning,
			[]core.URLResult{failed, running, done},
		},
	} {
		for do, op := range map[core.TaskType]string{core.Refresh: showRefreshResult, core.Preload: showPreheatingAsset} {
			t.Run(tc.name+" "+string(do), func(t *testing.T) {
				t.Parallel()
				member := map[core.TaskType]string{core.Refresh: "refresh_results", core.Preload: "preheating_results"}[do]
				s := serve(t, map[string]http.HandlerFunc{
					showRefreshResult: refused(403, "VOD.10053", "no such task"),
					op:                answer(200, fmt.Sprintf(`{%q:[%s]}`, member, tc.results)),
				})
				got, err := client(t, s.URL).Job(t.Context(), "t")
				want := core.Job{Provider: events.Huawei, ID: "t", TaskType: do, State: tc.state, URLs: tc.urls}
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("job %+v, %v\nwant %+v", got, err, want)
				}
				if query := s.asked(op)[0].query; len(query) != 1 || query.Get("task_id") != "t" {
					t.Errorf("sent %v", query)
				}
			})
		}
	}
}

// The ID does not tell what the task does. Which answers stand for "unknown" is
// not documented, so every combination has to lead somewhere.
func TestJobOfAnotherProcess(t *testing.T) {
	t.Parallel()
	const listed, empty = `[{"url":"u1","status":"SUCCEED"}]`, `[]`
	results := func(member, list string) http.HandlerFunc { return answer(200, `{"`+member+`":`+list+`}`) }
	unknown, invalid := refused(403, "VOD.10062", "none"), refused(400, "VOD.10053", "illegal task_id")
	down, spent := refused(500, "VOD.10051", "internal"), refused(429, "APIGW.0308", "slow down")
	for _, tc := range []struct {
		name             string
		refresh, preload http.HandlerFunc
		do               core.TaskType
		state            core.JobState
		kind             core.Kind
		asked            int
	}{
		{"a refresh", results("refresh_results", listed), down, core.Refresh, core.JobDone, "", 1},
		{"a preload", results("refresh_results", empty), results("preheating_results", listed), core.Preload, core.JobDone, "", 2},
		{"a preload that refreshes do not know", unknown, results("preheating_results", listed), core.Preload, core.JobDone, "", 2},
		{"a preload answered with 202", invalid, answer(202, `{"preheating_results":`+listed+`}`), core.Preload, core.JobDone, "", 2},
		{"a refresh without URLs yet", results("refresh_results", empty), unknown, core.Refresh, core.JobRunning, "", 2},
		{"a preload without URLs yet", invalid, results("preheating_results", empty), core.Preload, core.JobRunning, "", 2},
		{"nobody's, in two ways", unknown, invalid, "", "", core.NotFound, 2},
		{"nobody's, without an error", results("refresh_results", empty), answer(200, `{}`), "", "", core.NotFound, 2},
		{"refreshes cannot be asked", down, results("preheating_results", listed), "", "", core.Unavailable, 1},
		{"preloads cannot be asked", unknown, spent, "", "", core.Throttled, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{showRefreshResult: tc.refresh, showPreheatingAsset: tc.preload})
			got, err := client(t, s.URL).Job(t.Context(), "t")
			if core.KindOf(err) != tc.kind || got.TaskType != tc.do || got.State != tc.state {
				t.Errorf("job %+v, %v, want %s %s or kind %q", got, err, tc.do, tc.state, tc.kind)
			}
			if n := len(s.asked("")); n != tc.asked {
				t.Errorf("%d questions, want %d", n, tc.asked)
			}
		})
	}
}

func TestJobOfOwnIsAskedForWhereItBelongs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		batch       core.Batch
		op, results string
		answer      http.HandlerFunc
		state       core.JobState
		kind        core.Kind
	}{
		{"refresh", refresh("m1"), refreshAsset, showRefreshResult, answer(200, `{"refresh_results":[{"url":"u","status":"succeed"}]}`), core.JobDone, ""},
		{"refresh without URLs yet", refresh("m1"), refreshAsset, showRefreshResult, answer(200, `{}`), core.JobRunning, ""},
		{"preload", batch(core.Preload, core.Media, "m1"), preheatAsset, showPreheatingAsset, answer(200, `{"preheating_results":[{"url":"u","status":"failed"}]}`), core.JobFailed, ""},
		{"forgotten by the platform", batch(core.Preload, core.URL, "https://a/b"), preheatAsset, showPreheatingAsset, refused(400, "VOD.10053", "illegal"), "", core.NotFound},
		{"platform down", refresh("m1"), refreshAsset, showRefreshResult, refused(403, "VOD.10052", "internal"), "", core.Unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{tc.op: answer(202, accepted), tc.results: tc.answer})
			c := client(t, s.URL)
			submitted, err := c.Submit(t.Context(), tc.batch)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Job(t.Context(), submitted.JobID)
			if core.KindOf(err) != tc.kind || got.State != tc.state {
				t.Errorf("job %+v, %v, want %s or kind %q", got, err, tc.state, tc.kind)
			}
			if n := len(s.asked("")); n != 2 {
				t.Errorf("%d calls, want 2", n)
			}
		})
	}
}

func TestMemoryOfTasksIsBounded(t *testing.T) {
	t.Parallel()
	var made int
	c := client(t, "", func(cfg *huawei.Config) {
		cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
			body := `{"refresh_results":[],"preheating_results":[{"url":"u","status":"succeed"}]}`
			status := http.StatusOK
			if r.Method == http.MethodPost {
				body, status = `{"task_id":"`+strconv.Itoa(made)+`"}`, http.StatusAccepted
				made++
			}
			return reply(status, body), nil
		})
	})
	submit := func() {
		if _, err := c.Submit(t.Context(), refresh("m1")); err != nil {
			t.Fatal(err)
		}
	}
	types := func(ids ...string) (all []core.TaskType) {
		for _, id := range ids {
			job, err := c.Job(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, job.TaskType)
		}
		return all
	}
	for range huawei.MaxMade {
		submit()
	}
	if got := types("0", "1"); !slices.Equal(got, []core.TaskType{core.Refresh, core.Refresh}) {
		t.Fatalf("task types %v of tasks that are remembered", got)
	}
	submit()
	// The oldest is forgotten; asked about anew, it is found among the preloads.
	if got := types("0", "1"); !slices.Equal(got, []core.TaskType{core.Preload, core.Refresh}) {
		t.Errorf("task types %v, want the oldest task forgotten alone", got)
	}
}

func TestJobWithoutID(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	_, err := client(t, s.URL).Job(t.Context(), "")
	wantError(t, err, core.Invalid, "Job: a parameter is missing: ID: not empty")
	if n := len(s.asked("")); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

func TestUnknownJobKeepsItsCause(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{
		showRefreshResult:   refused(400, "VOD.10053", "illegal field: {task_id}"),
		showPreheatingAsset: refused(400, "VOD.10053", "illegal field: {task_id}"),
	})
	_, err := client(t, s.URL).Job(t.Context(), "t")
	e := wantError(t, err, core.NotFound, "Job: no such task, or its record has expired")
	if cause, ok := e.Err.(*core.Error); !ok || cause.Code != "VOD.10053" { //nolint:errorlint // the cause itself
		t.Errorf("cause %v", e.Err)
	}
}

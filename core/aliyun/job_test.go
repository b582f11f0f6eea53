package aliyun_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// tasks answers DescribeVodRefreshTasks from a table of records.
func tasks(records map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		list := records[r.URL.Query().Get("TaskId")]
		n := strings.Count(list, "ObjectPath")
		answer(200, fmt.Sprintf(`{"RequestId":"R","TotalCount":%d,"PageNumber":1,"PageSize":50,"Tasks":{"Task":[%s]}}`, n, list))(w, r)
	}
}

// record is the CDN's record of one URL.
func record(id, path, status string) string {
	return fmt.Sprintf(`{"TaskId":%q,"ObjectPath":%q,"ObjectType":"file","Status":%q,"Process":"70%%",`+
		`"Description":"Origin Timeout","CreationTime":"2026-03-31T11:00:00Z"}`, id, path, status)
}

func TestJobOfMedia(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 31, 11, 0, 0, 0, time.UTC)
	job := func(state core.JobState, media []string, urls ...core.URLResult) core.Job {
		return core.Job{
			Provider: events.Aliyun, ID: "job-1", TaskType: core.Refresh, State: state, MediaIDs: media, URLs: urls, CreatedAt: at,
		}
	}
	entry := func(media, status, taskIDs, urls string) string {
		return fmt.Sprintf(`{"MediaRefreshJobId":"job-1","MediaId":%q,"TaskType":"refresh","Status":%q,"TaskIds":%q,"SuccessPlayUrls":%q,`+
			`"GmtCreate":"2026-03-31T11:00:00Z"}`, media, status, taskIDs, urls)
	}
	done := core.URLResult{URL: "u1", TaskID: "1", State: core.JobDone, Detail: "70%"}
	running := core.URLResult{URL: "u2", TaskID: "2", State: core.JobRunning, Detail: "70%"}
	failed := core.URLResult{URL: "u3", TaskID: "3", State: core.JobFailed, Detail: "Origin Timeout"}
	records := map[string]string{
		"1": record("1", "u1", "Complete"), "2": record("2", "u2", "Refreshing"),
		"3": record("3", "u3", "Failed"), "4": record("4", "u4", "Pending"),
	}
	old := func(body string) string { return strings.Replace(body, "2026-03-31T11", "2026-03-28T11", 1) }
	for _, tc := range []struct {
		name    string
		entries []string
		want    core.Job
	}{
		{"all done", []string{entry("m1", "success", "1", "u1")}, job(core.JobDone, []string{"m1"}, done)},
		{"one still running", []string{entry("m1", "success", "3, 2,1", "u3,u2,u1")}, job(core.JobRunning, []string{"m1"}, failed, running, done)},
		{"one failed", []string{entry("m1", "success", "1,3", "")}, job(core.JobFailed, []string{"m1"}, done, failed)},
		{"several media, a task in common", []string{entry("m1", "success", "1", "u1"), entry("m2", "Success", "1", "u1")}, job(core.JobDone, []string{"m1", "m2"}, done)},
		{"a media without a verdict", []string{entry("m1", "success", "1", "u1"), entry("m2", "", "", "")}, job(core.JobRunning, []string{"m1", "m2"}, done)},
		{"a media without streams", []string{entry("m1", "success", "", "")}, job(core.JobDone, []string{"m1"})},
		{
			"pending",
			[]string{entry("m1", "success", "4", "")},
			job(core.JobRunning, []string{"m1"}, core.URLResult{URL: "u4", TaskID: "4", State: core.JobRunning, Detail: "70%"}),
		},
		{
			"no record yet",
			[]string{entry("m1", "success", "1,9", "u1,u9")},
			job(core.JobRunning, []string{"m1"}, done, core.URLResult{URL: "u9", TaskID: "9", State: core.JobRunning, Detail: "no record yet"}),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{
				"GetMediaRefreshJobs":     answer(200, `{"RequestId":"R","MediaRefreshJobs":[`+strings.Join(tc.entries, ",")+`]}`),
				"DescribeVodRefreshTasks": tasks(records),
			})
			got, err := client(t, s.URL).Job(t.Context(), "job-1")
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("job %+v, %v\nwant %+v", got, err, tc.want)
			}
			if sent := parameters(s.asked("GetMediaRefreshJobs")[0]); !reflect.DeepEqual(sent, map[string]string{"MediaRefreshJobId": "job-1"}) {
				t.Errorf("sent %v", sent)
			}
			if method := s.asked("GetMediaRefreshJobs")[0].Get("http method"); method != http.MethodGet {
				t.Errorf("method %s, want the documented GET", method)
			}
		})
	}

	t.Run("no record any more", func(t *testing.T) {
		t.Parallel()
		s := serve(t, map[string]http.HandlerFunc{
			"GetMediaRefreshJobs":     answer(200, `{"MediaRefreshJobs":[`+old(entry("m1", "success", "9", "u9"))+`]}`),
			"DescribeVodRefreshTasks": tasks(nil),
		})
		got, err := client(t, s.URL).Job(t.Context(), "job-1")
		if err != nil || got.State != core.JobDone || !strings.Contains(got.URLs[0].Detail, "no record any more") {
			t.Errorf("job %+v, %v", got, err)
		}
	})
}

func TestJobOfMediaThatFailed(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{
		"GetMediaRefreshJobs": answer(200, `{"MediaRefreshJobs":[
			{"MediaId":"m1","TaskType":"Preload","Status":"fail","ErrorCode":"PreloadQueueFull","ErrorMessage":"full, see http://example.com","GmtCreate":"2026-03-31T11:00:01Z"},
			{"MediaId":"m2","TaskType":"Preload","Status":"Failed","ErrorMessage":"no code","GmtCreate":"2026-03-31T11:00:00Z"},
			{"MediaId":"m3","TaskType":"Preload","Status":"succeed","TaskIds":"1","GmtCreate":"soon"}]}`),
		"DescribeVodRefreshTasks": tasks(map[string]string{"1": record("1", "u1", "complete")}),
	})
	got, err := client(t, s.URL).Job(t.Context(), "job-1")
	want := core.Job{
		Provider: events.Aliyun, ID: "job-1", TaskType: core.Preload, State: core.JobFailed,
		MediaIDs:    []string{"m1", "m2", "m3"},
		URLs:        []core.URLResult{{URL: "u1", TaskID: "1", State: core.JobDone, Detail: "70%"}},
		Error:       "m1: PreloadQueueFull: full, see (URL); m2: no code",
		FailedMedia: []core.MediaFailure{{ID: "m1", Detail: "PreloadQueueFull: full, see (URL)"}, {ID: "m2", Detail: "no code"}},
		CreatedAt:   time.Date(2026, 3, 31, 11, 0, 0, 0, time.UTC),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("job %+v, %v\nwant %+v", got, err, want)
	}
}

// A media that failed goes out again as a whole: what became of its tasks does not
// matter any more. One without a name may be any of them.
func TestJobOfMediaThatFailedWithTasks(t *testing.T) {
	t.Parallel()
	const bad, good = `{"MediaId":"m1","Status":"fail","TaskIds":"3"}`, `{"MediaId":"m2","Status":"success","TaskIds":"1"}`
	m1 := []core.MediaFailure{{ID: "m1"}}
	for name, test := range map[string]struct {
		entries string
		failed  []core.MediaFailure
		urls    []string
	}{
		"alone":            {bad, m1, nil},
		"beside another":   {bad + "," + good, m1, []string{"u1"}},
		"in two entries":   {`{"MediaId":"m1","Status":"success","TaskIds":"2"},` + bad + "," + good, m1, []string{"u1"}},
		"a task in common": {bad + `,{"MediaId":"m2","Status":"success","TaskIds":"1,3"}`, m1, []string{"u1", "u3"}},
		"without a name":   {`{"Status":"fail"},` + good, nil, []string{"u1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{
				"GetMediaRefreshJobs": answer(200, `{"MediaRefreshJobs":[`+test.entries+`]}`),
				"DescribeVodRefreshTasks": tasks(map[string]string{
					"1": record("1", "u1", "Complete"), "2": record("2", "u2", "Refreshing"), "3": record("3", "u3", "Failed"),
				}),
			})
			got, err := client(t, s.URL).Job(t.Context(), "job-1")
			var urls []string
			for _, u := range got.URLs {
				urls = append(urls, u.URL)
			}
			if err != nil || got.State != core.JobFailed || !slices.Equal(got.FailedMedia, test.failed) || !slices.Equal(urls, test.urls) {
				t.Errorf("job %+v, %v", got, err)
			}
		})
	}
}

func TestJobOfURLs(t *testing.T) {
	t.Parallel()
	both := record("1", "u1", "Complete") + "," + record("1", "u2", "Complete")
	preload := strings.ReplaceAll(record("2", "u3", "Failed"), `"file"`, `"preload"`)
	for name, unknown := range map[string]http.HandlerFunc{
		"an empty list": answer(200, `{"RequestId":"R","MediaRefreshJobs":[]}`),
		"not found":     refused(404, "InvalidMediaRefreshJob.NotFound", "no such job"),
		"invalid":       refused(400, "InvalidParameter", "not a job ID"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{
				"GetMediaRefreshJobs":     unknown,
				"DescribeVodRefreshTasks": tasks(map[string]string{"1": both, "2": preload}),
			})
			c := client(t, s.URL)
			at := time.Date(2026, 3, 31, 11, 0, 0, 0, time.UTC)
			for id, want := range map[string]core.Job{
				"1": {TaskType: core.Refresh, State: core.JobDone, CreatedAt: at, URLs: []core.URLResult{
					{URL: "u1", TaskID: "1", State: core.JobDone, Detail: "70%"}, {URL: "u2", TaskID: "1", State: core.JobDone, Detail: "70%"},
				}},
				"2": {TaskType: core.Preload, State: core.JobFailed, CreatedAt: at, URLs: []core.URLResult{
					{URL: "u3", TaskID: "2", State: core.JobFailed, Detail: "Origin Timeout"},
				}},
				"2,3": {TaskType: core.Preload, State: core.JobRunning, CreatedAt: at, URLs: []core.URLResult{
					{URL: "u3", TaskID: "2", State: core.JobFailed, Detail: "Origin Timeout"}, {TaskID: "3", State: core.JobRunning, Detail: "no record yet"},
				}},
			} {
				want.Provider, want.ID = events.Aliyun, id
				if got, err := c.Job(t.Context(), id); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("job %+v, %v\nwant %+v", got, err, want)
				}
			}
			for _, id := range []string{"3", "3,4", "1,x", "41d465e3", "1,", ","} {
				_, err := c.Job(t.Context(), id)
				wantError(t, err, core.NotFound, "Job: no such job")
			}
		})
	}
}

func TestJobErrors(t *testing.T) {
	t.Parallel()
	known := answer(200, `{"MediaRefreshJobs":[{"MediaId":"m1","Status":"success","TaskIds":"1,2,3"}]}`)
	throttled := refused(503, "Throttling", "slow down")
	for _, tc := range []struct {
		name, id   string
		jobs, task http.HandlerFunc
		kind       core.Kind
		text       string
	}{
		{"no ID", "", known, throttled, core.Invalid, "Job: a parameter is missing: ID"},
		{"jobs throttled", "123", throttled, throttled, core.Throttled, "GetMediaRefreshJobs: slow down"},
		{"jobs forbidden", "123", refused(403, "Forbidden.RAM", "no"), throttled, core.Forbidden, "GetMediaRefreshJobs: no"},
		{"tasks throttled", "job-1", known, throttled, core.Throttled, "DescribeVodRefreshTasks: slow down"},
		{"tasks of URLs throttled", "123", answer(200, `{}`), throttled, core.Throttled, "DescribeVodRefreshTasks: slow down"},
		{"not a list", "job-1", answer(200, `{"MediaRefreshJobs":{"MediaId":"m1"}}`), throttled, core.Internal, "documented shape"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"GetMediaRefreshJobs": tc.jobs, "DescribeVodRefreshTasks": tc.task})
			_, err := client(t, s.URL).Job(t.Context(), tc.id)
			wantError(t, err, tc.kind, tc.text)
		})
	}
}

// pages answers DescribeVodRefreshTasks for a task of n URLs.
func pages(t *testing.T, n int) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		var page, size int
		if _, err := fmt.Sscan(r.URL.Query().Get("PageNumber")+" "+r.URL.Query().Get("PageSize"), &page, &size); err != nil {
			t.Error(err)
		}
		list := []map[string]string{}
		for i := (page - 1) * size; i < min(page*size, n); i++ {
			list = append(list, map[string]string{"TaskId": "1", "ObjectPath": fmt.Sprint(i), "Status": "Complete"})
		}
		body, err := json.Marshal(map[string]any{"TotalCount": n, "Tasks": map[string]any{"Task": list}})
		if err != nil {
			t.Error(err)
		}
		answer(200, string(body))(w, r)
	}
}

func TestTasksArePagedThrough(t *testing.T) {
	t.Parallel()
	for n, calls := range map[int]int{1: 1, 50: 1, 51: 2, 120: 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"GetMediaRefreshJobs": answer(200, `{}`), "DescribeVodRefreshTasks": pages(t, n)})
			job, err := client(t, s.URL).Job(t.Context(), "1")
			if err != nil || len(job.URLs) != n {
				t.Fatalf("%d URLs, %v, want %d", len(job.URLs), err, n)
			}
			for i, result := range job.URLs {
				if result.URL != fmt.Sprint(i) {
					t.Fatalf("URL %d is %s", i, result.URL)
				}
			}
			if got := len(s.asked("DescribeVodRefreshTasks")); got != calls {
				t.Errorf("%d calls, want %d", got, calls)
			}
		})
	}
	t.Run("without end", func(t *testing.T) {
		t.Parallel()
		s := serve(t, map[string]http.HandlerFunc{"GetMediaRefreshJobs": answer(200, `{}`), "DescribeVodRefreshTasks": pages(t, 1<<20)})
		_, err := client(t, s.URL).Job(t.Context(), "1")
		wantError(t, err, core.Internal, "DescribeVodRefreshTasks: task 1 has more than 40 pages of URLs")
	})
}

func TestTasksAreAskedForFourAtATime(t *testing.T) {
	t.Parallel()
	var inside atomic.Int32
	var mu sync.Mutex
	var most int32
	var once sync.Once
	four := make(chan struct{})
	ask := tasks(map[string]string{"1": record("1", "u1", "Complete")})
	s := serve(t, map[string]http.HandlerFunc{
		"GetMediaRefreshJobs": answer(200, `{}`),
		"DescribeVodRefreshTasks": func(w http.ResponseWriter, r *http.Request) {
			n := inside.Add(1)
			mu.Lock()
			most = max(most, n)
			mu.Unlock()
			if n == 4 {
				once.Do(func() {
					time.Sleep(5 * time.Millisecond) // a fifth call would come in meanwhile
					close(four)
				})
			}
			select {
			case <-four:
			case <-time.After(patience):
				t.Error("four calls never met")
			}
			inside.Add(-1)
			ask(w, r)
		},
	})
	job, err := client(t, s.URL).Job(t.Context(), "1,2,3,4,5,6,7,8,9,10,11,12")
	if err != nil || len(job.URLs) != 12 {
		t.Fatalf("%d URLs, %v", len(job.URLs), err)
	}
	if most != 4 {
		t.Errorf("%d calls at a time, want 4", most)
	}
}

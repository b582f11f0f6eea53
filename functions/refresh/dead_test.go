package refresh_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/problem"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// uncounted is a configuration whose queue lists dead letters and does not count.
func uncounted(cfg refresh.Config) refresh.Config {
	cfg.Queue = noDepth{cfg.Queue}
	return cfg
}

type noDepth struct{ core.Queue }

func (noDepth) Depth(context.Context) (core.Depth, error) {
	return core.Depth{}, core.Errorf(core.Unavailable, "the queue is out")
}

// bury makes dead letters of so many messages.
func bury(t *testing.T, queue *memory.Queue, count int) {
	t.Helper()
	messages := make([]core.Message, count)
	for i := range messages {
		messages[i] = core.NewMessage(core.Task{
			Provider: events.Aliyun, Target: core.Media, ID: fmt.Sprintf("m%d", i), Options: core.Options{TaskType: core.Refresh},
		}, time.Now())
	}
	if err := queue.Enqueue(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	got, err := queue.Receive(t.Context(), count, 0)
	if err != nil || len(got) != count {
		t.Fatalf("received %d, %v", len(got), err)
	}
	dead := make([]core.Settlement, count)
	for i, d := range got {
		dead[i] = core.Settlement{Delivery: d, Dead: "not_found: " + d.Message.Task.ID}
	}
	if err := queue.Settle(t.Context(), dead); err != nil {
		t.Fatal(err)
	}
}

func TestDeadLettersAreListed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		buried int
		query  string
		listed int
	}{
		"none":           {0, "", 0},
		"some":           {3, "", 3},
		"the oldest two": {3, "?most=2", 2},
		"all that fit":   {3, "?most=1000", 3},
		"a hundred":      {101, "", 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _, queue := queued()
			bury(t, queue, c.buried)
			w := get(refresh.Dead(cfg), "/v1/dead"+c.query)
			var letters refresh.DeadLetters
			if err := json.Unmarshal(w.Body.Bytes(), &letters); err != nil || w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
				t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
			}
			if len(letters.Dead) != c.listed || letters.Total != c.buried || letters.Dead == nil {
				t.Errorf("listed %d of %d, want %d of %d", len(letters.Dead), letters.Total, c.listed, c.buried)
			}
			for i, l := range letters.Dead {
				id := fmt.Sprintf("m%d", i)
				if l.ID == "" || l.Message.Task.ID != id || l.Reason != "not_found: "+id || l.At.IsZero() {
					t.Errorf("letter %d: %+v", i, l)
				}
			}
		})
	}
}

func TestDeadLettersAreRefusedWithReasons(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]string{"none": "0", "negative": "-1", "too many": "1001", "no number": "many", "no whole number": "1.5"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _, _ := queued()
			w := get(refresh.Dead(cfg), "/v1/dead?most="+most)
			var d problem.Details
			if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != http.StatusBadRequest || len(d.Errors) != 1 {
				t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
			}
			if e := d.Errors[0]; e.Field != "most" || e.Value != most || e.Detail != "must be a whole number between 1 and 1000" {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func redrive(cfg refresh.Config, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	refresh.Redrive(cfg).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/dead/redrive", strings.NewReader(body)))
	return w
}

func TestWithoutAQueueNothingIsDead(t *testing.T) {
	t.Parallel()
	cfg, _ := setup(nil)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"list": get(refresh.Dead(cfg), "/v1/dead"), "redrive": redrive(cfg, `{"all":true}`),
	} {
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "QUEUE_URL=direct:") {
			t.Errorf("%s: got %d %s, want 404", name, w.Code, w.Body)
		}
	}
}

func TestRedrive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body    func(ids []string) string
		back    int
		unknown string
	}{
		"all":       {func([]string) string { return `{"all":true}` }, 3, ""},
		"one":       {func(ids []string) string { return `{"ids":["` + ids[1] + `"]}` }, 1, ""},
		"two":       {func(ids []string) string { return `{"ids":["` + ids[2] + `","` + ids[0] + `"],"all":false}` }, 2, ""},
		"one twice": {func(ids []string) string { return `{"ids":["` + ids[1] + `","` + ids[1] + `"]}` }, 1, ""},
		"unknown":   {func([]string) string { return `{"ids":["nobody"]}` }, 0, `,"unknown":["nobody"]`},
		"some":      {func(ids []string) string { return `{"ids":["z","` + ids[1] + `","","z"]}` }, 1, `,"unknown":["","z"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _, queue := queued()
			bury(t, queue, 3)
			letters, err := queue.Dead(t.Context(), 3)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, l := range letters {
				ids = append(ids, l.ID)
			}
			w := redrive(cfg, c.body(ids))
			if want := fmt.Sprintf("{\"redriven\":%d%s}\n", c.back, c.unknown); w.Code != http.StatusOK || w.Body.String() != want {
				t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
			}
			wantDepth(t, queue, core.Depth{Ready: c.back, Dead: 3 - c.back})
			got, err := queue.Receive(t.Context(), 3, 0)
			if err != nil || len(got) != c.back {
				t.Fatalf("received %d, %v", len(got), err)
			}
			for _, d := range got {
				if !d.Message.Redriven {
					t.Errorf("%s would be dropped as covered", d.Message.Task.ID)
				}
			}
		})
	}
}

// slowQueue takes a second to put back a letter, and fails if it is told to.
type slowQueue struct {
	core.Queue

	err   error
	calls atomic.Int32
}

func (q *slowQueue) Redrive(_ context.Context, ids []string) (int, error) {
	q.calls.Add(1)
	time.Sleep(time.Second)
	return len(ids), q.err
}

// A long list is through before whoever sent it gives up, and does not go on where the
// queue is out.
func TestRedriveOfALongList(t *testing.T) {
	t.Parallel()
	list := make([]string, 160)
	for i := range list {
		list[i] = strconv.Itoa(i + 1)
	}
	ids, err := json.Marshal(refresh.RedriveRequest{IDs: list})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		err     error
		status  int
		seconds int
		calls   int32 // at most
		part    string
	}{
		"all there": {nil, http.StatusOK, 10, 160, `{"redriven":160}`},
		"down":      {core.Errorf(core.Unavailable, "the queue is out"), http.StatusServiceUnavailable, 1, 16, "the queue is out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg, _, _ := queued()
				queue := &slowQueue{err: test.err}
				cfg.Queue = queue
				began := time.Now()
				w := redrive(cfg, string(ids))
				if took := time.Since(began); took > time.Duration(test.seconds)*time.Second || queue.calls.Load() > test.calls {
					t.Errorf("%d letters took %v", queue.calls.Load(), took)
				}
				if w.Code != test.status || !strings.Contains(w.Body.String(), test.part) {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
			})
		})
	}
}

// Of whoever has gone, nothing is said to be unknown that was not looked for.
func TestRedriveForNobody(t *testing.T) {
	t.Parallel()
	cfg, _, _ := queued()
	queue := &slowQueue{}
	cfg.Queue = queue
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/dead/redrive", strings.NewReader(`{"ids":["1"]}`))
	refresh.Redrive(cfg).ServeHTTP(w, r)
	if w.Code == http.StatusOK || queue.calls.Load() != 0 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestRedriveRefusesBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, field, detail string }{
		"nothing":        {``, "body", "must be"},
		"no JSON":        {`all`, "body", "must be"},
		"half":           {`{"all":`, "body", "must be"},
		"an array":       {`["1"]`, "body", "must be"},
		"numbers":        {`{"ids":[1,2]}`, "body", "must be"},
		"one text":       {`{"ids":"1"}`, "body", "must be"},
		"unknown member": {`{"ids":["1"],"al":true}`, "body", "must be"},
		"too large":      {`{"ids":["` + strings.Repeat("x", refresh.MaxBody) + `"]}`, "body", "may have at most"},
		"neither":        {`{}`, "ids", `"all": true`},
		"no IDs":         {`{"ids":[]}`, "ids", `"all": true`},
		"not all":        {`{"all":false}`, "ids", `"all": true`},
		"both":           {`{"ids":["1"],"all":true}`, "all", "together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _, queue := queued()
			bury(t, queue, 1)
			w := redrive(cfg, c.body)
			var d problem.Details
			if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != http.StatusBadRequest || len(d.Errors) != 1 {
				t.Fatalf("got %d %.300s, %v", w.Code, w.Body, err)
			}
			if e := d.Errors[0]; e.Field != c.field || !strings.Contains(e.Detail, c.detail) {
				t.Errorf("got %+v, want %s: %s", e, c.field, c.detail)
			}
			wantDepth(t, queue, core.Depth{Dead: 1})
		})
	}
}

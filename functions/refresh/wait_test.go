package refresh_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// Source: RFC 7240, sections 2 and 4.3.
func TestPreferencesToWait(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prefer  []string
		applied string // empty: the request is queued at once
	}{
		"none":               {nil, ""},
		"seconds":            {[]string{"wait=5"}, "wait=5"},
		"upper case":         {[]string{"Wait=5"}, "wait=5"},
		"quoted":             {[]string{`wait="5"`}, "wait=5"},
		"blanks":             {[]string{" wait = 5 "}, "wait=5"},
		"with a parameter":   {[]string{"wait=5; foo=bar"}, "wait=5"},
		"after another":      {[]string{"respond-async, wait=5"}, "wait=5"},
		"before another":     {[]string{"wait=5,handling=lenient"}, "wait=5"},
		"in a second header": {[]string{"respond-async", "wait=5"}, "wait=5"},
		"the first of two":   {[]string{"wait=5, wait=7"}, "wait=5"},
		"the longest":        {[]string{"wait=20"}, "wait=20"},
		"too long":           {[]string{"wait=21"}, "wait=20"},
		"very long":          {[]string{"wait=9223372036"}, "wait=20"},
		"beyond numbers":     {[]string{"wait=99999999999999999999"}, ""},
		"not at all":         {[]string{"wait=0"}, ""},
		"negative":           {[]string{"wait=-5"}, ""},
		"no number":          {[]string{"wait=soon"}, ""},
		"a fraction":         {[]string{"wait=1.5"}, ""},
		"no value":           {[]string{"wait"}, ""},
		"empty":              {[]string{"wait="}, ""},
		"another name":       {[]string{"waiting=5"}, ""},
		"another one":        {[]string{"return=minimal"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, p, queue := queued()
			w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a"}`), c.prefer...)
			if got := w.Header().Get("Preference-Applied"); got != c.applied {
				t.Errorf("applied %q, want %q", got, c.applied)
			}
			outcome, status, depth := core.Queued, http.StatusAccepted, core.Depth{Ready: 1}
			if c.applied != "" {
				outcome, status, depth = core.Refreshed, http.StatusOK, core.Depth{}
			}
			if a := answer(t, w); w.Code != status || a.Results[0].Outcome != outcome {
				t.Errorf("got %d %+v, want %d and %s", w.Code, a, status, outcome)
			}
			wantDepth(t, queue, depth)
			if n := len(p.submitted()); n != 1-depth.Ready {
				t.Errorf("%d calls", n)
			}
		})
	}
}

func answer(t *testing.T, w *httptest.ResponseRecorder) refresh.Answer {
	t.Helper()
	var a refresh.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || len(a.Results) == 0 {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	return a
}

// Without a queue there is nothing to choose from.
func TestAPreferenceChangesNothingWithoutAQueue(t *testing.T) {
	t.Parallel()
	cfg, p := setup(nil)
	w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a"}`), "wait=5")
	if w.Code != http.StatusOK || w.Header().Get("Preference-Applied") != "" || len(p.submitted()) != 1 {
		t.Errorf("got %d %s, applied %q", w.Code, w.Body, w.Header().Get("Preference-Applied"))
	}
}

func TestWhatIsQueued(t *testing.T) {
	t.Parallel()
	cfg, _, queue := queued()
	before := time.Now()
	if w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a,b","TaskType":"Preload"}`)); w.Code != http.StatusAccepted {
		t.Fatalf("got %d %s, want 202", w.Code, w.Body)
	}
	got, err := queue.Receive(t.Context(), 3, 0)
	if err != nil || len(got) != 2 {
		t.Fatalf("received %d, %v", len(got), err)
	}
	for i, d := range got {
		m := d.Message
		if m.Version != core.MessageVersion || !m.Task.Manual() || m.Task.ID != []string{"a", "b"}[i] || m.Task.Options.TaskType != core.Preload ||
			m.Received.Before(before) || !m.Due.IsZero() {
			t.Errorf("queued %+v", m)
		}
	}
}

// What the wait was too short for is queued, and what was done is told.
func TestWhatIsLeftIsQueued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, _, queue := queued()
		var ids []string
		for i := range 20 {
			ids = append(ids, fmt.Sprintf("a%d", i))
		}
		body, err := json.Marshal(map[string]any{"MediaIds": append(ids, "slow-1", "slow-2")})
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		w := post(refresh.Submit(cfg), strings.NewReader(string(body)), "wait=5")
		if took := time.Since(started); w.Code != http.StatusAccepted || took < 4*time.Second || took > 12*time.Second {
			t.Errorf("got %d after %s, want 202 after 5 s, and 7 s more for the call under way", w.Code, took)
		}
		for i, r := range answer(t, w).Results {
			want := refresh.Result{ID: r.ID, Outcome: core.Refreshed, JobID: "job-1"}
			if i >= 20 {
				want = refresh.Result{ID: r.ID, Outcome: core.Queued}
			}
			if r != want {
				t.Errorf("got %+v, want %+v", r, want)
			}
		}
		wantDepth(t, queue, core.Depth{Ready: 2})
	})
}

// What another try does not help is told at once; the rest is queued.
func TestWhatIsWorthQueueing(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]struct {
		outcome core.OutcomeState
		part    string // of the error
	}{
		"a":           {core.Refreshed, ""},
		"missing-1":   {core.OutcomeNotFound, ""},
		"foreign-1":   {core.OutcomeForbidden, ""},
		"invalid-1":   {core.Failed, "InvalidParameter"},
		"account-1":   {core.Failed, "forbidden"},
		"key-1":       {core.Failed, "unauthenticated"},
		"throttled-1": {core.Queued, ""},
		"spent-1":     {core.Queued, ""},
		"crashed-1":   {core.Queued, ""},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg, _, queue := queued()
				w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"`+id+`"}`), "wait=20")
				got := answer(t, w).Results[0]
				if got.Outcome != want.outcome || !strings.Contains(got.Error, want.part) || (got.Error == "") != (want.part == "") {
					t.Errorf("got %+v, want %s and %q", got, want.outcome, want.part)
				}
				status, depth := http.StatusOK, core.Depth{}
				if want.outcome == core.Queued {
					status, depth = http.StatusAccepted, core.Depth{Ready: 1}
				}
				if w.Code != status {
					t.Errorf("got %d, want %d", w.Code, status)
				}
				wantDepth(t, queue, depth)
			})
		})
	}
}

func TestAQueueThatIsOutIsTold(t *testing.T) {
	t.Parallel()
	cfg, _, _ := queued()
	cfg.Queue = closedQueue(t)
	w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a"}`))
	if got := answer(t, w).Results[0]; got.Outcome != core.Failed || !strings.HasPrefix(got.Error, "the queue did not take the task") {
		t.Errorf("got %d %+v", w.Code, got)
	}
}

// A store that is out fails a request without a queue; with one, it waits there.
func TestAStoreThatIsOut(t *testing.T) {
	t.Parallel()
	cfg, p, queue := queued()
	cfg.Submitter = submitter(p, core.SubmitterConfig{Coverage: core.NewCoverage(core.CoverageConfig{Store: closedStore(t)})})
	if w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a"}`), "wait=5"); w.Code != http.StatusAccepted {
		t.Errorf("got %d %s, want 202", w.Code, w.Body)
	}
	wantDepth(t, queue, core.Depth{Ready: 1})
	cfg.Queue = nil
	w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a"}`))
	if got := answer(t, w).Results[0]; got.Outcome != core.Failed || !strings.HasPrefix(got.Error, "the store could not be asked what is covered") {
		t.Errorf("got %d %+v", w.Code, got)
	}
	if n := len(p.submitted()); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// A caller that hangs up cuts nothing off.
func TestAHangUpIsNoEnd(t *testing.T) {
	t.Parallel()
	for name, queue := range map[string]core.Queue{"direct": nil, "queue": memory.NewQueue(memory.Config{})} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, p := setup(nil)
			cfg.Queue = queue
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			r := httptest.NewRequestWithContext(gone, http.MethodPost, "/v1/refresh", strings.NewReader(`{"MediaIds":"a"}`))
			r.Header.Set("Prefer", "wait=5")
			w := httptest.NewRecorder()
			refresh.Submit(cfg).ServeHTTP(w, r)
			if got := answer(t, w).Results[0]; got.Outcome != core.Refreshed || len(p.submitted()) != 1 {
				t.Errorf("got %+v after %d calls", got, len(p.submitted()))
			}
		})
	}
}

// A call that is under way when the wait ends is not cut off: queued, it would be
// paid for again.
func TestACallUnderWayIsFinished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, _, queue := queued()
		w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"late-1"}`), "wait=1")
		if got := answer(t, w).Results; w.Code != http.StatusOK || len(got) != 1 || got[0].Outcome != core.Refreshed {
			t.Errorf("got %d, %+v", w.Code, got)
		}
		if depth, err := queue.Depth(t.Context()); err != nil || depth != (core.Depth{}) {
			t.Errorf("queued %+v, %v", depth, err)
		}
	})
}

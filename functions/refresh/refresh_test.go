package refresh_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/problem"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

func TestSubmitAnswersOneByOne(t *testing.T) {
	t.Parallel()
	cfg, p := setup(nil)
	w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a, missing-1,foreign-1 ,invalid-1,a","Definitions":["HD","SD"],"SliceFlag":true,"SliceCount":3}`))
	if w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	want := `{"results":[{"id":"a","outcome":"refreshed","job_id":"job-1","error":""},` +
		`{"id":"missing-1","outcome":"not_found","job_id":"","error":""},` +
		`{"id":"foreign-1","outcome":"forbidden","job_id":"","error":""},` +
		`{"id":"invalid-1","outcome":"failed","job_id":"","error":"RefreshMediaPlayUrls: invalid (InvalidParameter)"}]}` + "\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	options := core.Options{TaskType: core.Refresh, Definitions: "HD,SD", SliceFlag: "true", SliceCount: 3}
	first := p.submitted()[0]
	if !slices.Equal(first.IDs, []string{"a", "missing-1", "foreign-1", "invalid-1"}) || first.Options != options || first.Target != core.Media {
		t.Errorf("submitted %+v", first)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type: got %q", got)
	}
}

func TestSubmitSaysWhyItFailed(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"throttled-1": "RefreshMediaPlayUrls: throttled (Throttling)",
		"account-1":   "RefreshMediaPlayUrls: forbidden (Forbidden)",
		"crashed-1":   "internal", // its text may hold anything
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			cfg, _ := setup(nil)
			w := post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"`+id+`"}`))
			var a refresh.Answer
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK || len(a.Results) != 1 {
				t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
			}
			if a.Results[0] != (refresh.Result{ID: id, Outcome: core.Failed, Error: want}) {
				t.Errorf("got %+v, want %q", a.Results[0], want)
			}
		})
	}
}

func TestSubmitURLs(t *testing.T) {
	t.Parallel()
	cfg, p := setup(nil)
	w := post(refresh.Submit(cfg), strings.NewReader(`{"urls":["https://cdn.example.com/a.mp4"],"TaskType":"Preload"}`))
	if w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	got := p.submitted()
	if len(got) != 1 || got[0].Target != core.URL || got[0].Options != (core.Options{TaskType: core.Preload}) ||
		!slices.Equal(got[0].IDs, []string{"https://cdn.example.com/a.mp4"}) {
		t.Errorf("submitted %+v", got)
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
			cfg, p := setup(nil)
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
			if len(named) != len(c.fields) || len(p.submitted()) != 0 {
				t.Errorf("named %v, want %v; submitted %v", named, c.fields, p.submitted())
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
			cfg, p := setup(nil)
			cfg.DryRun = c.dryRun
			w := post(refresh.Submit(cfg), strings.NewReader(c.body))
			want := `{"results":[],"dry_run":true,"cost":{"calls":1,"min":4,"max":4,"basis":"the streams of each media"}}` + "\n"
			if w.Code != http.StatusOK || w.Body.String() != want || len(p.submitted()) != 0 {
				t.Errorf("got %d %s, submitted %v", w.Code, w.Body, p.submitted())
			}
		})
	}
}

func ExampleSubmit() {
	cfg, _ := setup(nil)
	fmt.Print(post(refresh.Submit(cfg), strings.NewReader(`{"MediaIds":"a,missing-1"}`)).Body)
	// Output: {"results":[{"id":"a","outcome":"refreshed","job_id":"job-1","error":""},{"id":"missing-1","outcome":"not_found","job_id":"","error":""}]}
}

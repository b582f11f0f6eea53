package huawei_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestSubmitSendsExactlyTheMembers(t *testing.T) {
	t.Parallel()
	const id = "5199337c31c8e4622f1590735b13a263"
	options := refresh("m1")
	options.Options.Formats, options.Options.UserData = "mp4", `{"a":1}`
	longest := "https://cdn.example.com/" + strings.Repeat("é", core.MaxURL-24)
	for _, tc := range []struct {
		name     string
		batch    core.Batch
		op, body string
	}{
		{"assets", refresh("m1", "m2"), refreshAsset, `{"asset_id_list":["m1","m2"]}`},
		{"one asset", refresh("m1"), refreshAsset, `{"asset_id_list":["m1"]}`},
		{"options that the platform does not have", options, refreshAsset, `{"asset_id_list":["m1"]}`},
		{"URLs", batch(core.Refresh, core.URL, "https://a/b c?x=1&y=<2>", "https://a/,ü"), refreshAsset, `{"urls":["https://a/b c?x=1&y=<2>","https://a/,ü"]}`},
		{"the longest URL", batch(core.Refresh, core.URL, longest), refreshAsset, `{"urls":["` + longest + `"]}`},
		{"an asset to preload", batch(core.Preload, core.Media, "m1"), preheatAsset, `{"asset_id":"m1"}`},
		{"URLs to preload", batch(core.Preload, core.URL, "https://a/b", "https://a/c"), preheatAsset, `{"urls":["https://a/b","https://a/c"]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{tc.op: answer(202, `{"task_id":" `+id+` "}`)})
			got, err := client(t, s.URL).Submit(t.Context(), tc.batch)
			if want := (core.Submission{JobID: id, RequestID: "REQ-1"}); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("submission %+v, %v, want %+v", got, err, want)
			}
			calls := s.asked("")
			if len(calls) != 1 || calls[0].body != tc.body+"\n" {
				t.Errorf("sent %+v, want one call with %s", calls, tc.body)
			}
			if query := calls[0].query; len(query) > 0 {
				t.Errorf("sent a query %v", query)
			}
		})
	}
}

// HTTP 202 is only half of it: without a task nobody can follow what it does.
func TestAcceptedWithoutATask(t *testing.T) {
	t.Parallel()
	const none = "accepted without a task ID"
	for _, tc := range []struct {
		name, body, text string
	}{
		{"no member", `{}`, none},
		{"null member", `{"task_id":null}`, none},
		{"empty member", `{"task_id":""}`, none},
		{"blank member", `{"task_id":" "}`, none},
		{"a number", `{"task_id":7}`, "documented shape"},
		{"a list", `{"task_id":["t"]}`, "documented shape"},
		{"no body", ``, "the answer, HTTP 202, is empty"},
		{"null", `null`, "the answer, HTTP 202, is no JSON object"},
	} {
		for op, b := range map[string]core.Batch{refreshAsset: refresh("m1"), preheatAsset: batch(core.Preload, core.Media, "m1")} {
			t.Run(tc.name+" "+op, func(t *testing.T) {
				t.Parallel()
				s := serve(t, map[string]http.HandlerFunc{op: answer(202, tc.body)})
				_, err := client(t, s.URL).Submit(t.Context(), b)
				if e := wantError(t, err, core.Internal, tc.text); e.RequestID != "REQ-1" {
					t.Errorf("request ID %q", e.RequestID)
				}
			})
		}
	}
}

func TestSubmitRefusesABatchWithoutACall(t *testing.T) {
	t.Parallel()
	many := make([]string, 11)
	for i := range many {
		many[i] = fmt.Sprintf("m%d", i)
	}
	long := "https://cdn.example.com/" + strings.Repeat("a", core.MaxURL-23)
	for _, tc := range []struct {
		name        string
		batch       core.Batch
		field, text string
	}{
		{"no task type", batch("", core.Media, "m1"), "TaskType", "Refresh or Preload"},
		{"no target", batch(core.Refresh, "", "m1"), "TaskType", "of a media or a URL"},
		{"no asset", refresh(), "IDs", "1 to 10"},
		{"too many assets", refresh(many...), "IDs", "1 to 10, not 11"},
		{"too many assets to preload", batch(core.Preload, core.Media, "m1", "m2"), "IDs", "1 to 1, not 2"},
		{"too many URLs", batch(core.Refresh, core.URL, many...), "IDs", "1 to 10, not 11"},
		{"too many URLs to preload", batch(core.Preload, core.URL, many...), "IDs", "1 to 10, not 11"},
		{"an empty ID", refresh("m1", ""), "IDs[1]", "1 to 10240 characters, not 0"},
		{"two IDs in one", refresh("m1,m2"), "IDs[0]", `not ","`},
		{"a blank", refresh("m1", "m2 "), "IDs[1]", `not " "`},
		{"a control character", refresh("m\x001"), "IDs[0]", "control characters"},
		{"a long URL", batch(core.Refresh, core.URL, "https://a/b", long), "IDs[1]", "1 to 10240 characters, not 10241"},
		{"a long URL to preload", batch(core.Preload, core.URL, long), "IDs[0]", "1 to 10240 characters, not 10241"},
		{"two URLs in one", batch(core.Refresh, core.URL, "https://a/b\nhttps://c/d"), "IDs[0]", "control characters"},
		{"a URL that JSON would change", batch(core.Refresh, core.URL, "https://a/\xff"), "IDs[0]", "valid UTF-8"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, nil)
			_, err := client(t, s.URL).Submit(t.Context(), tc.batch)
			e := wantError(t, err, core.Invalid, tc.text)
			if len(e.Fields) != 1 || e.Fields[0].Field != tc.field {
				t.Errorf("fields %v, want %s", e.Fields, tc.field)
			}
			if n := len(s.asked("")); n != 0 {
				t.Errorf("%d calls were made", n)
			}
		})
	}
}

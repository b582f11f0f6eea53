package aliyun_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

// parameters are those of a query that the protocol does not add.
func parameters(query url.Values) map[string]string {
	rest := make(map[string]string)
	for name := range query {
		rest[name] = query.Get(name)
	}
	for _, name := range []string{
		"AccessKeyId", "Action", "Format", "RegionId", "SecurityToken", "Signature", "SignatureMethod",
		"SignatureNonce", "SignatureType", "SignatureVersion", "Timestamp", "Version", "http method",
	} {
		delete(rest, name)
	}
	return rest
}

func TestSubmitSendsExactlyWhatIsSet(t *testing.T) {
	t.Parallel()
	urls := []string{"https://cdn.example.com/a.mp4", "https://cdn.example.com/b c,d.mp4?x=1"}
	for _, tc := range []struct {
		name   string
		batch  core.Batch
		action string
		want   map[string]string
		job    string
	}{
		{
			name:   "nothing but the media",
			batch:  refresh("m1", "m2"),
			action: "RefreshMediaPlayUrls",
			want:   map[string]string{"MediaIds": "m1,m2", "TaskType": "Refresh"},
			job:    "job-1",
		},
		{
			name: "every option",
			batch: core.Batch{Target: core.Media, IDs: []string{"m1"}, Options: core.Options{
				TaskType: core.Preload, Formats: "mp4,m3u8", Definitions: "HD,2K", StreamType: "video",
				ResultType: "Multiple", SliceFlag: core.NewFlag(true), SliceCount: 3, UserData: `{"Extend":{"a":"ä&+~*"}}`,
			}},
			action: "RefreshMediaPlayUrls",
			want: map[string]string{
				"MediaIds": "m1", "TaskType": "Preload", "Formats": "mp4,m3u8", "Definitions": "HD,2K", "StreamType": "video",
				"ResultType": "Multiple", "SliceFlag": "true", "SliceCount": "3", "UserData": `{"Extend":{"a":"ä&+~*"}}`,
			},
			job: "job-1",
		},
		{
			name:   "a flag that says no is sent",
			batch:  core.Batch{Target: core.Media, IDs: []string{"m1"}, Options: core.Options{TaskType: core.Refresh, SliceFlag: core.NewFlag(false)}},
			action: "RefreshMediaPlayUrls",
			want:   map[string]string{"MediaIds": "m1", "TaskType": "Refresh", "SliceFlag": "false"},
			job:    "job-1",
		},
		{
			name:   "URLs to refresh",
			batch:  core.Batch{Target: core.URL, IDs: urls, Options: core.Options{TaskType: core.Refresh, Formats: "mp4"}},
			action: "RefreshVodObjectCaches",
			want:   map[string]string{"ObjectPath": strings.Join(urls, "\n")},
			job:    "101,102",
		},
		{
			name:   "URLs to preload",
			batch:  core.Batch{Target: core.URL, IDs: urls, Options: core.Options{TaskType: core.Preload}},
			action: "PreloadVodObjectCaches",
			want:   map[string]string{"ObjectPath": strings.Join(urls, "\n")},
			job:    "103",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{
				"RefreshMediaPlayUrls":   answer(200, `{"RequestId":"REQ-1","MediaRefreshJobId":"job-1","NonExistMediaIds":"","ForbiddenMediaIds":""}`),
				"RefreshVodObjectCaches": answer(200, `{"RequestId":"REQ-1","RefreshTaskId":"101, 102"}`),
				"PreloadVodObjectCaches": answer(200, `{"RequestId":"REQ-1","PreloadTaskId":103}`),
			})
			got, err := client(t, s.URL).Submit(t.Context(), tc.batch)
			if err != nil {
				t.Fatal(err)
			}
			if want := (core.Submission{JobID: tc.job, RequestID: "REQ-1"}); !reflect.DeepEqual(got, want) {
				t.Errorf("submission %+v, want %+v", got, want)
			}
			calls := s.asked(tc.action)
			if len(calls) != 1 {
				t.Fatalf("%d calls of %s, want 1", len(calls), tc.action)
			}
			if sent := parameters(calls[0]); !reflect.DeepEqual(sent, tc.want) {
				t.Errorf("sent %v, want %v", sent, tc.want)
			}
			if v := calls[0].Get("Version"); v != "2017-03-21" {
				t.Errorf("API version %s", v)
			}
		})
	}
}

func TestSubmitReadsTheAnswerMediaByMedia(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		want       core.Submission
		wrong      string // in the text of the error, if one is wanted
	}{
		{
			name: "some rejected, with blanks",
			body: `{"RequestId":"R","MediaRefreshJobId":"j","NonExistMediaIds":"m2, m4","ForbiddenMediaIds":" m3 "}`,
			want: core.Submission{JobID: "j", NotFound: []string{"m2", "m4"}, Forbidden: []string{"m3"}, RequestID: "R"},
		},
		{
			name: "all rejected, no job",
			body: `{"RequestId":"R","NonExistMediaIds":"m1,m2,m4","ForbiddenMediaIds":"m3"}`,
			want: core.Submission{NotFound: []string{"m1", "m2", "m4"}, Forbidden: []string{"m3"}, RequestID: "R"},
		},
		{
			name: "fields that are null",
			body: `{"RequestId":"R","MediaRefreshJobId":"j","NonExistMediaIds":null,"ForbiddenMediaIds":null,"New":{"a":[1]}}`,
			want: core.Submission{JobID: "j", RequestID: "R"},
		},
		{
			name: "an empty code",
			body: `{"RequestId":"R","MediaRefreshJobId":"j","Code":"","Message":""}`,
			want: core.Submission{JobID: "j", RequestID: "R"},
		},
		{name: "accepted without a job", body: `{"RequestId":"R","NonExistMediaIds":"m1"}`, wrong: "accepted without a job ID"},
		{name: "nothing in it", body: `{}`, wrong: "accepted without a job ID"},
		{name: "a job that is a list", body: `{"MediaRefreshJobId":["j"]}`, wrong: "documented shape"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": answer(200, tc.body)})
			got, err := client(t, s.URL).Submit(t.Context(), refresh("m1", "m2", "m3", "m4"))
			if tc.wrong != "" {
				wantError(t, err, core.Internal, tc.wrong)
				return
			}
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("submission %+v, %v, want %+v", got, err, tc.want)
			}
		})
	}
}

func TestSubmitOfURLsNeedsTaskIDs(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{
		"RefreshVodObjectCaches": answer(200, `{"RequestId":"R","RefreshTaskId":" , "}`),
		"PreloadVodObjectCaches": refused(400, "InvalidObjectPath.Malformed", "The ObjectPath https://cdn.example.com/a is malformed"),
	})
	c := client(t, s.URL)
	batch := core.Batch{Target: core.URL, IDs: []string{"https://cdn.example.com/a"}, Options: core.Options{TaskType: core.Refresh}}
	_, err := c.Submit(t.Context(), batch)
	wantError(t, err, core.Internal, "RefreshVodObjectCaches: accepted without a job ID")
	batch.Options.TaskType = core.Preload
	_, err = c.Submit(t.Context(), batch)
	wantError(t, err, core.Invalid, "PreloadVodObjectCaches: The ObjectPath (URL) is malformed (InvalidObjectPath.Malformed, request REQ-1)")
}

func TestSubmitRefusesABatchWithoutACall(t *testing.T) {
	t.Parallel()
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf("m%d", i)
	}
	for _, tc := range []struct {
		name  string
		batch core.Batch
		field string
	}{
		{"no task type", core.Batch{Target: core.Media, IDs: []string{"m1"}}, "TaskType"},
		{"no target", core.Batch{IDs: []string{"m1"}, Options: core.Options{TaskType: core.Refresh}}, "TaskType"},
		{"no media", refresh(), "IDs"},
		{"too many media", refresh(many...), "IDs"},
		{"an empty ID", refresh("m1", ""), "IDs[1]"},
		{"two IDs in one", refresh("m1,m2"), "IDs[0]"},
		{"a blank", refresh("m1", "m2 "), "IDs[1]"},
		{
			"two URLs in one",
			core.Batch{Target: core.URL, IDs: []string{"https://a/b\nhttps://c/d"}, Options: core.Options{TaskType: core.Refresh}},
			"IDs[0]",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, nil)
			_, err := client(t, s.URL).Submit(t.Context(), tc.batch)
			e := wantError(t, err, core.Invalid, "Submit: ")
			if len(e.Fields) != 1 || e.Fields[0].Field != tc.field {
				t.Errorf("fields %v, want %s", e.Fields, tc.field)
			}
			if len(s.calls) != 0 {
				t.Errorf("%d calls were made", len(s.calls))
			}
		})
	}
}

package command_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func credentials(context.Context) (aliyun.Credentials, error) {
	return aliyun.Credentials{AccessKeyID: "id", AccessKeySecret: secret.New("made-up-secret")}, nil
}

func TestSetupAliyunAsJSON(t *testing.T) {
	t.Parallel()
	a := newAccount(t, overHTTP("TranscodeComplete"), "ALIYUN_CALLBACK_URLS="+newHook, "ALIYUN_CALLBACK_KEYS="+newKey)
	for _, c := range []struct {
		line    string
		code    int
		written bool
	}{
		{"-o json --dry-run --url " + newHook, 0, false},
		{"-o json --url " + newHook, 1, false},
		{"-o json --force --url " + newHook, 0, true},
	} {
		got := a.setup(c.line)
		var report struct {
			Region, App      string
			DryRun           bool `json:"dry_run"`
			Changed, Written bool
			Changes          []struct{ Field, From, To string }
			Events           []string
		}
		decoder := json.NewDecoder(strings.NewReader(got.out))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&report); err != nil || got.code != c.code {
			t.Fatalf("%s: %v, got %+v", c.line, err, got)
		}
		if report.Region != "cn-shanghai" || report.App != "app-1000000" || !report.Changed || report.Written != c.written ||
			report.DryRun != strings.Contains(c.line, "dry-run") || len(report.Events) != 4 || len(report.Changes) != 5 {
			t.Errorf("%s: %+v", c.line, report)
		}
		if first := report.Changes[0]; first.Field != "CallbackURL" || first.From != oldHook || first.To != newHook {
			t.Errorf("%s: %+v", c.line, first)
		}
	}
	if got := a.setup("-o json"); !strings.Contains(got.out, `"changes": []`) {
		t.Errorf("got %s", got.out)
	}
}

func TestSetupAliyunOfAnApplication(t *testing.T) {
	t.Parallel()
	a := newAccount(t, overHTTP("ALL"))
	if got := a.setup("--app app-7 --queue vod --endpoint " + mnsHost); got.code != 0 || !strings.Contains(got.out, "app-7") {
		t.Errorf("got %+v", got)
	}
	if m := a.sim.MessageCallback("app-7"); m.MnsQueueName != "vod" {
		t.Errorf("the application has %+v", m)
	}
	if m := a.sim.MessageCallback(""); m.CallbackURL != oldHook {
		t.Errorf("the account's own application has %+v", m)
	}
}

func TestSetupAliyunWithoutCredentials(t *testing.T) {
	t.Parallel()
	for line, code := range map[string]int{"setup aliyun": 1, "setup": 0, "setup google": 2} {
		if got := run(t, nil, "", strings.Fields(line)...); got.code != code {
			t.Errorf("%s: got %+v", line, got)
		}
	}
	if got := run(t, nil, "", "setup", "aliyun"); !strings.Contains(got.errors, "vod:SetMessageCallback") {
		t.Errorf("got %+v", got)
	}
}

// A platform that takes the settings and does something else is found out.
func TestSetupAliyunReadsWhatItWrote(t *testing.T) {
	t.Parallel()
	const took = `{"RequestId":"R"}`
	for name, c := range map[string]struct {
		set, second string // answers to the writing call and to the second question
		status      int
		errors      string
	}{
		"an event is dropped": {took, `{"MessageCallback":{"CallbackType":"MNS","MnsEndpoint":"e","MnsQueueName":"q","EventTypeList":"A,TranscodeComplete,FileUploadComplete,UploadByURLComplete"}}`, 200, "shows another EventTypeList than was written"},
		"another queue":       {took, `{"MessageCallback":{"CallbackType":"MNS","MnsEndpoint":"e","MnsQueueName":"r","EventTypeList":"A,TranscodeComplete,FileUploadComplete,UploadByURLComplete,SubmitMediaRefreshComplete"}}`, 200, "shows another MnsQueueName than was written"},
		"no second answer":    {took, `nothing`, 200, "written, but not read again"},
		"refused":             {`{"Code":"Forbidden","Message":"no","RequestId":"R"}`, ``, 403, "SetMessageCallback: no (Forbidden, request R)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := c.set
				if r.URL.Query().Get("Action") == read {
					body = `{"MessageCallback":{"CallbackType":"MNS","MnsEndpoint":"e","MnsQueueName":"q","EventTypeList":"A"}}`
					asked++
					if asked > 1 {
						body = c.second
					}
				} else {
					w.WriteHeader(c.status)
				}
				_, _ = io.WriteString(w, body)
			}))
			t.Cleanup(server.Close)
			got := run(t, []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s", "ALIYUN_VOD_ENDPOINT=" + server.URL}, "", "setup", "aliyun")
			if got.code != 1 || got.out != "" || !strings.Contains(got.errors, c.errors) {
				t.Errorf("got %+v, want %q", got, c.errors)
			}
		})
	}
}

package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/deploytest"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// records are the lines of a function's log.
func records(tb testing.TB, p *runtimetest.Program) (all []map[string]any) {
	tb.Helper()
	for line := range strings.Lines(p.Stderr()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		all = append(all, record)
	}
	return all
}

// counted are the metrics of a log, each with the values of its dimensions and with
// their names alone.
func counted(tb testing.TB, p *runtimetest.Program) map[string]bool {
	tb.Helper()
	all := map[string]bool{}
	for _, record := range records(tb, p) {
		meta, _ := record["_aws"].(map[string]any)
		directives, _ := meta["CloudWatchMetrics"].([]any)
		for _, d := range directives {
			d := d.(map[string]any)
			metric := d["Metrics"].([]any)[0].(map[string]any)["Name"].(string)
			where := fmt.Sprint(d["Namespace"], " ", metric)
			var names, values []string
			for _, name := range d["Dimensions"].([]any)[0].([]any) {
				names = append(names, name.(string))
				values = append(values, fmt.Sprint(name, "=", record[name.(string)]))
			}
			if _, ok := record[metric].(float64); !ok {
				tb.Errorf("%s is no number: %v", where, record[metric])
			}
			all[where+" "+strings.Join(names, ",")] = true
			all[where+" "+strings.Join(values, ",")] = true
		}
	}
	return all
}

// asked are the metrics of our own that the template's alarms and dashboard ask for.
func asked(tb testing.TB) (all []string) {
	tb.Helper()
	template, err := deploytest.Read("../../template.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	namespace := fmt.Sprint(template.Variables("RefreshFunction")["AWS_EMF_NAMESPACE"])
	for _, alarm := range template.Named("AWS::CloudWatch::Alarm") {
		queries, _ := template.Resources[alarm].Properties["Metrics"].([]any)
		for _, query := range queries {
			stat, _ := query.(map[string]any)["MetricStat"].(map[string]any)
			metric, _ := stat["Metric"].(map[string]any)
			if metric["Namespace"] != namespace {
				continue
			}
			var dimensions []string
			for _, d := range metric["Dimensions"].([]any) {
				d := d.(map[string]any)
				dimensions = append(dimensions, fmt.Sprint(d["Name"], "=", d["Value"]))
			}
			all = append(all, fmt.Sprint(namespace, " ", metric["MetricName"], " ", strings.Join(dimensions, ",")))
		}
	}
	search := regexp.MustCompile(`SEARCH\('\{\\"([^"\\]+)\\",([a-z_,]+)\} MetricName=\\"(\w+)\\"`)
	for _, found := range search.FindAllStringSubmatch(fmt.Sprint(template.Resources["Dashboard"].Properties["DashboardBody"]), -1) {
		all = append(all, found[1]+" "+found[3]+" "+found[2])
	}
	return all
}

// TestAlarmsAreFed: what the alarms and the dashboard ask for is what the functions
// write, by namespace, name, dimensions and the values of these.
func TestAlarmsAreFed(t *testing.T) {
	t.Parallel()
	const stack = "vod"
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached"}`)
	}))
	t.Cleanup(busy.Close)
	s := open(t)
	s.environ = append(s.environ, "AWS_EMF_NAMESPACE=vodrefresh/"+stack, "LOG_LEVEL=error", "HUAWEI_MFS_KEYS="+requesttest.MFSKey, "HUAWEI_VOD_ENDPOINT="+busy.URL,
		"HUAWEICLOUD_SDK_AK=MadeUpAccessKey", "HUAWEICLOUD_SDK_SK=MadeUpSecretKey", "HUAWEICLOUD_SDK_PROJECT_ID=made-up-project")
	callback, refresh := s.start(t, config.Callback), s.start(t, config.Refresh)
	call := func(path string, body []byte) {
		t.Helper()
		request := requesttest.Request{Method: http.MethodPost, Path: path, Header: requesttest.Signed(requesttest.CallbackKey, time.Now()), Body: body}
		if _, err := envelopetest.Sources()[0].Over(invoke(callback))(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	batch := func(bodies ...string) {
		t.Helper()
		for _, body := range bodies {
			s.call(t, "SendMessage", map[string]any{"QueueUrl": s.queue, "MessageBody": body}, nil)
		}
		s.deliver(t, refresh, s.receive(t, len(bodies)), 6*time.Second)
	}
	message := func(provider, media, more string) string {
		return `{"v":1,"task":{"provider":"` + provider + `","target":"media","id":"` + media + `","options":{"TaskType":"Refresh"}}` + more + `}`
	}

	for _, provider := range []string{"aliyun", "huawei"} {
		call("/callbacks/"+provider, bytes.Repeat([]byte("x"), 257<<10)) // malformed
	}
	call("/callbacks/huawei", []byte("{}")) // refused: Alibaba's headers are not Huawei's
	refused := requesttest.Request{Method: http.MethodPost, Path: "/callbacks/aliyun"}
	if _, err := envelopetest.Sources()[0].Over(invoke(callback))(t.Context(), refused); err != nil {
		t.Fatal(err)
	}
	call("/callbacks/aliyun", requesttest.Transcoded("media-1")) // queued
	s.deliver(t, refresh, s.receive(t, 1), patience)
	for _, record := range records(t, refresh) {
		if job, ok := record["job_id"].(string); ok && record["message"] == "submitted" {
			call("/callbacks/aliyun", []byte(`{"EventType":"SubmitMediaRefreshComplete","Status":"success","MediaId":"media-1","MediaRefreshJobId":"`+job+`"}`))
		}
	}
	if _, err := invoke(refresh)(t.Context(), []byte(`{"vodrefresh":"tick"}`)); err != nil {
		t.Fatal(err)
	}
	batch(message("aliyun", "a", `,"give_up":"no use"`), message("huawei", "a", `,"give_up":"no use"`))
	s.cloud.Fault(vodsim.Fault{Action: "RefreshMediaPlayUrls", Kind: vodsim.FaultThrottle})
	batch(message("aliyun", "b", ""), message("huawei", "b", ""))

	got := counted(t, callback)
	maps.Copy(got, counted(t, refresh))
	want := asked(t)
	if len(want) < 15 {
		t.Errorf("only %d metrics are asked for", len(want))
	}
	for _, metric := range want {
		if !got[strings.ReplaceAll(metric, "${AWS::StackName}", stack)] {
			t.Errorf("nobody writes %s; written are\n%s", metric, strings.Join(slices.Sorted(maps.Keys(got)), "\n"))
		}
	}
}

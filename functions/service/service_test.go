package service_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

const transcoded = `{"EventType":"TranscodeComplete","Status":"success","VideoId":"` + media + `","EventTime":"2026-05-28T20:26:40Z",` +
	`"StreamInfos":[{"Status":"success","Format":"m3u8","Definition":"HD-MP4"},{"Status":"success","Format":"m3u8","Definition":"SD"},{"Status":"fail","Format":"mp4","Definition":"LD"}]}`

// business are the parameters of a call that are not the SDK's own.
func business(call url.Values) map[string]string {
	own := []string{
		"AccessKeyId", "Action", "Format", "RegionId", "SecurityToken", "Signature", "SignatureMethod",
		"SignatureNonce", "SignatureType", "SignatureVersion", "Timestamp", "Version",
	}
	got := make(map[string]string)
	for name, values := range call {
		if !slices.Contains(own, name) {
			got[name] = strings.Join(values, "|")
		}
	}
	return got
}

func TestACallbackLeadsToOneCall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules string
		want  map[string]string
	}{
		"built-in rules": {"", map[string]string{"MediaIds": media, "TaskType": "Refresh"}},
		"preload":        {"rules: [{on: [TranscodeComplete], do: preload}]", map[string]string{"MediaIds": media, "TaskType": "Preload"}},
		"every option": {
			"rules: [{on: [TranscodeComplete], do: refresh, streams: changed, options: {ResultType: Single, SliceFlag: true, SliceCount: 5, StreamType: video, UserData: '{\"a\":1}'}}]",
			map[string]string{
				"MediaIds": media, "TaskType": "Refresh", "Formats": "m3u8", "Definitions": "HD,SD", "ResultType": "Single",
				"SliceFlag": "true", "SliceCount": "5", "StreamType": "video", "UserData": `{"a":1}`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var environ []string
			if c.rules != "" {
				environ = []string{"RULES=" + c.rules}
			}
			b := setup(t, accept, environ...)
			if w := b.call(time.Now(), transcoded); w.Code != http.StatusOK {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			made := b.cloud.made()
			if len(made) != 1 || made[0].Get("Action") != "RefreshMediaPlayUrls" {
				t.Fatalf("made %d calls: %v", len(made), made)
			}
			if got := business(made[0]); !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if made[0].Get("SecurityToken") != stsToken || made[0].Get("Version") != "2017-03-21" {
				t.Errorf("token or version: %v", made[0])
			}
		})
	}
}

func TestCallbacksWithoutACall(t *testing.T) {
	t.Parallel()
	b := setup(t, accept)
	for name, c := range map[string]struct {
		at   time.Time
		body string
		code int
	}{
		"failed":          {time.Now(), strings.Replace(transcoded, "success", "fail", 1), 200},
		"unknown":         {time.Now(), `{"EventType":"SomethingNew"}`, 200},
		"our own refresh": {time.Now(), `{"EventType":"SubmitMediaRefreshComplete","Status":"success","MediaId":"` + media + `","MediaRefreshJobId":"c5ae"}`, 200},
		"stale":           {time.Now().Add(-302 * time.Second), transcoded, 403},
		"future":          {time.Now().Add(310 * time.Second), transcoded, 403},
		"broken":          {time.Now(), `{`, 400},
		"too large":       {time.Now(), strings.Repeat(" ", 256<<10) + "{}", 413},
	} {
		if w := b.call(c.at, c.body); w.Code != c.code {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, c.code)
		}
	}
	if made := b.cloud.made(); len(made) != 0 {
		t.Errorf("made %v", made)
	}
}

func TestRefusalsOfThePlatform(t *testing.T) {
	t.Parallel()
	list := func(member string) func(http.ResponseWriter, url.Values) {
		return func(w http.ResponseWriter, _ url.Values) { fmt.Fprintf(w, `{%q:%q,"RequestId":"R"}`, member, media) }
	}
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, url.Values)
		code   int
		part   string
	}{
		"media unknown":   {list("NonExistMediaIds"), 200, "not_found"},
		"media forbidden": {list("ForbiddenMediaIds"), 200, "forbidden"},
		"account refused": {refuse(403, "Forbidden"), 503, "forbidden"},
		"key unknown":     {refuse(404, "InvalidAccessKeyId.NotFound"), 503, "unauthenticated"},
		"quota spent":     {refuse(400, "QuotaExceeded.Refresh"), 503, "quota_exceeded"},
		"invalid":         {refuse(400, "InvalidParameter"), 200, "failed"},
		"down":            {refuse(503, "ServiceUnavailable"), 503, "unavailable"},
		"throttled":       {refuse(503, "Throttling"), 503, "throttled"},
		"HTML":            {func(w http.ResponseWriter, _ url.Values) { fmt.Fprint(w, "<html>") }, 503, "again"},
		"numeric code": {func(w http.ResponseWriter, _ url.Values) {
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprint(w, `{"Code":502}`)
		}, 503, "again"},
		"connection reset": {func(http.ResponseWriter, url.Values) { panic(http.ErrAbortHandler) }, 503, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.answer)
			started := time.Now()
			w := b.call(started, transcoded)
			if w.Code != c.code || !strings.Contains(w.Body.String(), c.part) {
				t.Errorf("got %d %s, want %d and %s", w.Code, w.Body, c.code, c.part)
			}
			if took := time.Since(started); took > 5*time.Second {
				t.Errorf("took %s, the platform waits 5 s", took)
			}
		})
	}
}

func TestAPlatformThatHangsIsGivenUpInTime(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b := setup(t, func(http.ResponseWriter, url.Values) { <-release })
	t.Cleanup(func() { close(release) })
	started := time.Now()
	w := b.call(started, transcoded)
	if took := time.Since(started); w.Code != http.StatusServiceUnavailable || took > 4800*time.Millisecond {
		t.Errorf("got %d after %s, want 503 within 5 s", w.Code, took)
	}
}

func TestManyMediaInOneRequest(t *testing.T) {
	t.Parallel()
	b := setup(t, func(w http.ResponseWriter, q url.Values) {
		ids := strings.Split(q.Get("MediaIds"), ",")
		missing := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !strings.HasSuffix(id, "7") })
		fmt.Fprintf(w, `{"MediaRefreshJobId":"job-%s","NonExistMediaIds":%q,"RequestId":"R"}`, ids[0], strings.Join(missing, ","))
	})
	ids := make([]string, 45)
	for i := range ids {
		ids[i] = fmt.Sprintf("media%02d", i)
	}
	body, err := json.Marshal(map[string]any{"MediaIds": ids, "TaskType": "Refresh"})
	if err != nil {
		t.Fatal(err)
	}
	w := b.ask(http.MethodPost, "/v1/refresh", apiToken, string(body))
	var answer refresh.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || len(answer.Results) != 45 {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	for i, r := range answer.Results {
		want := core.Refreshed
		if strings.HasSuffix(r.ID, "7") {
			want = core.OutcomeNotFound
		}
		if r.ID != ids[i] || r.Outcome != want || (want == core.Refreshed) != (r.JobID == fmt.Sprintf("job-media%02d", i/20*20)) {
			t.Errorf("result %d: got %+v, want %s", i, r, want)
		}
	}
	if made := b.cloud.made(); len(made) != 3 {
		t.Errorf("made %d calls, want 3", len(made))
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	b := setup(t, accept)
	for _, c := range []struct {
		method, path, token string
		code                int
		allow               string
	}{
		{"GET", "/healthz", "", 200, ""},
		{"HEAD", "/healthz", "", 200, ""},
		{"GET", "/readyz", "", 200, ""},
		{"POST", "/healthz", "", 405, "GET, HEAD"},
		{"GET", "/callbacks/aliyun", "", 405, "POST"},
		{"PUT", "/v1/refresh", apiToken, 405, "POST"},
		{"POST", "/v1/refresh", "", 401, ""},
		{"POST", "/v1/refresh", "wrong-token-0123456789", 401, ""},
		{"GET", "/v1/quota", "", 401, ""},
		{"GET", "/v1/jobs/aliyun/x", "", 401, ""},
		{"GET", "/v1/jobs/huawei/x", apiToken, 404, ""},
		{"GET", "/nowhere", "", 404, ""},
		{"GET", "/", "", 404, ""},
	} {
		w := b.ask(c.method, c.path, c.token, "")
		if w.Code != c.code || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d, Allow %q, want %d, %q", c.method, c.path, w.Code, w.Header().Get("Allow"), c.code, c.allow)
		}
		if c.code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: content type %q", c.method, c.path, w.Header().Get("Content-Type"))
		}
	}
}

func TestAPanicIsAnswered(t *testing.T) {
	t.Parallel()
	b := setup(t, accept)
	r := httptest.NewRequest(http.MethodPost, "/callbacks/aliyun", panicking{})
	if w := b.serve(r); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "a bad reader") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if log := b.log.String(); !strings.Contains(log, `"panic":"string"`) || strings.Contains(log, "a bad reader") {
		t.Errorf("the log shows the text, or says nothing: %s", log)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("a bad reader") }

// A sender that writes on must see the answer, not a reset.
func TestWhatIsLeftOfABodyIsRead(t *testing.T) {
	t.Parallel()
	b := setup(t, accept)
	for path, code := range map[string]int{"/callbacks/aliyun": 413, "/v1/refresh": 401, "/v1/quota": 405, "/nowhere": 404} {
		body := strings.NewReader(strings.Repeat(" ", 5<<20))
		r := httptest.NewRequest(http.MethodPost, path, body)
		if w := b.serve(r); w.Code != code || body.Len() != 0 {
			t.Errorf("%s: got %d with %d bytes unread, want %d", path, w.Code, body.Len(), code)
		}
	}
}

func TestDryRunCallsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, accept, "DRY_RUN=true")
	if w := b.call(time.Now(), transcoded); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "dry_run") {
		t.Errorf("callback: got %d %s", w.Code, w.Body)
	}
	if made := b.cloud.made(); len(made) != 0 {
		t.Errorf("made %v", made)
	}
}

func TestNewNamesAnEndpointThatCannotBe(t *testing.T) {
	t.Parallel()
	cfg := config.Config{AccessKeyID: accessKey, AccessKeySecret: secret.New(accessSecret), AliyunEndpoint: "http://vod.example.com"}
	if _, err := service.New(cfg, service.Options{}); core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "http") {
		t.Errorf("got %v", err)
	}
}

package service_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/memory"
	simulator "github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

const (
	ak      = "FakeHuaweiAK"
	sk      = "FakeHuaweiSK0123456789"
	project = "0123456789abcdef0123456789abcdef"
	mfsKey  = "fake-mfs-key"
	topic   = "urn:smn:cn-north-4:" + project + ":vod-events"
)

// tenant is a foreign stand-in for Huawei's platform: it shares no code with the
// driver or the simulator, and checks SDK-HMAC-SHA256 by itself.
type tenant struct {
	*httptest.Server

	mu    sync.Mutex
	calls []string // "POST /v1/.../asset/refresh {body}"
}

func newTenant(t *testing.T) *tenant {
	t.Helper()
	c := &tenant{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("Authorization") != sdkHMAC(r, body) || r.Header.Get("X-Project-Id") != project {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error_code":"APIGW.0301","error_msg":"verify ak sk signature fail"}`)
		return
	}
	c.mu.Lock()
	c.calls = append(c.calls, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
	c.mu.Unlock()
	if r.Method == http.MethodPost {
		id := "5199337c31c8e4622f1590735b13a263"
		if strings.HasSuffix(r.URL.Path, "/preheating") {
			id = "9142f8731c8e4622f1590735b13a2630"
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"task_id":%q}`, id)
		return
	}
	fmt.Fprint(w, `{"refresh_results":[{"url":"https://example.com/1.mp4","status":"succeed"}]}`)
}

// sdkHMAC is the Authorization header that a request should have, from the
// signing guide.
func sdkHMAC(r *http.Request, body []byte) string {
	_, signed, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	var headers strings.Builder
	for name := range strings.SplitSeq(signed, ";") {
		headers.WriteString(name + ":" + strings.TrimSpace(r.Header.Get(name)) + "\n")
	}
	var segments []string
	for segment := range strings.SplitSeq(strings.Trim(r.URL.Path, "/"), "/") {
		segments = append(segments, url.PathEscape(segment))
	}
	hashed := sha256.Sum256(body)
	canonical := strings.Join([]string{
		r.Method, "/" + strings.Join(segments, "/") + "/", r.URL.RawQuery, headers.String(), signed, hex.EncodeToString(hashed[:]),
	}, "\n")
	request := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(sk))
	fmt.Fprintf(mac, "SDK-HMAC-SHA256\n%s\n%x", r.Header.Get("X-Sdk-Date"), request)
	return fmt.Sprintf("SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%x", ak, signed, mac.Sum(nil))
}

// posts are the calls so far that change something, sorted.
func (c *tenant) posts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := slices.DeleteFunc(slices.Clone(c.calls), func(call string) bool { return !strings.HasPrefix(call, "POST") })
	slices.Sort(calls)
	return calls
}

// want compares them.
func (c *tenant) want(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := c.posts(); !slices.Equal(got, want) {
		t.Errorf("called\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// office is a service for Huawei alone, in front of a tenant.
type office struct {
	*bundle

	cloud    *tenant
	messages *simulator.Server
	outside  *outside
}

// outside is a transport that counts.
type outside struct {
	mu sync.Mutex
	n  int
}

func (o *outside) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	o.n++
	o.mu.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

func (o *outside) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.n
}

func newOffice(t *testing.T, environ ...string) *office {
	t.Helper()
	o := &office{bundle: &bundle{log: &lockedBuffer{}}, cloud: newTenant(t), outside: &outside{}}
	o.messages = simulator.New(simulator.Config{ProjectID: project, Topic: topic, MFSKey: secret.New(mfsKey)})
	t.Cleanup(func() { _ = o.messages.Close() })
	folder := t.TempDir()
	if _, err := o.messages.WriteCertificate(folder); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(append([]string{
		"HUAWEICLOUD_SDK_AK=" + ak, "HUAWEICLOUD_SDK_SK=" + sk, "HUAWEICLOUD_SDK_PROJECT_ID=" + project,
		"HUAWEI_VOD_ENDPOINT=" + o.cloud.URL, "HUAWEI_MFS_KEYS=old," + mfsKey, "HUAWEI_SMN_TOPICS=" + topic, "HUAWEI_SMN_CERTS=" + folder,
		"API_TOKENS=" + apiToken, "QUEUE_URL=direct:", "LOG_LEVEL=debug",
	}, environ...))
	if err != nil {
		t.Fatal(err)
	}
	o.Service, err = service.New(cfg, service.Options{
		Store: memory.NewStore(nil), HTTP: o.outside, Log: slog.New(slog.NewJSONHandler(o.log, &slog.HandlerOptions{Level: cfg.LogLevel})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// deliver posts a message.
func (o *office) deliver(m simulator.Message, err error) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/callbacks/huawei", strings.NewReader(string(m.Body)))
	if err != nil {
		panic(err)
	}
	maps.Copy(r.Header, m.Header)
	return o.serve(r)
}

// happenedTo is an event about an asset.
func happenedTo(id string) string {
	return `{"event_type":"transcodeComplete","transcode_info":{"asset_id":"` + id + `","status":"SUCCEED","output":[]}}`
}

func TestHuaweiCallbacksRefreshTheirAssets(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for name, deliver := range map[string]func() *httptest.ResponseRecorder{
		"MFS, text": func() *httptest.ResponseRecorder {
			return o.deliver(o.messages.MFSMessage(happenedTo("a1"), simulator.EnvelopeText))
		},
		"MFS, object": func() *httptest.ResponseRecorder {
			return o.deliver(o.messages.MFSMessage(happenedTo("a2"), simulator.EnvelopeObject))
		},
		"MFS, bare": func() *httptest.ResponseRecorder {
			return o.deliver(o.messages.MFSMessage(happenedTo("a3"), simulator.EnvelopeBare))
		},
		"SMN": func() *httptest.ResponseRecorder { return o.deliver(o.messages.Notification(happenedTo("a4"))) },
	} {
		if w := deliver(); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"verdict":"refreshed","job_id":"5199337c31c8e4622f1590735b13a263"`) {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
	const call = "POST /v1/" + project + `/asset/refresh {"asset_id_list":["%s"]}`
	o.cloud.want(t, fmt.Sprintf(call, "a1"), fmt.Sprintf(call, "a2"), fmt.Sprintf(call, "a3"), fmt.Sprintf(call, "a4"))
}

// Each of these is refused, and nothing at all goes out.
func TestHuaweiRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	strange := func(cfg simulator.Config) *simulator.Server {
		cfg.ProjectID, cfg.MFSKey = project, secret.New("another-key")
		s := simulator.New(cfg)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	edited := func(m simulator.Message, err error, before, after string) (simulator.Message, error) {
		if !strings.Contains(string(m.Body), before) {
			t.Errorf("the message has no %q", before)
		}
		m.Body = []byte(strings.Replace(string(m.Body), before, after, 1))
		return m, err
	}
	notification := func(before, after string) func() (simulator.Message, error) {
		return func() (simulator.Message, error) {
			m, err := o.messages.Notification(happenedTo("a"))
			return edited(m, err, before, after)
		}
	}
	const host = "https://smn.cn-north-4.myhuaweicloud.com/smn/SMN_cn-north-4_"
	for name, c := range map[string]struct {
		message func() (simulator.Message, error)
		part    string
	}{
		"a topic not on the list": {func() (simulator.Message, error) {
			return strange(simulator.Config{Topic: topic + "-2"}).Notification(happenedTo("a"))
		}, "topic"},
		"a certificate on another host": {notification(host, "https://smn.example.com/smn/SMN_cn-north-4_"), "certificate"},
		"with user info":                {notification(host, "https://u@smn.cn-north-4.myhuaweicloud.com/smn/SMN_cn-north-4_"), "certificate"},
		"with a port":                   {notification(host, "https://smn.cn-north-4.myhuaweicloud.com:443/smn/SMN_cn-north-4_"), "certificate"},
		"of another region":             {notification(host, "https://smn.cn-east-3.myhuaweicloud.com/smn/SMN_cn-east-3_"), "certificate"},
		"a certificate of nobody": {func() (simulator.Message, error) {
			return strange(simulator.Config{Topic: topic}).Notification(happenedTo("a"))
		}, "certificate"},
		"a wrong signature": {notification("transcodeComplete", "coverComplete"), "mismatch"},
		"a header of another message": {func() (simulator.Message, error) {
			m, err := o.messages.Notification(happenedTo("a"))
			m.Header.Set("X-SMN-MESSAGE-ID", strings.Repeat("0", 32))
			return m, err
		}, "mismatch"},
		"a confirmation elsewhere": {func() (simulator.Message, error) {
			m, err := o.messages.SubscriptionConfirmation()
			return edited(m, err, "https://console.huaweicloud.com/", "https://console.example.com/")
		}, "subscribe"},
		"another MFS key": {func() (simulator.Message, error) {
			return strange(simulator.Config{}).MFSMessage(happenedTo("a"), simulator.EnvelopeText)
		}, "mismatch"},
		"an edited MFS message": {func() (simulator.Message, error) {
			m, err := o.messages.MFSMessage(happenedTo("a"), simulator.EnvelopeObject)
			return edited(m, err, `"a"`, `"b"`)
		}, "mismatch"},
	} {
		m, err := c.message()
		if w := o.deliver(m, err); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), c.part) {
			t.Errorf("%s: got %d %s, want 403 and %s", name, w.Code, w.Body, c.part)
		}
	}
	if n := o.outside.count(); n != 0 {
		t.Errorf("%d requests went out", n)
	}
	m, err := o.messages.Notification(happenedTo("a"))
	o.deliver(m, err)
	if w := o.deliver(m, err); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "replayed") || o.outside.count() != 1 {
		t.Errorf("a replay: got %d %s, %d requests went out, want 1", w.Code, w.Body, o.outside.count())
	}
	for _, hidden := range []string{sk, mfsKey, "token="} {
		if strings.Contains(o.log.String(), hidden) {
			t.Errorf("the log shows %q", hidden)
		}
	}
}

func TestHuaweiRequests(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ids := make([]string, 25)
	for i := range ids {
		ids[i] = fmt.Sprintf("%032x", i)
	}
	list := func(ids []string) string {
		text, err := json.Marshal(ids)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	w := o.ask(http.MethodPost, "/v1/refresh", apiToken, `{"provider":"huawei","asset_id_list":`+list(ids)+`}`)
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), `"outcome":"refreshed"`) != 25 {
		t.Errorf("25 assets: got %d %s", w.Code, w.Body)
	}
	const call = "POST /v1/" + project + "/asset/refresh "
	want := []string{
		call + `{"asset_id_list":` + list(ids[:10]) + `}`, call + `{"asset_id_list":` + list(ids[10:20]) + `}`, call + `{"asset_id_list":` + list(ids[20:]) + `}`,
	}
	o.cloud.want(t, want...)
	for _, body := range []string{
		`{"provider":"huawei","urls":["https://example.com/a.mp4?x=1&y=<2>","https://example.com/b.mp4"]}`,
		`{"provider":"huawei","asset_id_list":"p1,p2","TaskType":"Preload"}`,
		`{"provider":"huawei","urls":["https://example.com/c.mp4"],"TaskType":"Preload"}`,
	} {
		if w := o.ask(http.MethodPost, "/v1/refresh", apiToken, body); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "failed") {
			t.Errorf("%s: got %d %s", body, w.Code, w.Body)
		}
	}
	const warm = "POST /v1.0/" + project + "/asset/preheating "
	o.cloud.want(t, append(want,
		call+`{"urls":["https://example.com/a.mp4?x=1&y=<2>","https://example.com/b.mp4"]}`,
		warm+`{"asset_id":"p1"}`, warm+`{"asset_id":"p2"}`, warm+`{"urls":["https://example.com/c.mp4"]}`,
	)...)

	before := o.outside.count()
	for body, field := range map[string]string{
		`{"provider":"huawei"}`: "asset_id_list",
		`{"provider":"huawei","asset_id_list":["a"],"urls":["https://a/b"]}`:             "urls",
		`{"provider":"huawei","urls":["https://a/` + strings.Repeat("x", 11_000) + `"]}`: "urls",
		`{"provider":"huawei","MediaIds":"a"}`:                                           "MediaIds",
		`{"provider":"huawei","asset_id_list":["a"],"Definitions":"HD"}`:                 "Definitions",
		`{"provider":"huawei","asset_id_list":["a"],"TaskType":"Purge"}`:                 "TaskType",
		`{"asset_id_list":["a"]}`:                                                        "asset_id_list",
	} {
		w := o.ask(http.MethodPost, "/v1/refresh", apiToken, body)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"field":"`+field+`"`) {
			t.Errorf("%.60s: got %d %.300s, want 400 naming %s", body, w.Code, w.Body, field)
		}
	}
	cost := o.ask(http.MethodPost, "/v1/refresh", apiToken, `{"provider":"huawei","asset_id_list":`+list(ids)+`,"dryRun":true}`)
	if !strings.Contains(cost.Body.String(), `"cost":{"calls":3,"min":25,"max":25,"basis":"one for each asset"}`) {
		t.Errorf("what it costs: %s", cost.Body)
	}
	if n := o.outside.count(); n != before {
		t.Errorf("%d requests went out", n-before)
	}
	quota := o.ask(http.MethodGet, "/v1/quota", apiToken, "")
	if !strings.Contains(quota.Body.String(), `"provider":"huawei","refresh":{"limit":1000,"remaining":973},"preload":{"limit":1000,"remaining":997}`) {
		t.Errorf("quota: %s", quota.Body)
	}
	job := o.ask(http.MethodGet, "/v1/jobs/huawei/5199337c31c8e4622f1590735b13a263", apiToken, "")
	if job.Code != http.StatusOK || !strings.Contains(job.Body.String(), `"state":"done"`) {
		t.Errorf("job: got %d %s", job.Code, job.Body)
	}
}

// A service for one provider knows the other one not at all.
func TestHuaweiAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "STORE_URL=none:")
	if w := o.ask(http.MethodPost, "/v1/refresh", apiToken, `{"MediaIds":"a"}`); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `must be one of huawei`) {
		t.Errorf("aliyun: got %d %s", w.Code, w.Body)
	}
	r := httptest.NewRequest(http.MethodPost, "/callbacks/aliyun", strings.NewReader(transcoded))
	if w := o.serve(r); w.Code != http.StatusForbidden {
		t.Errorf("a callback of aliyun's: got %d %s", w.Code, w.Body)
	}
	if got := o.Providers(); len(got) != 1 || got[0] != "huawei" {
		t.Errorf("providers: %v", got)
	}
}

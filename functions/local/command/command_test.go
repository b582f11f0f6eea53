package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/local/command"
)

const (
	media = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
	token = "test-api-token-0123456789"
)

// ran is what a command left behind.
type ran struct {
	code        int
	out, errors string
}

// run executes a command line with an environment and a standard input.
func run(t *testing.T, environ []string, in string, args ...string) ran {
	t.Helper()
	var out, errors bytes.Buffer
	code := command.Run(t.Context(), args, host(&out, &errors, environ, in))
	return ran{code, out.String(), errors.String()}
}

func host(out, errors io.Writer, environ []string, in string) command.Host {
	return command.Host{
		In: strings.NewReader(in), Out: out, Err: errors, Environ: environ,
		Clock: clock.System{}, Transport: &http.Transport{},
	}
}

// cloud starts a simulator and returns an environment with its credentials.
func cloud(t *testing.T) []string {
	t.Helper()
	sim := vodsim.New(vodsim.Config{
		AccessKeyID: "id", AccessKeySecret: secret.New("secret"), SubmitTime: time.Millisecond, RefreshTime: time.Millisecond,
	})
	sim.AddMedia(vodsim.Media{ID: media})
	url, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	return []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret", "ALIYUN_VOD_ENDPOINT=" + url}
}

// tenant starts Huawei's simulator and returns an environment with its credentials.
func tenant(t *testing.T) []string {
	t.Helper()
	sim := huawei.New(huawei.Config{AccessKey: "ak", SecretKey: secret.New("sk"), ProjectID: "0123456789abcdef", RefreshTime: time.Millisecond, AnyMedia: true})
	url, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	return []string{"HUAWEICLOUD_SDK_AK=ak", "HUAWEICLOUD_SDK_SK=sk", "HUAWEICLOUD_SDK_PROJECT_ID=0123456789abcdef", "HUAWEI_VOD_ENDPOINT=" + url}
}

// stateless is an environment without queue and store.
func stateless() []string { return []string{"QUEUE_URL=direct:", "STORE_URL=none:"} }

// durable is an environment that keeps queue and store in a folder of the test.
func durable(t *testing.T) []string {
	t.Helper()
	return []string{"QUEUE_URL=embedded:", "STORE_URL=embedded:", "DATA_DIR=" + t.TempDir()}
}

func TestCommandLines(t *testing.T) {
	t.Parallel()
	account := cloud(t)
	hook := []string{"ALIYUN_CALLBACK_URLS=https://www.example.com/your/callback", "ALIYUN_CALLBACK_KEYS=test123"}
	request := "POST /your/callback HTTP/1.1\nHost: example.com\nX-VOD-TIMESTAMP: 1519375990\nX-VOD-SIGNATURE: c72b60894140fa98920f1279219b7ed4\n\n" +
		`{"EventType":"TranscodeComplete","VideoId":"` + media + `"}`
	tenant := tenant(t)
	mfs := []string{"HUAWEI_MFS_KEYS=test-key-1"}
	overMFS := "POST /callbacks/huawei HTTP/1.1\nHost: example.com\nauth_timestamp: 1700000000\n" +
		"auth_sign: c97792bf37dd1b1700bb1b7a7445cad4c1b9ea4ea27422d6942d9c69417f5348\n\n" +
		`{"event_type":"transcodeComplete","transcode_info":{"asset_id":"14d7b2faba0dddd6b4e8936272d6bc3f","status":"SUCCEED"}}`
	for name, c := range map[string]struct {
		environ []string
		in      string
		args    string
		code    int
		out     []string // parts of standard output
		errors  []string // parts of standard error
	}{
		"help":            {nil, "", "--help", 0, []string{"serve", "demo", "send", "sign", "verify", "refresh", "preload", "jobs", "quota", "dead", "config"}, nil},
		"dead what":       {nil, "", "dead", 0, []string{"list", "redrive"}, nil},
		"dead nonsense":   {nil, "", "dead lsit", 2, nil, []string{"lsit"}},
		"redrive what":    {nil, "", "dead redrive", 2, nil, []string{"name IDs, or --all"}},
		"redrive both":    {nil, "", "dead redrive 1 --all", 2, nil, []string{"name IDs, or --all"}},
		"job and media":   {nil, "", "jobs c5ae --media " + media, 2, nil, []string{"not both"}},
		"job of whom":     {nil, "", "jobs c5ae --provider azure", 2, nil, []string{`"azure"`, "aliyun or huawei"}},
		"jobs of whom":    {nil, "", "jobs --provider azure", 2, nil, []string{`"azure"`, "aliyun or huawei"}},
		"two jobs":        {nil, "", "jobs a b", 2, nil, []string{"jobs"}},
		"no such command": {nil, "", "purge", 2, nil, []string{"purge"}},
		"no command":      {nil, "", "", 0, []string{"serve"}, nil},
		"config what":     {nil, "", "config", 0, []string{"check"}, nil},
		"config nonsense": {nil, "", "config chekc", 2, nil, []string{"chekc"}},
		"no such flag":    {nil, "", "quota --nope", 2, nil, []string{"nope"}},
		"wrong output":    {nil, "", "quota -o xml", 2, nil, []string{`"xml"`, "table or json"}},
		"too many words":  {nil, "", "quota now", 2, nil, []string{"quota"}},
		"no media":        {nil, "", "refresh", 2, nil, []string{"refresh"}},

		"no credentials":    {nil, "", "refresh a", 1, nil, []string{"ALIBABA_CLOUD_ACCESS_KEY_ID"}},
		"bad configuration": {[]string{"LOG_LEVEL=loud"}, "", "quota", 1, nil, []string{"LOG_LEVEL"}},
		"refresh":           {account, "", "refresh " + media, 0, []string{"OUTCOME", media, "refreshed"}, nil},
		"refresh as JSON":   {account, "", "refresh -o json " + media, 0, []string{`"outcome": "refreshed"`}, nil},
		"refresh options":   {account, "", "refresh --definitions HD,SD --formats m3u8 --slices 2 --result-type Single " + media, 0, []string{"refreshed"}, nil},
		"refresh, unknown":  {account, "", "refresh missing", 1, []string{"not_found"}, []string{"not everything was done"}},
		"refresh, wrong":    {account, "", "refresh --definitions 8K " + media, 1, nil, []string{"Definitions", "8K", "FD, LD"}},
		"preload":           {account, "", "preload " + media, 0, []string{"refreshed"}, nil},
		"a URL":             {account, "", "refresh --urls https://cdn.example.com/a.mp4", 0, []string{"https://cdn.example.com/a.mp4", "refreshed"}, nil},
		"what it costs":     {account, "", "refresh --dry-run " + media, 0, []string{"CALLS", "the streams of each media"}, nil},
		"quota":             {account, "", "quota", 0, []string{"aliyun", "of 2000", "of 500"}, nil},
		"an unknown job":    {account, "", "jobs c5ae", 1, nil, []string{"no such job", "one of Huawei's needs --provider huawei"}},
		"server, no token":  {account, "", "quota --server http://127.0.0.1:1", 1, nil, []string{"API_TOKENS"}},
		"server, what":      {append(account, "API_TOKENS="+token), "", "quota --server localhost:80", 2, nil, []string{"http://"}},
		"server, scheme":    {append(account, "API_TOKENS="+token), "", "quota --server ftp://me:s3cret@a", 2, nil, []string{`--server "ftp://me:xxxxx@a": must begin with http://`}},
		"server, no URL":    {append(account, "API_TOKENS="+token), "", "quota --server http://me:s3cret@a:b", 2, nil, []string{"--server: must be a URL that begins with http://"}},
		"version":           {nil, "", "--version", 0, []string{"vodrefresh version"}, nil},
		"server down":       {append(account, "API_TOKENS="+token), "", "quota --server http://127.0.0.1:1", 1, nil, []string{"refused"}},

		"sign": {hook, "", "sign --at 1519375990", 0, []string{
			"X-VOD-TIMESTAMP: 1519375990", "X-VOD-SIGNATURE: c72b60894140fa98920f1279219b7ed4",
		}, nil},
		"sign as JSON":      {hook, "", "sign --at 1519375990 -o json", 0, []string{`"X-VOD-SIGNATURE": "c72b60894140fa98920f1279219b7ed4"`}, nil},
		"sign what":         {account, "", "sign", 1, nil, []string{"ALIYUN_CALLBACK_KEYS"}},
		"verify":            {hook, request, "verify --at 1519375990", 0, []string{"ok", "TranscodeComplete", media}, nil},
		"verify with CRLF":  {hook, strings.ReplaceAll(request, "\n", "\r\n"), "verify --at 1519375990", 0, []string{"ok", "TranscodeComplete"}, nil},
		"verify, stale":     {hook, request, "verify", 1, []string{"stale"}, []string{"refused"}},
		"verify, forged":    {hook, strings.Replace(request, "c72b", "c72c", 1), "verify --at 1519375990", 1, []string{"mismatch"}, []string{"refused"}},
		"verify, broken":    {hook, request + "}", "verify --at 1519375990", 1, []string{"ok"}, []string{"refused"}},
		"verify what":       {hook, "hello", "verify", 1, nil, []string{"not an HTTP request"}},
		"verify no file":    {hook, "", "verify /does/not/exist", 1, nil, []string{"no such file"}},
		"send, wrong type":  {hook, "", "send Transcoded", 2, nil, []string{`"Transcoded"`, "TranscodeComplete"}},
		"send, nobody home": {hook, "", "send --to http://127.0.0.1:1", 1, nil, []string{"refused"}},
		"send, no file":     {hook, "", "send --file /does/not/exist", 1, nil, []string{"no such file"}},

		"refresh, huawei":        {tenant, "", "refresh --provider huawei " + media, 0, []string{media, "refreshed"}, nil},
		"refresh, huawei URL":    {tenant, "", "refresh --provider huawei --urls https://cdn.example.com/a.mp4", 0, []string{"https://cdn.example.com/a.mp4", "refreshed"}, nil},
		"refresh, huawei, ghost": {tenant, "", "refresh --provider huawei missing-1", 1, []string{"not_found"}, []string{"not everything was done"}},
		"refresh, huawei, what":  {tenant, "", "refresh --provider huawei --definitions HD " + media, 1, nil, []string{"Definitions", "huawei has none"}},
		"refresh, who":           {tenant, "", "refresh --provider tencent " + media, 2, nil, []string{`"tencent"`, "aliyun or huawei"}},
		"refresh, not set up":    {tenant, "", "refresh " + media, 1, nil, []string{"provider", "must be one of huawei"}},
		"preload, huawei":        {tenant, "", "preload --provider huawei " + media + " b", 0, []string{"refreshed"}, nil},
		"cost, huawei":           {tenant, "", "refresh --provider huawei --dry-run a b", 0, []string{"AT LEAST", "one for each asset"}, nil},
		"quota, huawei":          {append(tenant, "STORE_URL=none:", "QUEUE_URL=direct:"), "", "quota", 0, []string{"PROVIDER", "huawei is not known"}, nil},
		"unknown job, huawei":    {tenant, "", "jobs --provider huawei c5ae", 1, nil, []string{"no such task"}},

		"sign, huawei": {mfs, `{"event_type":"coverComplete"}`, "sign --provider huawei --at 1700000000 --file -", 0, []string{
			"POST /callbacks/huawei HTTP/1.1", "auth_timestamp: 1700000000000", "auth_sign: ", `{"message":"{\"event_type\":\"coverComplete\"}"}`,
		}, nil},
		"sign, huawei, JSON":    {mfs, "", "sign --provider huawei --media " + media + " -o json", 0, []string{`"auth_sign": "`, `"body": "`, media}, nil},
		"sign, huawei, what":    {account, "", "sign --provider huawei", 1, nil, []string{"HUAWEI_MFS_KEYS"}},
		"sign, smn, what":       {tenant, "", "sign --provider huawei --channel smn", 1, nil, []string{"HUAWEI_SMN_TOPICS"}},
		"sign, which channel":   {mfs, "", "sign --provider huawei --channel sms", 2, nil, []string{`"sms"`, "mfs or smn"}},
		"sign, who":             {mfs, "", "sign --provider tencent", 2, nil, []string{"aliyun or huawei"}},
		"verify, who":           {mfs, "", "verify --provider tencent", 2, nil, []string{"aliyun or huawei"}},
		"verify, huawei":        {mfs, overMFS, "verify --provider huawei --at 1700000100", 0, []string{"ok", "transcodeComplete", "14d7b2faba0dddd6b4e8936272d6bc3f"}, nil},
		"verify, whose":         {mfs, overMFS, "verify --at 1700000100", 0, []string{"ok", "transcodeComplete", "14d7b2faba0dddd6b4e8936272d6bc3f"}, nil},
		"verify, half of whose": {mfs, strings.Replace(overMFS, "auth_timestamp: 1700000000\n", "", 1), "verify", 1, []string{"auth_timestamp is missing"}, []string{"refused"}},
		"verify, whose over SMN": {
			append(mfs, "HUAWEI_SMN_TOPICS=urn:smn:cn-north-4:0123456789abcdef:t"),
			"POST /callbacks/huawei HTTP/1.1\nHost: example.com\nX-SMN-MESSAGE-TYPE: Notification\n\n{}",
			"verify", 1,
			[]string{"callback refused"},
			[]string{"refused"},
		},
		"verify, as is said":    {hook, overMFS, "verify --provider aliyun", 1, []string{"X-VOD-TIMESTAMP is missing"}, []string{"refused"}},
		"verify, of both":       {hook, strings.Replace(request, "\n\n", "\nauth_sign: 00\n\n", 1), "verify --at 1519375990", 0, []string{"ok", media}, nil},
		"verify, huawei, stale": {mfs, overMFS, "verify --provider huawei", 1, []string{"stale"}, []string{"refused"}},
		"verify, huawei, what":  {mfs, request, "verify --provider huawei", 1, []string{"auth_sign"}, []string{"refused"}},
		"send, huawei, type":    {mfs, "", "send --provider huawei TranscodeComplete", 2, nil, []string{"transcodeComplete"}},
		"send, huawei, nobody":  {append(mfs, "LISTEN_ADDR=127.0.0.1:1"), "", "send --provider huawei", 1, nil, []string{"refused"}},
		"config check, huawei": {tenant, "", "config check", 0, []string{
			"HUAWEI_DAILY", "huawei transcodeComplete: refresh", "every Huawei callback is refused", "aliyun: not set up", "huawei: region cn-north-4, project 0123456789abcdef, 1000 assets a day, no callbacks",
		}, nil},

		"config check": {account, "", "config check", 0, []string{"NAME", "ALIYUN_RATE", "***", "aliyun TranscodeComplete: refresh", "NOTES", "no rule has when: replaced"}, nil},
		"config check, channels": {append(tenant, "HUAWEI_MFS_KEYS=test123,b", "HUAWEI_SMN_TOPICS=urn:smn:cn-north-4:0123456789abcdef:t"), "", "config check", 0, []string{
			"callbacks by MFS (keys: 2, at most 1h0m0s old), by SMN (topics: 1, certificates fetched, subscriptions confirmed)",
		}, nil},
		"config check, stateless": {slices.Concat(account, stateless()), "", "config check", 0, []string{"QUEUE_URL=direct:", "paid for twice"}, nil},
		"config check, passwords": {[]string{"QUEUE_URL=nats://me:test123@a", "STORE_URL=redis://:test123@b/0"}, "", "config check", 0, []string{"nats://a", "redis://b/0"}, nil},
		"config check, rules": {[]string{"RULES=rules: [{on: [TranscodeComplete], do: preload, streams: changed, when: replaced, confirm: true}]"}, "", "config check", 0, []string{
			"aliyun TranscodeComplete: preload, the changed streams only, if older than 6h0m0s, if the platform knows the media",
		}, nil},
		"config check, options": {[]string{"RULES=rules: [{on: [TranscodeComplete], do: refresh, options: {SliceFlag: true}}]"}, "", "config check", 0, []string{
			`refresh, with {"SliceFlag":true}`,
		}, nil},
		"config check, endpoint": {
			[]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s", "ALIYUN_VOD_ENDPOINT=http://10.0.0.1", "ALIYUN_VOD_REGION=?"},
			"", "config check", 1, nil,
			[]string{"ALIYUN_VOD_ENDPOINT", "ALLOW_HTTP_ENDPOINT", "ALIYUN_VOD_REGION"},
		},
		"demo, nobody home": {
			append(stateless(), "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s", "ALIYUN_VOD_ENDPOINT=http://127.0.0.1:1"),
			"", "demo", 1,
			[]string{"no answer"},
			[]string{"an upload", "unavailable"},
		},
		"config check, wrong": {[]string{"LOG_LEVEL=loud", "LISTEN_ADDR=x"}, "", "config check", 1, nil, []string{"LOG_LEVEL", "LISTEN_ADDR"}},
		"serve, wrong":        {[]string{"LISTEN_ADDR=203.0.113.1:1"}, "", "serve", 1, nil, []string{"203.0.113.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, c.environ, c.in, strings.Fields(c.args)...)
			if got.code != c.code {
				t.Errorf("exit code %d, want %d", got.code, c.code)
			}
			for _, part := range c.out {
				if !strings.Contains(got.out, part) {
					t.Errorf("standard output does not say %q", part)
				}
			}
			for _, part := range c.errors {
				if !strings.Contains(got.errors, part) {
					t.Errorf("standard error does not say %q", part)
				}
			}
			if strings.Contains(got.out+got.errors, "test123") {
				t.Error("a key is shown")
			}
			if t.Failed() {
				t.Logf("standard output:\n%s\nstandard error:\n%s", got.out, got.errors)
			}
		})
	}
}

func TestJobsWatchesAJobToItsEnd(t *testing.T) {
	t.Parallel()
	account := cloud(t)
	var submitted struct {
		Results []struct {
			Job string `json:"job_id"`
		}
	}
	if got := run(t, account, "", "refresh", "-o", "json", media); json.Unmarshal([]byte(got.out), &submitted) != nil || len(submitted.Results) != 1 {
		t.Fatalf("got %+v", got)
	}
	got := run(t, account, "", "jobs", "--watch", submitted.Results[0].Job)
	if got.code != 0 || !strings.Contains(got.out, "done") || !strings.Contains(got.out, "URL") {
		t.Errorf("got %+v", got)
	}
}

// serving runs serve in the background and returns its address and a way to
// stop it, which gives the exit code and standard error.
func serving(t *testing.T, environ []string) (base string, stop func() ran) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var out, errors bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- command.Run(ctx, []string{"serve"}, host(&out, &errors, append(environ, "LISTEN_ADDR="+address), ""))
	}()
	for !ready(t, address) {
		select {
		case code := <-ended:
			cancel()
			t.Fatalf("serve ended with %d: %s", code, errors.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return "http://" + address, func() ran {
		cancel()
		return ran{<-ended, out.String(), errors.String()}
	}
}

// ready asks a server whether it is.
func ready(t *testing.T, address string) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/readyz", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Timeout: 10 * time.Second}).Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}

// TestServeAndSendWithoutACloud is what a newcomer does in two terminals: no
// setting at all but the port.
func TestServeAndSendWithoutACloud(t *testing.T) {
	t.Parallel()
	kept := durable(t)
	base, stop := serving(t, kept)
	listen := "LISTEN_ADDR=" + strings.TrimPrefix(base, "http://")
	body := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(body, []byte(`{"EventType":"SomethingNew"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args string
		code int
		out  string
	}{
		"transcoded":     {"send", 0, "queued"},
		"uploaded":       {"send FileUploadComplete --media " + media, 0, "queued"},
		"failed":         {"send --failed", 0, "not_success"},
		"taken down":     {"send CreateAuditComplete", 0, "no_rule"},
		"stream":         {"send StreamTranscodeComplete", 0, "no_rule"},
		"unknown media":  {"send --media missing-1", 0, "queued"},
		"forged":         {"send --bad-signature", 1, "403"},
		"old":            {"send --age 10m", 1, "403"},
		"a file":         {"send --file " + body, 0, "unknown_event"},
		"quota":          {"quota --server " + base, 0, "aliyun"},
		"its count":      {"quota --server " + base, 0, "of 1000"},
		"over MFS":       {"send --provider huawei", 0, "queued"},
		"over SMN":       {"send --provider huawei --channel smn coverComplete", 0, "queued"},
		"forged SMN":     {"send --provider huawei --channel smn --bad-signature", 1, "mismatch"},
		"forged MFS":     {"send --provider huawei --bad-signature", 1, "mismatch"},
		"old MFS":        {"send --provider huawei --age 2h", 1, "stale"},
		"failed, huawei": {"send --provider huawei --failed audioExtractComplete", 0, "not_success"},
		"blocked":        {"send --provider huawei reviewComplete", 0, "queued"},
		"an asset":       {"refresh --provider huawei --server " + base + " " + media, 0, "refreshed"},
		"refresh":        {"refresh --server " + base + " " + media, 0, "refreshed"},
		"forbidden":      {"refresh --server " + base + " forbidden-1", 1, "forbidden"},
		"unknown job":    {"jobs --server " + base + " c5ae", 1, ""},
		"wrong provider": {"jobs --server " + base + " --provider tencent c5ae", 2, ""},
	} {
		got := run(t, append(kept, listen), "", strings.Fields(c.args)...)
		if got.code != c.code || !strings.Contains(got.out, c.out) {
			t.Errorf("%s: got %+v, want %d and %q", name, got, c.code, c.out)
		}
	}
	if got := stop(); got.code != 0 || !strings.Contains(got.errors, "a simulator stands for the cloud") || got.out != "" {
		t.Errorf("serve: got %+v", got)
	}
}

// What sign makes, verify accepts: on either channel of Huawei's.
func TestSignAndVerifyHuawei(t *testing.T) {
	t.Parallel()
	kept := durable(t)
	_, stop := serving(t, kept) // makes the simulator's key and certificate
	stop()
	for _, channel := range []string{"mfs", "smn"} {
		request := run(t, kept, "", "sign", "--provider", "huawei", "--channel", channel, "--media", media)
		got := run(t, kept, request.out, "verify", "--provider", "huawei")
		if request.code != 0 || got.code != 0 || !strings.Contains(got.out, "ok") || !strings.Contains(got.out, media) {
			t.Errorf("%s: signed %+v, verified %+v", channel, request, got)
		}
		if got := run(t, kept, strings.Replace(request.out, media, "other", 1), "verify", "--provider", "huawei"); got.code != 1 || !strings.Contains(got.out, "mismatch") {
			t.Errorf("%s, edited: %+v", channel, got)
		}
	}
	simulated := filepath.Join(strings.TrimPrefix(kept[2], "DATA_DIR="), "simulator", "key.pem")
	key := filepath.Join(t.TempDir(), "key.pem")
	for content, want := range map[string]string{
		"none": "must be a PEM file",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n": "PKCS #8",
	} {
		if err := os.WriteFile(key, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got := run(t, kept, "", "sign", "--provider", "huawei", "--channel", "smn", "--key", key)
		if got.code != 1 || !strings.Contains(got.errors, want) {
			t.Errorf("key %.12q: %+v, want %q", content, got, want)
		}
	}
	elsewhere := append(slices.Clone(kept), "DATA_DIR="+t.TempDir())
	if got := run(t, elsewhere, "", "sign", "--provider", "huawei", "--channel", "smn", "--key", simulated); got.code != 1 || !strings.Contains(got.errors, "no certificate of the key") {
		t.Errorf("a key without a certificate: %+v", got)
	}
	if got := run(t, kept, "", "sign", "--provider", "huawei", "--channel", "smn", "--key", key+"2"); got.code != 1 || !strings.Contains(got.errors, "no such file") {
		t.Errorf("no key: %+v", got)
	}
}

// TestServeWithCredentialsStartsNoSimulator sends a callback of our own to a
// server whose platform is elsewhere.
func TestServeWithCredentialsStartsNoSimulator(t *testing.T) {
	t.Parallel()
	const registered = "https://public.example.com/cb"
	base, stop := serving(t, append(slices.Concat(cloud(t), durable(t)), "ALIYUN_CALLBACK_URLS="+registered, "ALIYUN_CALLBACK_KEYS=Key1", "API_TOKENS="+token))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/callbacks/aliyun",
		strings.NewReader(`{"EventType":"TranscodeComplete","Status":"success","VideoId":"`+media+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = aliyun.Sign(registered, secret.New("Key1"), time.Now())
	response, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Errorf("got %s", response.Status)
	}
	if got := stop(); got.code != 0 || strings.Contains(got.errors, "simulator") {
		t.Errorf("serve: got %+v", got)
	}
}

func ExampleRun() {
	var out, errors bytes.Buffer
	code := command.Run(context.Background(), []string{"sign", "--at", "1519375990"}, host(&out, &errors, []string{
		"ALIYUN_CALLBACK_URLS=https://www.example.com/your/callback", "ALIYUN_CALLBACK_KEYS=test123",
	}, ""))
	fmt.Print(code, "\n", out.String())
	// Output:
	// 0
	// X-VOD-TIMESTAMP: 1519375990
	// X-VOD-SIGNATURE: c72b60894140fa98920f1279219b7ed4
}

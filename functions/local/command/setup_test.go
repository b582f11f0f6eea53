package command_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/local/command"
)

const (
	oldKey  = "Old1Old2Old3Old4"
	newKey  = "New1New2New3New4"
	oldHook = "https://old.example/callbacks/aliyun"
	newHook = "https://new.example/callbacks/aliyun"
	mnsHost = "https://1.mns.cn-shanghai.aliyuncs.com/"
)

// recorded is a transport that remembers the actions that went over it.
type recorded struct {
	mu      sync.Mutex
	actions []string
}

func (r *recorded) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.actions = append(r.actions, request.URL.Query().Get("Action"))
	r.mu.Unlock()
	return http.DefaultTransport.RoundTrip(request)
}

// account is a simulated account with settings, and an environment for it.
type account struct {
	t       *testing.T
	sim     *vodsim.Server
	environ []string
	wire    recorded
}

func newAccount(t *testing.T, now aliyun.MessageCallback, environ ...string) *account {
	t.Helper()
	a := &account{t: t, sim: vodsim.New(vodsim.Config{AccessKeyID: "id", AccessKeySecret: secret.New("made-up-secret")})}
	t.Cleanup(func() { _ = a.sim.Close() })
	url, err := a.sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	a.environ = append([]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=made-up-secret", "ALIYUN_VOD_ENDPOINT=" + url}, environ...)
	if now.Type == "" {
		return a
	}
	client, err := aliyun.New(aliyun.Config{Endpoint: url, Credentials: credentials})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.SetMessageCallback(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *account) setup(line string) ran {
	a.t.Helper()
	var out, errors bytes.Buffer
	h := host(&out, &errors, a.environ, "")
	h.Transport = &a.wire
	code := command.Run(a.t.Context(), append([]string{"setup", "aliyun"}, strings.Fields(line)...), h)
	for _, hidden := range []string{oldKey, newKey, "made-up-secret"} {
		if strings.Contains(out.String()+errors.String(), hidden) {
			a.t.Errorf("%s is printed: %s%s", hidden, &out, &errors)
		}
	}
	return ran{code, out.String(), errors.String()}
}

// overHTTP are settings of somebody who is told of events that no rule wants.
func overHTTP(events ...string) aliyun.MessageCallback {
	return aliyun.MessageCallback{Type: aliyun.CallbackHTTP, URL: oldHook, Signed: true, AuthKey: secret.New(oldKey), Events: events}
}

func toQueue(events ...string) aliyun.MessageCallback {
	return aliyun.MessageCallback{Type: aliyun.CallbackMNS, Endpoint: mnsHost, Queue: "vod", Events: events}
}

const (
	read  = "GetMessageCallback"
	write = "SetMessageCallback"
)

func TestSetupAliyun(t *testing.T) {
	t.Parallel()
	const needed = "FileUploadComplete,TranscodeComplete,UploadByURLComplete,SubmitMediaRefreshComplete"
	reviews := `RULES={rules: [{on: [AIMediaAuditComplete], do: refresh}, {on: [AIVideoTagComplete], do: refresh}]}`
	hooks := "ALIYUN_CALLBACK_URLS=" + newHook + "," + oldHook
	keys := "ALIYUN_CALLBACK_KEYS=" + newKey + "," + oldKey
	for name, c := range map[string]struct {
		now     aliyun.MessageCallback
		environ []string
		line    string
		code    int
		out     []string // lines of the diff
		errors  string   // part of standard error
		calls   []string
		want    vodsim.MessageCallback // of the platform in the end
	}{
		"adds what is missing and keeps the rest": {
			overHTTP("SnapshotComplete", "TranscodeComplete", "AIComplete"), nil, "", 0,
			[]string{
				"  CallbackURL    " + oldHook, "  AuthSwitch     on", "  AuthKey        ***", "  EventTypeList  SnapshotComplete", "  EventTypeList  TranscodeComplete",
				"+ EventTypeList  FileUploadComplete", "+ EventTypeList  SubmitMediaRefreshComplete",
			},
			"written",
			[]string{read, write, read},
			vodsim.MessageCallback{
				CallbackType: "HTTP", CallbackURL: oldHook, AuthSwitch: "on", AuthKey: secret.New(oldKey),
				EventTypeList: "SnapshotComplete,TranscodeComplete,AIComplete,FileUploadComplete,UploadByURLComplete,SubmitMediaRefreshComplete",
			},
		},
		"a dry run": {
			overHTTP("SnapshotComplete"), nil, "--dry-run", 0,
			[]string{"+ EventTypeList  SubmitMediaRefreshComplete"},
			"nothing was written (--dry-run)",
			[]string{read},
			vodsim.MessageCallback{CallbackType: "HTTP", CallbackURL: oldHook, AuthSwitch: "on", AuthKey: secret.New(oldKey), EventTypeList: "SnapshotComplete"},
		},
		"nothing to change": {
			toQueue(strings.Split(needed, ",")...), nil, "", 0,
			[]string{"  MnsQueueName   vod"},
			"nothing to change",
			[]string{read},
			vodsim.MessageCallback{CallbackType: "MNS", MnsEndpoint: mnsHost, MnsQueueName: "vod", EventTypeList: needed},
		},
		"all is all": {
			toQueue("ALL"), nil, "", 0,
			[]string{"  EventTypeList  ALL"},
			"nothing to change",
			[]string{read},
			vodsim.MessageCallback{CallbackType: "MNS", MnsEndpoint: mnsHost, MnsQueueName: "vod", EventTypeList: "ALL"},
		},
		"AI events have one name": {
			toQueue("TranscodeComplete"),
			[]string{reviews},
			"", 0,
			[]string{"+ EventTypeList  AIComplete"},
			"written",
			[]string{read, write, read},
			vodsim.MessageCallback{
				CallbackType: "MNS", MnsEndpoint: mnsHost, MnsQueueName: "vod", EventTypeList: "TranscodeComplete,AIComplete,SubmitMediaRefreshComplete",
			},
		},
		"the first setup": {
			aliyun.MessageCallback{},
			[]string{hooks, keys},
			"--url " + newHook, 0,
			[]string{"+ CallbackType   HTTP", "+ CallbackURL    " + newHook, "+ AuthSwitch     on", "+ AuthKey        ***"},
			"written",
			[]string{read, write, read},
			vodsim.MessageCallback{CallbackType: "HTTP", CallbackURL: newHook, AuthSwitch: "on", AuthKey: secret.New(newKey), EventTypeList: needed},
		},
		"a key is rotated": {
			overHTTP("ALL"),
			[]string{hooks, keys},
			"--url " + oldHook, 0,
			[]string{"- AuthKey        ***", "+ AuthKey        *** (another)"},
			"written",
			[]string{read, write, read},
			vodsim.MessageCallback{CallbackType: "HTTP", CallbackURL: oldHook, AuthSwitch: "on", AuthKey: secret.New(newKey), EventTypeList: "ALL"},
		},
		"somebody else's URL": {
			overHTTP("ALL"),
			[]string{hooks, keys},
			"--url " + newHook, 1,
			[]string{"- CallbackURL    " + oldHook, "+ CallbackURL    " + newHook},
			"nothing was written: callbacks go to " + oldHook + " now; --force",
			[]string{read},
			vodsim.MessageCallback{CallbackType: "HTTP", CallbackURL: oldHook, AuthSwitch: "on", AuthKey: secret.New(oldKey), EventTypeList: "ALL"},
		},
		"somebody else's URL, dry": {
			overHTTP("ALL"),
			[]string{hooks, keys},
			"--dry-run --url " + newHook, 0,
			[]string{"+ CallbackURL    " + newHook},
			"takes --force",
			[]string{read},
			vodsim.MessageCallback{CallbackType: "HTTP", CallbackURL: oldHook, AuthSwitch: "on", AuthKey: secret.New(oldKey), EventTypeList: "ALL"},
		},
		"by force from HTTP to a queue": {
			overHTTP("ALL"), nil, "--force --queue vod --endpoint " + mnsHost, 0,
			[]string{"- CallbackType   HTTP", "+ CallbackType   MNS", "- AuthKey        ***", "+ MnsQueueName   vod"},
			"written",
			[]string{read, write, read},
			vodsim.MessageCallback{CallbackType: "MNS", MnsEndpoint: mnsHost, MnsQueueName: "vod", EventTypeList: "ALL"},
		},
		"by force from a queue to HTTP": {
			toQueue("ALL"),
			[]string{hooks, keys},
			"--force --url " + newHook, 0,
			[]string{"- MnsQueueName   vod", "+ CallbackURL    " + newHook},
			"written",
			[]string{read, write, read},
			vodsim.MessageCallback{CallbackType: "HTTP", CallbackURL: newHook, AuthSwitch: "on", AuthKey: secret.New(newKey), EventTypeList: "ALL"},
		},
		"another queue": {
			toQueue("ALL"), nil, "--queue other --endpoint " + mnsHost, 1, nil, "callbacks go to queue vod at " + mnsHost,
			[]string{read},
			vodsim.MessageCallback{CallbackType: "MNS", MnsEndpoint: mnsHost, MnsQueueName: "vod", EventTypeList: "ALL"},
		},
		"unsigned callbacks": {
			aliyun.MessageCallback{Type: aliyun.CallbackHTTP, URL: oldHook, Events: []string{"ALL"}},
			nil, "", 0,
			[]string{"  AuthSwitch     off"},
			"what is not signed is refused",
			[]string{read},
			vodsim.MessageCallback{CallbackType: "HTTP", CallbackURL: oldHook, AuthSwitch: "off", EventTypeList: "ALL"},
		},
		"nowhere":         {line: "", code: 1, errors: "say where to, with --url or with --queue", calls: []string{read}},
		"a URL of others": {environ: []string{hooks, keys}, line: "--url " + newHook + "/", code: 1, errors: "to the letter", calls: []string{read}},
		"no key":          {line: "--url " + newHook, code: 1, errors: "--url needs ALIYUN_CALLBACK_KEYS", calls: []string{read}},
		"a key of ours":   {environ: []string{hooks, "ALIYUN_CALLBACK_KEYS=lower-case-only-1"}, line: "--url " + newHook, code: 1, errors: "cannot be VOD's", calls: []string{read}},
		"two ways":        {line: "--url " + newHook + " --queue vod --endpoint " + mnsHost, code: 2, errors: "name one of them"},
		"half a queue":    {line: "--queue vod", code: 2, errors: "must be given together"},
		"no URL at all":   {line: "--url new.example", code: 2, errors: "must begin with http:// or https://"},
		"an argument":     {line: "huawei", code: 2, errors: "setup aliyun"},
		"bad environment": {environ: []string{"LOG_LEVEL=loud"}, code: 1, errors: "LOG_LEVEL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, c.now, c.environ...)
			got := a.setup(c.line)
			if got.code != c.code || !strings.Contains(got.errors, c.errors) {
				t.Errorf("got %d %s, want %d %q", got.code, got.errors, c.code, c.errors)
			}
			lines := strings.Split(got.out, "\n")
			for _, line := range c.out {
				if !slices.Contains(lines, line) {
					t.Errorf("the diff has no line %q:\n%s", line, got.out)
				}
			}
			if !slices.Equal(a.wire.actions, c.calls) {
				t.Errorf("calls %v, want %v", a.wire.actions, c.calls)
			}
			have := a.sim.MessageCallback("")
			if have.AuthKey.Reveal() != c.want.AuthKey.Reveal() {
				t.Errorf("the platform's key is not that which was to be")
			}
			have.AuthKey, c.want.AuthKey = secret.Value{}, secret.Value{}
			if have != c.want {
				t.Errorf("the platform has\n%+v, want\n%+v", have, c.want)
			}
		})
	}
}

package aliyun_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

const callbackKey = "Abc123Abc123Abc123Abc123Abc12332"

// settings is an answer of GetMessageCallback.
func settings(members string) http.HandlerFunc {
	return answer(200, `{"RequestId":"REQ-1","MessageCallback":`+members+`}`)
}

func TestMessageCallback(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		members string
		want    aliyun.MessageCallback
	}{
		"over HTTP": {
			`{"AppId":"app-1000000","CallbackType":"HTTP","CallbackURL":"https://a.example/cb","AuthSwitch":"on","AuthKey":"` + callbackKey +
				`","EventTypeList":"FileUploadComplete, AIComplete,,FileUploadComplete"}`,
			aliyun.MessageCallback{
				AppID: "app-1000000", Type: aliyun.CallbackHTTP, URL: "https://a.example/cb", Signed: true,
				Events: []string{"FileUploadComplete", aliyun.AIEvents},
			},
		},
		"to a queue": {
			`{"CallbackType":"mns","MnsEndpoint":"http://1.mns.example/","MnsQueueName":"vod","EventTypeList":"ALL"}`,
			aliyun.MessageCallback{Type: aliyun.CallbackMNS, Endpoint: "http://1.mns.example/", Queue: "vod", Events: []string{aliyun.AllEvents}},
		},
		"nothing":  {`{}`, aliyun.MessageCallback{}},
		"null":     {`null`, aliyun.MessageCallback{}},
		"unsigned": {`{"AuthSwitch":"off","AuthKey":null}`, aliyun.MessageCallback{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"GetMessageCallback": settings(c.members)})
			got, err := client(t, s.URL).MessageCallback(t.Context(), "app-7")
			if err != nil {
				t.Fatal(err)
			}
			if key := got.AuthKey.Reveal(); key != "" && key != callbackKey || strings.Contains(c.members, callbackKey) != (key != "") {
				t.Errorf("key %q", key)
			}
			if text := fmt.Sprintf("%+v %#v", got, got); strings.Contains(text, callbackKey) {
				t.Errorf("%s gives the key away", text)
			}
			if got.Type != c.want.Type || got.URL != c.want.URL || got.Signed != c.want.Signed || got.Endpoint != c.want.Endpoint ||
				got.Queue != c.want.Queue || got.AppID != c.want.AppID || !slices.Equal(got.Events, c.want.Events) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if sent := parameters(s.asked("GetMessageCallback")[0]); len(sent) != 1 || sent["AppId"] != "app-7" {
				t.Errorf("sent %v", sent)
			}
		})
	}
}

func TestMessageCallbackRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   core.Kind
		text   string
	}{
		"a setting that is an object": {settings(`{"Filter":{"a":1}}`), core.Internal, "setting Filter is an object or a list"},
		"a setting that is a list":    {settings(`{"EventTypeList":["ALL"]}`), core.Internal, ""},
		"no object":                   {settings(`"HTTP"`), core.Internal, ""},
		"no permission":               {refused(403, "Forbidden", "no"), core.Forbidden, "Forbidden"},
		"too fast":                    {refused(503, "Throttling", "slow down"), core.Throttled, "slow down"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"GetMessageCallback": c.answer})
			_, err := client(t, s.URL).MessageCallback(t.Context(), "")
			wantError(t, err, c.kind, c.text)
		})
	}
}

// What is read and written back is the same, whatever else the platform has
// among its settings.
func TestSetMessageCallbackKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{
		"GetMessageCallback": settings(`{"AppId":"app-7","CallbackType":"HTTP","CallbackURL":"https://a.example/cb?x=1&y=ü","AuthSwitch":"on","AuthKey":"` +
			callbackKey + `","MnsQueueName":"old","EventTypeList":"SomethingNew,TranscodeComplete","RetryTimes":12345678901234567890,"Region":"eu","Https":true}`),
		"SetMessageCallback": answer(200, `{"RequestId":"REQ-2"}`),
	})
	c := client(t, s.URL)
	m, err := c.MessageCallback(t.Context(), "app-7")
	if err != nil {
		t.Fatal(err)
	}
	m.Events = append(m.Events, "SubmitMediaRefreshComplete")
	if err := c.SetMessageCallback(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"AppId": "app-7", "CallbackType": "HTTP", "CallbackURL": "https://a.example/cb?x=1&y=ü", "AuthSwitch": "on", "AuthKey": callbackKey,
		"MnsQueueName": "old", "EventTypeList": "SomethingNew,TranscodeComplete,SubmitMediaRefreshComplete",
		"RetryTimes": "12345678901234567890", "Region": "eu", "Https": "true",
	}
	if sent := parameters(s.asked("SetMessageCallback")[0]); fmt.Sprint(sent) != fmt.Sprint(want) {
		t.Errorf("sent %v, want %v", sent, want)
	}
}

func TestSetMessageCallbackThatWouldSilence(t *testing.T) {
	t.Parallel()
	events := []string{aliyun.AllEvents}
	for name, c := range map[string]struct {
		m    aliyun.MessageCallback
		text string
	}{
		"nothing":        {aliyun.MessageCallback{}, "CallbackType: must be HTTP or MNS, not \"\"; EventTypeList: must name an event type"},
		"another way":    {aliyun.MessageCallback{Type: "SMTP", Events: events}, "must be HTTP or MNS, not \"SMTP\""},
		"no events":      {aliyun.MessageCallback{Type: "HTTP", URL: "https://a.example"}, "EventTypeList"},
		"no URL":         {aliyun.MessageCallback{Type: "HTTP", Events: events}, "CallbackURL: must not be empty with CallbackType HTTP"},
		"a long URL":     {aliyun.MessageCallback{Type: "HTTP", URL: "https://" + strings.Repeat("a", 256), Events: events}, "at most 256 bytes, not 264"},
		"signed no key":  {aliyun.MessageCallback{Type: "HTTP", URL: "https://a.example", Signed: true, Events: events}, "AuthKey: must not be empty"},
		"no endpoint":    {aliyun.MessageCallback{Type: "MNS", Queue: "q", Events: events}, "MnsEndpoint"},
		"no queue":       {aliyun.MessageCallback{Type: "MNS", Endpoint: "e", Events: events}, "MnsQueueName"},
		"neither of two": {aliyun.MessageCallback{Type: "MNS", Events: events}, "MnsEndpoint: must not be empty with CallbackType MNS, not \"\"; MnsQueueName"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, nil)
			err := client(t, s.URL).SetMessageCallback(t.Context(), c.m)
			wantError(t, err, core.Invalid, c.text)
			if len(s.asked("SetMessageCallback")) != 0 {
				t.Error("it was sent")
			}
		})
	}
}

// The platform may quote what it refuses, and that has the key in it.
func TestSetMessageCallbackErrorsHideTheKey(t *testing.T) {
	t.Parallel()
	signed := aliyun.MessageCallback{
		Type: "HTTP", URL: "https://a.example", Signed: true, AuthKey: secret.New(callbackKey), Events: []string{"ALL"},
	}
	open := aliyun.MessageCallback{Type: "MNS", Endpoint: "e", Queue: "q", Events: []string{"ALL"}}
	for name, c := range map[string]struct {
		m          aliyun.MessageCallback
		code, said string
		kind       core.Kind
		text       string
	}{
		"quoted":            {signed, "InvalidParameter", "AuthKey=" + callbackKey, core.Invalid, "left out because the call had the callback key in it (InvalidParameter"},
		"quoted and cut":    {signed, "InvalidParameter", strings.Repeat("x", 190) + callbackKey, core.Invalid, "left out"},
		"a wrong signature": {signed, "SignatureDoesNotMatch", "server string to sign is:AuthKey" + callbackKey, core.Unauthenticated, "key, token or signature refused"},
		"no key to hide":    {open, "InvalidParameter", "no such queue", core.Invalid, "no such queue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"SetMessageCallback": refused(400, c.code, c.said)})
			err := client(t, s.URL).SetMessageCallback(t.Context(), c.m)
			e := wantError(t, err, c.kind, c.text)
			if text := fmt.Sprintf("%+v %#v", err, e); strings.Contains(text, callbackKey[:8]) || e.RequestID != "REQ-1" {
				t.Errorf("error %s", text)
			}
		})
	}
}

// Against the simulator, which checks the signature of every parameter.
func TestMessageCallbackThereAndBack(t *testing.T) {
	t.Parallel()
	sim := vodsim.New(vodsim.Config{AccessKeyID: keyID, AccessKeySecret: secret.New(keySecret), SecurityToken: secret.New(stsToken)})
	t.Cleanup(func() { _ = sim.Close() })
	url, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, url, func(cfg *aliyun.Config) { cfg.Clock = clock.System{} })
	first, err := c.MessageCallback(t.Context(), "")
	if err != nil || first.Type != "" || len(first.Events) != 0 {
		t.Fatalf("never set up: %+v, %v", first, err)
	}
	first.Type, first.URL, first.Signed, first.AuthKey = aliyun.CallbackHTTP, "https://a.example/cb", true, secret.New(callbackKey)
	first.Events = []string{"TranscodeComplete", aliyun.AIEvents, "SubmitMediaRefreshComplete"}
	if err := c.SetMessageCallback(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if m := sim.MessageCallback(""); m.AuthKey.Reveal() != callbackKey || m.EventTypeList != "TranscodeComplete,AIComplete,SubmitMediaRefreshComplete" {
		t.Errorf("the platform has %+v", m)
	}
	again, err := c.MessageCallback(t.Context(), "")
	if err != nil || again.URL != first.URL || !again.Signed || again.AuthKey.Reveal() != callbackKey || !slices.Equal(again.Events, first.Events) {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestIsAuthKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		callbackKey: true, callbackKey + "x": false, "Aa1": true, "": false, "AAA1": false, "aaa1": false, "AaAa": false, "Aa-1 é": true,
	} {
		if got := aliyun.IsAuthKey(key); got != want {
			t.Errorf("%q: got %t, want %t", key, got, want)
		}
	}
}

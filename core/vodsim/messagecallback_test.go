package vodsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

const callbackKey = "Abc123Abc123Abc123Abc123Abc12332"

// settings are the members of MessageCallback in an answer.
func settings(p *platform, pairs ...string) map[string]any {
	p.t.Helper()
	m, _ := p.must("GetMessageCallback", pairs...).body["MessageCallback"].(map[string]any)
	return m
}

func TestMessageCallback(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	if got := settings(p); len(got) != 2 || got["AppId"] != "app-1000000" || got["EventTypeList"] != "" {
		t.Errorf("never set up: %v", got)
	}
	p.must("SetMessageCallback", "CallbackType", "HTTP", "CallbackURL", "https://a.example/cb", "AuthSwitch", "on", "AuthKey", callbackKey,
		"EventTypeList", "TranscodeComplete,AIComplete", "AppId", "app-7")
	p.must("SetMessageCallback", "CallbackType", "MNS", "MnsEndpoint", "https://1.mns.cn-shanghai.aliyuncs.com/", "MnsQueueName", "vod", "EventTypeList", "ALL")
	for app, want := range map[string]string{
		"":            "map[AppId:app-1000000 CallbackType:MNS EventTypeList:ALL MnsEndpoint:https://1.mns.cn-shanghai.aliyuncs.com/ MnsQueueName:vod]",
		"app-1000000": "map[AppId:app-1000000 CallbackType:MNS EventTypeList:ALL MnsEndpoint:https://1.mns.cn-shanghai.aliyuncs.com/ MnsQueueName:vod]",
		"app-7": "map[AppId:app-7 AuthKey:" + callbackKey + " AuthSwitch:on CallbackType:HTTP CallbackURL:https://a.example/cb " +
			"EventTypeList:TranscodeComplete,AIComplete]",
	} {
		if got := fmt.Sprint(settings(p, "AppId", app)); got != want {
			t.Errorf("%q has %s, want %s", app, got, want)
		}
	}
	if m := p.MessageCallback("app-7"); m.AuthKey.Reveal() != callbackKey || strings.Contains(fmt.Sprintf("%+v", m), callbackKey) {
		t.Errorf("settings %+v", m)
	}
	for _, call := range p.Calls() {
		if strings.Contains(fmt.Sprint(call), callbackKey) {
			t.Errorf("the record of %s has the key", call.Action)
		}
	}
}

// A call that leaves something out deletes it: that is why one reads first.
func TestSetMessageCallbackReplaces(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	p.must("SetMessageCallback", "CallbackURL", "https://a.example/cb", "AuthSwitch", "on", "AuthKey", callbackKey, "EventTypeList", "ALL")
	p.must("SetMessageCallback", "CallbackURL", "https://b.example/cb")
	if got := fmt.Sprint(settings(p)); got != "map[AppId:app-1000000 CallbackType:HTTP CallbackURL:https://b.example/cb EventTypeList:]" {
		t.Errorf("settings %s", got)
	}
}

func TestSetMessageCallbackRefused(t *testing.T) {
	t.Parallel()
	const url = "https://a.example/cb"
	for name, c := range map[string]struct {
		code  string
		pairs []string
	}{
		"another way":          {"InvalidParameter", []string{"CallbackType", "SMTP", "CallbackURL", url}},
		"no URL":               {"MissingParameter", []string{"CallbackType", "HTTP"}},
		"a long URL":           {"InvalidParameter", []string{"CallbackURL", url + strings.Repeat("x", 256)}},
		"a type without name":  {"InvalidParameter", []string{"CallbackURL", url, "EventTypeList", "TranscodeComplete,Done"}},
		"an AI event by name":  {"InvalidParameter", []string{"CallbackURL", url, "EventTypeList", "AIMediaAuditComplete"}},
		"a switch half way":    {"InvalidParameter", []string{"CallbackURL", url, "AuthSwitch", "true"}},
		"a long key":           {"InvalidParameter", []string{"CallbackURL", url, "AuthKey", callbackKey + "x"}},
		"a key without digits": {"InvalidParameter", []string{"CallbackURL", url, "AuthKey", "AbcAbcAbc"}},
		"a key in lower case":  {"InvalidParameter", []string{"CallbackURL", url, "AuthKey", "abc123"}},
		"a key in upper case":  {"InvalidParameter", []string{"CallbackURL", url, "AuthKey", "ABC123"}},
		"no endpoint":          {"MissingParameter", []string{"CallbackType", "MNS", "MnsQueueName", "vod"}},
		"no queue":             {"MissingParameter", []string{"CallbackType", "MNS", "MnsEndpoint", "https://1.mns.example/"}},
		"an unknown parameter": {"InvalidParameter", []string{"CallbackURL", url, "Callback", "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{})
			p.refused(p.call("SetMessageCallback", c.pairs...), http.StatusBadRequest, c.code)
			if m := p.MessageCallback(""); m != (vodsim.MessageCallback{}) {
				t.Errorf("a refused call set %+v", m)
			}
		})
	}
}

func TestMessageCallbackIsSigned(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	for _, action := range []string{"GetMessageCallback", "SetMessageCallback"} {
		params := p.params(action, "AppId", "a")
		params.Set("Signature", sign(http.MethodPost, params))
		params.Set("AppId", "b")
		p.refused(p.send(request(http.MethodPost, "/?"+params.Encode())), http.StatusBadRequest, "SignatureDoesNotMatch")
	}
}

func TestStockSDKSetsMessageCallback(t *testing.T) {
	t.Parallel()
	client, s := stock(t, "right")
	set := vod.CreateSetMessageCallbackRequest()
	set.CallbackType, set.CallbackURL, set.AuthSwitch, set.AuthKey = "HTTP", "https://a.example/cb?a=b&c=ü", "on", callbackKey
	set.EventTypeList = "TranscodeComplete,SubmitMediaRefreshComplete"
	if _, err := client.SetMessageCallback(set); err != nil {
		t.Fatal(err)
	}
	got, err := client.GetMessageCallback(vod.CreateGetMessageCallbackRequest())
	if err != nil {
		t.Fatal(err)
	}
	want := vod.MessageCallback{
		CallbackType: "HTTP", CallbackURL: set.CallbackURL, AuthSwitch: "on", AuthKey: callbackKey,
		EventTypeList: set.EventTypeList, AppId: "app-1000000",
	}
	if got.MessageCallback != want || s.MessageCallback("").CallbackURL != set.CallbackURL {
		t.Errorf("got %+v, want %+v", got.MessageCallback, want)
	}
}

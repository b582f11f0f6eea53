package huawei_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/events/huawei"
)

func TestChannelOf(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		headers []string
		want    huawei.Channel
		reason  huawei.Reason // of a request that is of neither
		detail  string
	}{
		"MFS":                              {[]string{"auth_sign", "auth_timestamp"}, huawei.MFS, "", ""},
		"MFS in capitals":                  {[]string{"AUTH_SIGN", "AUTH_TIMESTAMP"}, huawei.MFS, "", ""},
		"SMN":                              {[]string{"X-SMN-MESSAGE-TYPE", "X-SMN-TOPIC-URN"}, huawei.SMN, "", ""},
		"SMN by its type alone":            {[]string{"x-smn-message-type"}, huawei.SMN, "", ""},
		"neither":                          {[]string{"Content-Type"}, huawei.None, huawei.ReasonMissing, "underscores"},
		"none at all":                      {nil, huawei.None, huawei.ReasonMissing, "underscores"},
		"a signature alone":                {[]string{"auth_sign"}, huawei.None, huawei.ReasonMissing, "auth_timestamp is missing"},
		"a time stamp alone":               {[]string{"auth_timestamp"}, huawei.None, huawei.ReasonMissing, "auth_sign is missing"},
		"SMN without a type":               {[]string{"X-SMN-MESSAGE-ID", "X-SMN-TOPIC-URN"}, huawei.None, huawei.ReasonMissing, "X-SMN-MESSAGE-TYPE"},
		"both":                             {[]string{"auth_sign", "auth_timestamp", "X-SMN-MESSAGE-TYPE"}, huawei.None, huawei.ReasonMalformed, "has headers of MFS"},
		"MFS and a little of SMN":          {[]string{"auth_sign", "auth_timestamp", "X-SMN-SUBSCRIPTION-URN"}, huawei.None, huawei.ReasonMalformed, "has headers of MFS"},
		"SMN and half of MFS":              {[]string{"auth_sign", "X-SMN-MESSAGE-TYPE"}, huawei.None, huawei.ReasonMalformed, "has headers of MFS"},
		"SMN and the other half":           {[]string{"auth_timestamp", "X-SMN-MESSAGE-TYPE"}, huawei.None, huawei.ReasonMalformed, "has headers of MFS"},
		"names that only begin like SMN's": {[]string{"X-SMNX", "auth_signs"}, huawei.None, huawei.ReasonMissing, "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for _, name := range test.headers {
				h.Set(name, "PRIVATE")
			}
			if got := huawei.ChannelOf(h); got != test.want {
				t.Errorf("channel %q, want %q", got, test.want)
			}
			if test.want != huawei.None {
				return
			}
			err := huawei.RefuseChannel(h)
			wantReason(t, err, test.reason, "PRIVATE")
			if !strings.Contains(err.Error(), test.detail) {
				t.Errorf("error %q, want one with %q", err, test.detail)
			}
		})
	}
}

// The names of MFS have underscores: they must come through a real server.
func TestChannelOfARequest(t *testing.T) {
	t.Parallel()
	got := make(chan huawei.Channel, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- huawei.ChannelOf(r.Header) }))
	defer server.Close()
	request, err := http.NewRequest(http.MethodPost, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = huawei.SignMFS(secrets("k")[0], signed(), body)
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if channel := <-got; channel != huawei.MFS {
		t.Errorf("channel %q, want mfs", channel)
	}
}

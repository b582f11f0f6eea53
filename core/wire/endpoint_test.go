package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/wire"
)

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	const (
		form     = "a host or scheme://host[:port]"
		loopback = "https, or http on a loopback host"
		allowed  = "https; http is for loopback hosts, or private ones if AllowHTTP is set"
		private  = "https; http, if AllowHTTP is set, is for private hosts only"
	)
	for _, tc := range []struct {
		text      string
		allowHTTP bool
		goes      string // where a call goes; empty: the endpoint is refused
		shown     string // the value in the refusal
		detail    string // what would be right
	}{
		{"vod.proxy.example.com", false, "https://vod.proxy.example.com", "", ""},
		{"https://vod.example.com:8443/", false, "https://vod.example.com:8443", "", ""},
		{"HTTPS://vod.example.com", false, "https://vod.example.com", "", ""},
		{"127.0.0.1:8080", false, "http://127.0.0.1:8080", "", ""},
		{"http://localhost:8080", false, "http://localhost:8080", "", ""},
		{"http://[::1]:8080", false, "http://[::1]:8080", "", ""},
		{"https://127.0.0.1", false, "https://127.0.0.1", "", ""},
		{"http://10.0.0.7", true, "http://10.0.0.7", "", ""},
		{"http://vodsim:8080", true, "http://vodsim:8080", "", ""},
		{"http://host.docker.internal:8080", true, "http://host.docker.internal:8080", "", ""},

		{"http://vod.example.com", false, "", "http://vod.example.com", allowed},
		{"http://vod.example.com", true, "", "http://vod.example.com", private},
		{"http://8.8.8.8", true, "", "http://8.8.8.8", private},
		{"http://10.0.0.7", false, "", "http://10.0.0.7", allowed},
		{"ftp://127.0.0.1", false, "", "ftp://127.0.0.1", loopback},
		{"https://user:pass-word@vod.example.com", false, "", "https://vod.example.com with user info", form},
		{"https://vod.example.com/api", false, "", "https://vod.example.com with a path", form},
		{"https://vod.example.com?token=pass-word", false, "", "https://vod.example.com with a query or fragment", form},
		{"https://vod.example.com#pass-word", false, "", "https://vod.example.com with a query or fragment", form},
		{"https://", false, "", "https://", form},
		{"https://vod.example.com:", false, "", "https://vod.example.com:", form},
		{"https://vod.example.com:99999", false, "", "https://vod.example.com:99999", form},
		{"https://vod_$.example.com", false, "", "https://vod_$.example.com", form},
		{":::10", false, "", ":::10", form},
		{"https://[fe80::1%25eth0]", false, "", "https://[fe80::1%eth0]", form},
		{"https://pass-word:%zz", false, "", "an unreadable text", form},
	} {
		t.Run(tc.text+fmt.Sprintf(" %v", tc.allowHTTP), func(t *testing.T) {
			t.Parallel()
			to, wrong := wire.ParseEndpoint(tc.text, tc.allowHTTP)
			switch {
			case tc.goes != "" && (wrong != nil || to.String() != tc.goes):
				t.Errorf("goes to %s, %v, want %s", to, wrong, tc.goes)
			case tc.goes == "" && wrong == nil:
				t.Errorf("goes to %s, want a refusal", to)
			case tc.goes == "" && (wrong.Field != "Endpoint" || wrong.Value != tc.shown || wrong.Detail != tc.detail):
				t.Errorf("refused as %+v, want %q, %q", *wrong, tc.shown, tc.detail)
			}
		})
	}
}

func TestIsRegion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"cn-north-4": true, "ap-southeast-3": true, "cn-wulanchabu": true, "eu-central-1": true,
		"": false, "cn": false, "North 4": false, "cn-north-4.evil": false, "cn_north": false, "cn-a/b": false, "cn-" + strings.Repeat("a", 21): false,
	} {
		if got := wire.IsRegion(text); got != want {
			t.Errorf("IsRegion(%q) = %v", text, got)
		}
	}
}

func FuzzParseEndpoint(f *testing.F) {
	for _, seed := range []string{"vod.example.com", "http://[::1]:80", "https://u:p@h", "//", "http://a b", "https://h:0", "http://x.local"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, allowHTTP bool) {
		to, wrong := wire.ParseEndpoint(text, allowHTTP)
		if wrong != nil {
			if to != (wire.Endpoint{}) || wrong.Field != "Endpoint" || wrong.Detail == "" {
				t.Errorf("%q: %+v with %+v", text, to, wrong)
			}
			return
		}
		again, wrong := wire.ParseEndpoint(to.String(), allowHTTP)
		if wrong != nil || again != to {
			t.Errorf("%q goes to %s, and that to %s, %v", text, to, again, wrong)
		}
	})
}

package awsclient_test

import (
	"net/url"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/internal/awsclient"
)

// FuzzEndpoint: whatever is accepted is a URL of a host alone, and plain only on
// hosts that may be.
func FuzzEndpoint(f *testing.F) {
	for _, text := range []string{"https://sqs.example.com", "http://127.0.0.1:4566", "http://[::1]:1", "http://emulator:4566/", "https://u:p@x", "http://%6c"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, allowHTTP bool) {
		got, wrong := awsclient.ParseEndpoint("AWS_ENDPOINT_URL", text, allowHTTP)
		if len(wrong) > 0 {
			return
		}
		u, err := url.Parse(got.String())
		if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Host != got.Host {
			t.Fatalf("%q became %q, %v", text, got, err)
		}
		if got.Scheme != "https" && (got.Scheme != "http" || !awsclient.PlainHost(u.Hostname(), allowHTTP)) {
			t.Errorf("%q is plain", got)
		}
	})
}

package command_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// With both platforms and no store, it is said that nobody counts Huawei's day, and
// who does where there is a server.
func TestQuotaWithoutAStore(t *testing.T) {
	t.Parallel()
	both := append(cloud(t), tenant(t)...)
	const embedded = "name that with --server"
	for name, test := range map[string]struct {
		environ []string
		server  bool // one is to be named
	}{
		"embedded": {nil, true},
		"none":     {stateless(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := append(slices.Clone(both), test.environ...)
			got := run(t, environ, "", "quota")
			for _, part := range []string{"of 2000", "huawei is not known: ", "STORE_URL"} {
				if got.code != 0 || !strings.Contains(got.out, part) {
					t.Errorf("got %+v, want %q", got, part)
				}
			}
			if strings.Contains(got.errors, embedded) != test.server {
				t.Errorf("standard error says %q", got.errors)
			}
			var all refresh.Quotas
			got = run(t, environ, "", "quota", "-o", "json")
			if err := json.Unmarshal([]byte(got.out), &all); err != nil || len(all.Unknown) != 1 || all.Unknown[0].Provider != events.Huawei {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// A provider whose quota is not known is named, beside those whose is.
func TestQuotaThatIsNotKnown(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"quotas":[{"provider":"huawei","refresh":{"limit":1000,"remaining":7}}],
			"unknown":[{"provider":"aliyun","error":"no answer in time"}],"waiting":[]}`)
	}))
	t.Cleanup(server.Close)
	got := run(t, append(tenant(t), "API_TOKENS="+token), "", "quota", "--server", server.URL)
	for _, part := range []string{"7 of 1000", "aliyun is not known: no answer in time"} {
		if got.code != 0 || !strings.Contains(got.out, part) {
			t.Errorf("got %+v, want %q", got, part)
		}
	}
}

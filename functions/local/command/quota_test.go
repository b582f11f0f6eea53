package command_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

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

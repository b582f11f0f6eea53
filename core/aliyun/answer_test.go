package aliyun_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
)

func TestStrangeAnswersAreClearErrors(t *testing.T) {
	t.Parallel()
	page := "<html><body>" + keySecret + "</body></html>"
	for _, tc := range []struct {
		name   string
		status int
		body   string
		kind   core.Kind
		text   string
	}{
		{"page with 200", 200, page, core.Internal, "the answer, HTTP 200, is no JSON object: 51 bytes of text/html"},
		{"page with 502", 502, page, core.Unavailable, "the answer, HTTP 502, is no JSON object"},
		{"empty with 200", 200, "", core.Internal, "the answer, HTTP 200, is empty"},
		{"truncated with 200", 200, accepted[:30], core.Internal, "the answer, HTTP 200, is no JSON object"},
		{"array", 200, `[` + accepted + `]`, core.Internal, "is no JSON object"},
		{"two objects", 200, accepted + accepted, core.Internal, "is no JSON object"},
		{"numeric code with 400", 400, `{"Code":400}`, core.Internal, "refused with HTTP 400 and no error code"},
		{"numeric code with 200", 200, `{"Code":502}`, core.Internal, "refused with HTTP 200 and no error code"},
		{"numeric message", 400, `{"Code":"InvalidParameter","Message":7,"RequestId":8}`, core.Invalid, "refused with HTTP 400 (InvalidParameter)"},
		{"code with 200", 200, `{"Code":"Throttling.User","Message":"slow down"}`, core.Throttled, "slow down (Throttling.User)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}})
			_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
			wantError(t, err, tc.kind, tc.text)
		})
	}
}

func TestAnswerIsCapped(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{
		"RefreshMediaPlayUrls": answer(200, `{"MediaRefreshJobId":"`+strings.Repeat("j", 1<<20)+`"}`),
		"GetVideoInfo":         answer(200, `{"Video":{"VideoId":"m1"},"AI":"`+strings.Repeat("j", 1<<20-40)+`"}`),
	})
	c := client(t, s.URL)
	_, err := c.Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Internal, "the answer, HTTP 200, is longer than 1048576 bytes")
	if _, err := c.Media(t.Context(), "m1"); err != nil {
		t.Errorf("an answer below the cap: %v", err)
	}
}

func TestPanicBecomesAnError(t *testing.T) {
	t.Parallel()
	c := client(t, "", func(cfg *aliyun.Config) {
		cfg.Transport = transport(func(r *http.Request) (*http.Response, error) { panic("about " + r.URL.String()) })
	})
	_, err := c.Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Internal, "RefreshMediaPlayUrls: the SDK sent no request: panic with string")
}

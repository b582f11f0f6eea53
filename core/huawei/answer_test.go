package huawei_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
)

// reply is an answer without a server.
func reply(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}
}

func TestStrangeAnswersAreClearErrors(t *testing.T) {
	t.Parallel()
	page := "<html><body>" + secretKey + "</body></html>"
	for _, tc := range []struct {
		name   string
		status int
		body   string
		kind   core.Kind
		text   string
	}{
		{"page with 200", 200, page, core.Internal, "the answer, HTTP 200, is no JSON object: 51 bytes of text/html"},
		{"page with 202", 202, page, core.Internal, "the answer, HTTP 202, is no JSON object"},
		{"page with 502", 502, page, core.Unavailable, "the answer, HTTP 502, is no JSON object"},
		{"empty with 202", 202, "", core.Internal, "the answer, HTTP 202, is empty"},
		{"truncated with 202", 202, accepted[:30], core.Internal, "the answer, HTTP 202, is no JSON object"},
		{"null", 202, `null`, core.Internal, "is no JSON object"},
		{"array", 202, `[` + accepted + `]`, core.Internal, "is no JSON object"},
		{"two objects", 202, accepted + accepted, core.Internal, "is no JSON object"},
		{"numeric code with 400", 400, `{"error_code":400}`, core.Internal, "refused with HTTP 400 and no error code"},
		{"numeric code with 202", 202, `{"error_code":502}`, core.Internal, "refused with HTTP 202 and no error code"},
		{"numeric message", 400, `{"error_code":"VOD.10053","error_msg":7,"request_id":8}`, core.Invalid, "refused with HTTP 400 (VOD.10053)"},
		{"code with 202", 202, `{"error_code":"APIGW.0308","error_msg":"slow down"}`, core.Throttled, "slow down (APIGW.0308)"},
		{"ID in the body", 401, `{"error_code":"APIGW.0301","error_msg":"m","request_id":"GW-1"}`, core.Unauthenticated, "refused (APIGW.0301, request GW-1)"},
		{"another service's words", 403, `{"code":"VOD.10062","message":"no such asset"}`, core.NotFound, "no such asset (VOD.10062)"},
		{"another service's, nested", 403, `{"error":{"code":"VOD.10062","message":"no such asset"},"request_id":"GW-2"}`, core.NotFound, "no such asset (VOD.10062, request GW-2)"},
		{"nested text", 500, `{"error":"boom"}`, core.Unavailable, "refused with HTTP 500 and no error code"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{refreshAsset: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}})
			_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
			wantError(t, err, tc.kind, tc.text)
		})
	}
}

// The SDK decodes by the media type; an answer that calls itself BSON or XML is
// refused, not guessed at.
func TestAnswerOfAnotherMediaType(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"application/bson", "application/xml"} {
		s := serve(t, map[string]http.HandlerFunc{refreshAsset: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, accepted)
		}})
		_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
		wantError(t, err, core.Internal, "the answer has not the documented shape")
	}
}

func TestAnswerIsCapped(t *testing.T) {
	t.Parallel()
	const most = 4 << 20
	s := serve(t, map[string]http.HandlerFunc{
		refreshAsset:  answer(202, `{"task_id":"`+strings.Repeat("j", most)+`"}`),
		showAssetMeta: answer(200, `{"asset_info_array":[{"asset_id":"m1"}],"x":"`+strings.Repeat("j", most-60)+`"}`),
	})
	c := client(t, s.URL)
	_, err := c.Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Internal, "the answer, HTTP 202, is longer than 4194304 bytes")
	if _, err := c.Media(t.Context(), "m1"); err != nil {
		t.Errorf("an answer below the cap: %v", err)
	}
}

func TestPanicBecomesAnError(t *testing.T) {
	t.Parallel()
	c := client(t, "", func(cfg *huawei.Config) {
		cfg.Transport = transport(func(r *http.Request) (*http.Response, error) { panic("about " + r.URL.String()) })
	})
	_, err := c.Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Internal, "RefreshAsset: the SDK sent no request: panic with string")
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		accepted, `{}`, `null`, `[]`, `{"task_id":null}`, `{"task_id":7}`, `{"error_code":"VOD.10087","error_msg":"x"}`,
		`{"error":{"code":"a","message":1}}`, "<html>", `{"task_id":"a"}{`,
	} {
		f.Add(202, []byte(seed), "application/json")
		f.Add(403, []byte(seed), "application/bson")
	}
	f.Fuzz(func(t *testing.T, status int, body []byte, mediaType string) {
		c := client(t, "", func(cfg *huawei.Config) {
			cfg.Transport = transport(func(*http.Request) (*http.Response, error) {
				response := reply(status, string(body))
				response.Header.Set("Content-Type", mediaType)
				return response, nil
			})
		})
		submitted, err := c.Submit(t.Context(), refresh("m1"))
		if err == nil {
			if submitted.JobID == "" || status < 200 || status > 299 {
				t.Errorf("HTTP %d %q makes %+v", status, body, submitted)
			}
			return
		}
		e, ok := errors.AsType[*core.Error](err)
		if !ok || e.Kind == "" || e.Message == "" || strings.Contains(err.Error(), "://") {
			t.Errorf("HTTP %d %q makes the error %#v", status, body, err)
		}
	})
}

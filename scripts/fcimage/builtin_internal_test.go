package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const invocations = "/2023-03-30/functions/function/invocations"

func TestBuiltInRuntime(t *testing.T) {
	t.Parallel()
	i, out := container(t, nil, "FC_RUNTIME=go1", "FUNCTION=refresh")
	base := start(t, i)
	for name, c := range map[string]struct {
		path, body string
		header     []string
		status     int
		says       string
	}{
		"is anybody there":  {"/", "", nil, 404, "only s local"},
		"an event":          {invocations, sample(t, "refresh_queue_unwanted"), nil, 200, `"messages":`},
		"not for it":        {invocations, `{"a":1}`, nil, 200, `"errorMessage"`},
		"a request":         {invocations + "?null", "", []string{"X-Fc-Event-Type", "HTTP", "X-Fc-Http-Path", "/healthz"}, 405, ""},
		"without a token":   {invocations + "?null", "{}", []string{"X-Fc-Event-Type", "HTTP", "X-Fc-Http-Path", "/v1/refresh"}, 401, "Unauthorized"},
		"no path like that": {invocations + "?a=b", "", []string{"X-Fc-Event-Type", "HTTP", "X-Fc-Http-Path", "/invoke"}, 404, ""},
	} {
		status, body, header := get(t, http.MethodPost, base+c.path, c.body, c.header...)
		if status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s, want %d %q", name, status, body, c.status, c.says)
		}
		if c.status != 404 || c.path != "/" {
			if log, err := base64.StdEncoding.DecodeString(header.Get("X-Fc-Log-Result")); err != nil || !strings.Contains(string(log), "FC Invoke End RequestId") {
				t.Errorf("%s: log %q, %v", name, log, err)
			}
			if header.Get("X-Fc-Request-Id") == "" || header.Get("X-Fc-Invocation-Duration") == "" || header.Get("X-Fc-Max-Memory-Usage") == "" {
				t.Errorf("%s: header %v", name, header)
			}
		}
	}
	if strings.Contains(out.String(), "made-up-secret") {
		t.Errorf("log: %s", out)
	}
}

func TestNewEvent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query, body string
		header      http.Header
		want        string // members of the event
	}{
		"no query":    {"null", "text", nil, `{"queryParameters":{},"body":"text","isBase64Encoded":false}`},
		"a query":     {"b=2&a=1&a=3", "", nil, `{"queryParameters":{"a":"1,3","b":"2"},"body":""}`},
		"bytes":       {"", "\xff\x00", nil, `{"body":"/wA=","isBase64Encoded":true}`},
		"its headers": {"", "", http.Header{"X-A": {"1", "2"}, "X-Fc-Http-Path": {"/a%2Fb"}}, `{"rawPath":"/a%2Fb","headers":{"Host":"h.example","X-A":"1,2"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPut, invocations+"?"+c.query, nil)
			r.Host, r.Header = "h.example", c.header
			got, err := json.Marshal(image{environ: []string{"FC_ACCOUNT_ID=7"}}.newEvent(r, []byte(c.body)))
			if err != nil {
				t.Fatal(err)
			}
			var all, want map[string]json.RawMessage
			if err := json.Unmarshal(got, &all); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			for member, value := range want {
				if string(all[member]) != string(value) {
					t.Errorf("%s is %s, want %s", member, all[member], value)
				}
			}
			if context := string(all["requestContext"]); string(all["version"]) != `"v1"` || !strings.Contains(context, `"accountId":"7"`) ||
				!strings.Contains(context, `"method":"PUT"`) || !strings.Contains(context, `"domainPrefix":"h"`) {
				t.Errorf("event %s", got)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		status  int
		body    string
		header  string // Content-Type
	}{
		"whole":         {`{"statusCode":404,"headers":{"Content-Type":"application/problem+json"},"body":"{}"}`, 404, "{}", "application/problem+json"},
		"bytes":         {`{"statusCode":200,"isBase64Encoded":true,"body":"/wA="}`, 200, "\xff\x00", ""},
		"no bytes":      {`{"statusCode":200,"isBase64Encoded":true,"body":"?"}`, 502, "the function's body is no Base64\n", "text/plain; charset=utf-8"},
		"the body only": {`{"quotas":[]}`, 200, `{"quotas":[]}`, "application/json"},
		"no JSON":       {`hello`, 200, `hello`, "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			answer(w, []byte(c.payload))
			if w.Code != c.status || w.Body.String() != c.body || c.header != "" && w.Header().Get("Content-Type") != c.header {
				t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
			}
		})
	}
}

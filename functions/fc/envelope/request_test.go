package envelope_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
)

// request decodes an event and makes the request of it.
func request(t *testing.T, payload string) *http.Request {
	t.Helper()
	e, err := envelope.Decode([]byte(payload))
	if err != nil || e.Kind != envelope.HTTP {
		t.Fatalf("got %+v, %v", e, err)
	}
	r, err := e.Request.HTTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARequest(t *testing.T) {
	t.Parallel()
	r := request(t, `{"version":"v1","rawPath":"/v1/jobs/n%C3%B6one/a%2Fb","headers":{"content-type":"application/json","X-Twice":"a,b","host":"ignored.example.com"},
		"queryParameters":{"a":"1,2","most":"5 +&=%","empty":"","中":"é"},"body":"é\u0000","isBase64Encoded":false,
		"requestContext":{"domainName":"x.fcapp.run","requestId":"1-2","http":{"method":"PUT","path":"/v1/jobs/nöone/a/b","protocol":"HTTP/1.0","sourceIp":"192.0.2.1"}}}`)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]string{
		"method":       {r.Method, "PUT"},
		"path":         {r.URL.Path, "/v1/jobs/nöone/a/b"},
		"encoded path": {r.URL.EscapedPath(), "/v1/jobs/n%C3%B6one/a%2Fb"},
		"query a":      {r.URL.Query().Get("a"), "1,2"},
		"query most":   {r.URL.Query().Get("most"), "5 +&=%"},
		"query 中":      {r.FormValue("中"), "é"},
		"request URI":  {r.RequestURI, "/v1/jobs/n%C3%B6one/a%2Fb?" + r.URL.RawQuery},
		"content type": {r.Header.Get("Content-Type"), "application/json"},
		"twice":        {r.Header.Get("X-Twice"), "a,b"},
		"host":         {r.Host, "x.fcapp.run"},
		"no host":      {r.Header.Get("Host"), ""},
		"remote":       {r.RemoteAddr, "192.0.2.1:0"},
		"protocol":     {r.Proto, "HTTP/1.0"},
		"body":         {string(body), "é\x00"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	if r.ContentLength != 3 || !r.URL.Query().Has("empty") || r.Context() != t.Context() {
		t.Errorf("length %d, query %s", r.ContentLength, r.URL.RawQuery)
	}
}

// Signatures cover bytes: Base64 is undone before anybody looks.
func TestABinaryBody(t *testing.T) {
	t.Parallel()
	const bytes = "\xff\xfe\x00{}"
	for _, flag := range []string{`true`, `"true"`} {
		r := request(t, `{"rawPath":"/","body":"`+base64.StdEncoding.EncodeToString([]byte(bytes))+`","isBase64Encoded":`+flag+`,"requestContext":{"http":{"method":"POST"}}}`)
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != bytes || r.ContentLength != int64(len(bytes)) {
			t.Errorf("got %q, %v", body, err)
		}
	}
	e, err := envelope.Decode([]byte(`{"body":"s3cret!","isBase64Encoded":true,"requestContext":{"http":{"method":"POST"}}}`))
	if e.Kind != envelope.HTTP || core.KindOf(err) != core.Invalid || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %+v, %v, want an Invalid error of a request", e, err)
	}
}

// What other versions leave out or write differently does no harm.
func TestLenientRequests(t *testing.T) {
	t.Parallel()
	r := request(t, `{"headers":{"X-List":["a","b"],"X-Number":7,"X-Null":null,"x-number":true},"queryParameters":{"most":5,"a":["1","2"]},"body":null,
		"requestContext":{"http":{"method":"GET","path":"/v1/中 x"}}}`)
	for what, pair := range map[string][2]string{
		"path":     {r.URL.Path, "/v1/中 x"},
		"raw path": {r.URL.EscapedPath(), "/v1/%E4%B8%AD%20x"},
		"query":    {r.URL.RawQuery, "a=1%2C2&most=5"},
		"list":     {r.Header.Get("X-List"), "a,b"},
		"numbers":  {strings.Join(r.Header.Values("X-Number"), "|"), "7|true"},
		"null":     {r.Header.Get("X-Null"), ""},
		"protocol": {r.Proto, "HTTP/1.1"},
		"remote":   {r.RemoteAddr, ""},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	if r.ContentLength != 0 {
		t.Errorf("length %d", r.ContentLength)
	}
	odd := request(t, `{"rawPath":"/","headers":[],"queryParameters":"null","body":{"a":[1]},"requestContext":{"domainName":null,"http":{"method":"POST","protocol":"?"}}}`)
	if body, err := io.ReadAll(odd.Body); err != nil || string(body) != `{"a":[1]}` || len(odd.Header) != 0 || odd.URL.RawQuery != "" {
		t.Errorf("got %s, %v, %v, query %q", body, err, odd.Header, odd.URL.RawQuery)
	}
	hosted := request(t, `{"rawPath":"/","headers":{"Host":"h.example.com"},"requestContext":{"http":{"method":"GET"}}}`)
	if hosted.Host != "h.example.com" {
		t.Errorf("host %q", hosted.Host)
	}
}

func TestRequestsThatNoServerTakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request envelope.Request
		part    string
	}{
		"no method":      {envelope.Request{RawPath: "/"}, "method: must be an HTTP method, not \"\""},
		"no such method": {envelope.Request{Method: "GE T", RawPath: "/"}, "method: must be an HTTP method, not \"GE T\""},
		"no path":        {envelope.Request{Method: "GET"}, "rawPath: must be a percent-encoded path, not \"\""},
		"a whole URL":    {envelope.Request{Method: "GET", RawPath: "http://x/"}, "rawPath"},
		"half an escape": {envelope.Request{Method: "GET", RawPath: "/%4"}, "rawPath"},
	} {
		if _, err := c.request.HTTP(t.Context()); core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: got %v, want an Invalid error with %s", name, err, c.part)
		}
	}
}

// The answer is what net/http's server would send.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method string
		serve  http.HandlerFunc
		want   envelope.Answer
	}{
		"nothing": {http.MethodGet, func(http.ResponseWriter, *http.Request) {}, envelope.Answer{StatusCode: 200}},
		"text": {http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok é\n") }, envelope.Answer{
			StatusCode: 200, Headers: map[string]string{"Content-Type": "text/plain; charset=utf-8"}, Body: "ok é\n",
		}},
		"bytes": {http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0x00}) }, envelope.Answer{
			StatusCode: 200, Headers: map[string]string{"Content-Type": "application/octet-stream"}, Body: "/wA=", IsBase64Encoded: true,
		}},
		"head alone": {http.MethodHead, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }, envelope.Answer{
			StatusCode: 200, Headers: map[string]string{"Content-Type": "text/plain; charset=utf-8"},
		}},
		"status and headers": {http.MethodPost, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Add("Vary", "Origin")
			w.Header().Add("Vary", "Accept")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusTeapot)
			w.WriteHeader(http.StatusOK)
			w.Header().Set("Too-Late", "x")
			_, _ = io.WriteString(w, `{"a":"<b>"}`)
		}, envelope.Answer{
			StatusCode: 418, Headers: map[string]string{"Content-Type": "application/json", "Vary": "Origin, Accept"}, Body: `{"a":"<b>"}`,
		}},
		"no content": {http.MethodOptions, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			if _, err := io.WriteString(w, "x"); err == nil {
				panic("took a body")
			}
		}, envelope.Answer{StatusCode: 204}},
		"encoded": {http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, "x")
		}, envelope.Answer{StatusCode: 200, Headers: map[string]string{"Content-Encoding": "br"}, Body: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := envelope.NewWriter(c.method)
			c.serve(w, httptest.NewRequest(c.method, "/", http.NoBody))
			got := w.Answer()
			if got.StatusCode != c.want.StatusCode || got.Body != c.want.Body || got.IsBase64Encoded != c.want.IsBase64Encoded || len(got.Headers) != len(c.want.Headers) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			for name, value := range c.want.Headers {
				if got.Headers[name] != value {
					t.Errorf("%s: got %q, want %q", name, got.Headers[name], value)
				}
			}
		})
	}
}

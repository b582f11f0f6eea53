package envelope_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/lambda/envelope"
)

// answer lets a handler answer the request of an event, and returns what is
// written.
func answer(t *testing.T, event string, handler http.HandlerFunc) string {
	t.Helper()
	e, err := envelope.Decode([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.HTTP.Request(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := e.HTTP.Answer()
	handler(w, r)
	text, err := json.Marshal(w.Envelope())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	const (
		to2       = url2 + `,"rawPath":"/"}`
		toREST    = rest1 + `,"path":"/"}`
		toOne     = balancer + `,"path":"/","headers":{"a":"b"}}`
		toMany    = balancer + `,"path":"/","multiValueHeaders":{"a":["b"]}}`
		head2     = `{"rawPath":"/","requestContext":{"http":{"method":"HEAD"}}}`
		plainText = "text/plain; charset=utf-8"
	)
	for name, test := range map[string]struct {
		event  string
		handle http.HandlerFunc
		want   string
	}{
		"nothing": {to2, func(http.ResponseWriter, *http.Request) {}, `{"statusCode":200,"body":"","isBase64Encoded":false}`},
		"text":    {to2, say(0, "ok\n"), `{"statusCode":200,"headers":{"Content-Type":"` + plainText + `"},"body":"ok\n","isBase64Encoded":false}`},
		"bytes":   {to2, say(0, "\xff\xfe"), `{"statusCode":200,"headers":{"Content-Type":"` + plainText + `"},"body":"//4=","isBase64Encoded":true}`},
		"head":    {head2, say(0, "ok"), `{"statusCode":200,"headers":{"Content-Type":"` + plainText + `"},"body":"","isBase64Encoded":false}`},
		"none":    {to2, say(http.StatusNoContent, "ok", "A", "1"), `{"statusCode":204,"headers":{"A":"1"},"body":"","isBase64Encoded":false}`},
		"header":  {to2, say(201, "", "Vary", "a", "Vary", "b", "Set-Cookie", "a=1, x", "Set-Cookie", "b=2"), `{"statusCode":201,"headers":{"Vary":"a, b"},"cookies":["a=1, x","b=2"],"body":"","isBase64Encoded":false}`},
		"REST":    {toREST, say(201, "", "Vary", "a", "Vary", "b", "Set-Cookie", "a=1"), `{"statusCode":201,"multiValueHeaders":{"Set-Cookie":["a=1"],"Vary":["a","b"]},"body":"","isBase64Encoded":false}`},
		"balancer": {
			toOne, say(404, "", "Vary", "a", "Vary", "b", "Set-Cookie", "a=1", "Set-Cookie", "b=2"),
			`{"statusCode":404,"statusDescription":"404 Not Found","headers":{"Set-Cookie":"a=1","Vary":"a, b"},"body":"","isBase64Encoded":false}`,
		},
		"balancer, many": {toMany, say(299, "", "Vary", "a", "Vary", "b"), `{"statusCode":299,"statusDescription":"299","multiValueHeaders":{"Vary":["a","b"]},"body":"","isBase64Encoded":false}`},
		"too late": {to2, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			w.Header().Set("Too", "late")
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, "<a>")
			_, _ = io.WriteString(w, "&")
		}, `{"statusCode":418,"body":"\u003ca\u003e\u0026","isBase64Encoded":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := answer(t, test.event, test.handle); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// say answers with a status, unless it is zero, pairs of a header, and a body.
func say(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		if status != 0 {
			w.WriteHeader(status)
		}
		_, _ = io.WriteString(w, body)
	}
}

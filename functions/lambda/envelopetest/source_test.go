package envelopetest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/lambda/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// answering is a function that always answers the same.
func answering(answer string) envelopetest.Invoke {
	return func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil }
}

// TestOpen: an answer that AWS would not take is an error.
func TestOpen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ source, answer, wrong string }{
		"format 2.0":               {"HTTP API", `{"statusCode":200,"headers":{"a":"b"},"cookies":["c"],"body":"/w==","isBase64Encoded":true}`, ""},
		"REST":                     {"REST API", `{"statusCode":200,"multiValueHeaders":{"a":["b"]},"headers":{"c":"d"},"body":"x","isBase64Encoded":false}`, ""},
		"balancer":                 {"load balancer", `{"statusCode":200,"statusDescription":"200 OK","headers":{"a":"b"},"body":"x","isBase64Encoded":false}`, ""},
		"no JSON":                  {"HTTP API", `ok`, "another shape"},
		"no JSON for REST":         {"REST API", `ok`, "another shape"},
		"no JSON for a balancer":   {"load balancer", `ok`, "another shape"},
		"cookies for REST":         {"REST API", `{"statusCode":200,"cookies":["a"]}`, "unknown field"},
		"many headers for 2.0":     {"Function URL", `{"statusCode":200,"multiValueHeaders":{"a":["b"]}}`, "no multiValueHeaders"},
		"no status":                {"Function URL", `{"body":"x"}`, "status 0"},
		"no Base64":                {"Function URL", `{"statusCode":200,"body":"?","isBase64Encoded":true}`, "no Base64"},
		"no description":           {"load balancer", `{"statusCode":200}`, "statusDescription"},
		"both sorts of a balancer": {"load balancer", `{"statusCode":200,"statusDescription":"200 OK","headers":{"a":"b"},"multiValueHeaders":{"a":["b"]}}`, "in one answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, source := range envelopetest.Sources() {
				if source.Name != test.source {
					continue
				}
				got, err := source.Over(answering(test.answer))(t.Context(), requesttest.Request{Method: http.MethodGet, Path: "/"})
				if (err != nil) != (test.wrong != "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("got %+v, %v, want %q", got, err, test.wrong)
				}
				if err == nil && (got.Status != http.StatusOK || len(got.Body) != 1 || got.Header.Get("A") != "b") {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
	out := errors.New("out")
	failing := func(context.Context, []byte) ([]byte, error) { return nil, out }
	if _, err := envelopetest.Sources()[0].Over(failing)(t.Context(), requesttest.Request{}); !errors.Is(err, out) {
		t.Errorf("got %v", err)
	}
}

// TestEvents: the envelopes differ where AWS's do.
func TestEvents(t *testing.T) {
	t.Parallel()
	request := requesttest.Request{
		Method: http.MethodPost, Path: "/a%20b", Query: "q=%20&q=2", Body: []byte("\xff"),
		Header: []requesttest.Field{{Name: "X-Twice", Value: "1"}, {Name: "x-twice", Value: "2"}, {Name: "Cookie", Value: "a=1; b=2"}},
	}
	for _, source := range envelopetest.Sources() {
		event, err := source.Event(request)
		if err != nil {
			t.Fatal(err)
		}
		text := string(event)
		for part, want := range map[string]bool{
			`"isBase64Encoded":true`:      true,
			`"x-twice":"1,2"`:             strings.Contains(source.Name, "API") && source.Name != "REST API" || strings.Contains(source.Name, "URL") || source.Name == "all in Base64",
			`"X-Twice":["1","2"]`:         source.Name == "REST API",
			`"x-twice":["1","2"]`:         strings.HasSuffix(source.Name, "multi-value headers"),
			`"x-twice":"2"`:               source.Name == "load balancer",
			`"cookies":["a=1","b=2"]`:     !strings.HasPrefix(source.Name, "load") && source.Name != "REST API",
			`"rawQueryString":"q=%20\u00`: !strings.HasPrefix(source.Name, "load") && source.Name != "REST API",
			`{"q":[" ","2"]}`:             source.Name == "REST API",
			`{"q":["%20","2"]}`:           strings.HasSuffix(source.Name, "multi-value headers"),
			`"rawPath":"/prod/a%20b"`:     source.Name == "HTTP API with a stage",
		} {
			if strings.Contains(text, part) != want {
				t.Errorf("%s: %s: %t, want %t: %s", source.Name, part, !want, want, text)
			}
		}
	}
}

// A source wraps a request, and unwraps the answer to it.
func Example() {
	hello := func(context.Context, []byte) ([]byte, error) { return []byte(`{"statusCode":200,"body":"hello"}`), nil }
	answer, err := envelopetest.Sources()[0].Over(hello)(context.Background(), requesttest.Request{Method: http.MethodGet, Path: "/"})
	fmt.Println(answer.Status, string(answer.Body), err)
	// Output: 200 hello <nil>
}

package envelope_test

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelope"
)

// request decodes an event and makes the request in it.
func request(t *testing.T, event string) *http.Request {
	t.Helper()
	e, err := envelope.Decode([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.HTTP.Request(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The beginnings of events, up to the fields that a test is about.
const (
	url2     = `{"version":"2.0","requestContext":{"domainName":"x.lambda-url.eu-west-1.on.aws","stage":"$default","http":{"method":"POST","sourceIp":"192.0.2.1"}}`
	api2     = `{"version":"2.0","requestContext":{"domainName":"x.execute-api.eu-west-1.amazonaws.com","stage":"prod","http":{"method":"POST"}}`
	own2     = `{"version":"2.0","requestContext":{"domainName":"vod.example.com","stage":"v1","http":{"method":"POST"}}`
	rest1    = `{"httpMethod":"POST","requestContext":{"stage":"prod","identity":{"sourceIp":"192.0.2.2"}}`
	balancer = `{"httpMethod":"POST","requestContext":{"elb":{"targetGroupArn":"arn"}}`
)

func TestRequestTarget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ event, uri, path string }{
		"as it was sent":             {url2 + `,"rawPath":"/a%2Fb/%E4%B8%AD","rawQueryString":"x=%20&x=+&y"}`, "/a%2Fb/%E4%B8%AD?x=%20&x=+&y", "/a/b/中"},
		"no encoding":                {url2 + `,"rawPath":"/50%"}`, "/50%25", "/50%"},
		"decoded before":             {url2 + `,"rawPath":"/中 x"}`, "/%E4%B8%AD%20x", "/中 x"},
		"a stage":                    {api2 + `,"rawPath":"/prod/v1/refresh"}`, "/v1/refresh", "/v1/refresh"},
		"a stage alone":              {api2 + `,"rawPath":"/prod"}`, "/", "/"},
		"what is no stage":           {api2 + `,"rawPath":"/production/v1"}`, "/production/v1", "/production/v1"},
		"no stage under an own name": {own2 + `,"rawPath":"/v1/refresh"}`, "/v1/refresh", "/v1/refresh"},
		"REST has no stage":          {rest1 + `,"path":"/prod/x","queryStringParameters":null,"multiValueQueryStringParameters":null}`, "/prod/x", "/prod/x"},
		"REST decodes the query":     {rest1 + `,"path":"/","queryStringParameters":{"a":"2"},"multiValueQueryStringParameters":{"b":["&= +"],"a":["1","2"]}}`, "/?a=1&a=2&b=%26%3D+%2B", "/"},
		"REST with single values":    {rest1 + `,"path":"/","queryStringParameters":{"a":"1 2","b":""}}`, "/?a=1+2&b=", "/"},
		"a balancer does not":        {balancer + `,"path":"/","queryStringParameters":{"b":"%26+%20","a":"1"}}`, "/?a=1&b=%26+%20", "/"},
		"a balancer with many":       {balancer + `,"path":"/","headers":null,"multiValueHeaders":{},"multiValueQueryStringParameters":{"a%20b":["%26","2"]}}`, "/?a%20b=%26&a%20b=2", "/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request(t, test.event)
			if r.URL.RequestURI() != test.uri || r.RequestURI != test.uri || r.URL.Path != test.path || r.Method != http.MethodPost {
				t.Errorf("got %s %s (%s), path %q, want %s", r.Method, r.URL.RequestURI(), r.RequestURI, r.URL.Path, test.uri)
			}
		})
	}
}

func TestRequestHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		event string
		want  http.Header
	}{
		"joined": {url2 + `,"rawPath":"/","headers":{"authorization":"Bearer a,Bearer b","date":"Sun, 22 Nov 2026 10:00:00 GMT","prefer":"a, b"},"cookies":["a=1","b=2"]}`, http.Header{
			"Authorization": {"Bearer a", "Bearer b"}, "Date": {"Sun, 22 Nov 2026 10:00:00 GMT"}, "Prefer": {"a, b"}, "Cookie": {"a=1; b=2"},
		}},
		"cookies twice":  {url2 + `,"rawPath":"/","headers":{"Cookie":"a=1"},"cookies":["a=1"]}`, http.Header{"Cookie": {"a=1"}}},
		"commas":         {url2 + `,"rawPath":"/","headers":{"a":",","b":"x,","c":",y","d":"x,,y","e":""}}`, http.Header{"A": {","}, "B": {"x,"}, "C": {"", "y"}, "D": {"x", "", "y"}, "E": {""}}},
		"names in cases": {url2 + `,"rawPath":"/","headers":{"X-A":"1","x-a":"2"}}`, http.Header{"X-A": {"1", "2"}}},
		"none":           {url2 + `,"rawPath":"/"}`, http.Header{}},
		"REST": {rest1 + `,"path":"/","headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1,x","2"],"x-b":["3"]}}`, http.Header{
			"X-A": {"1,x", "2"}, "X-B": {"3"},
		}},
		"REST with single values": {rest1 + `,"path":"/","headers":{"x-a":"1,2"}}`, http.Header{"X-A": {"1,2"}}},
		"a balancer":              {balancer + `,"path":"/","headers":{"x-a":"1,2"}}`, http.Header{"X-A": {"1,2"}}},
		"a balancer with many":    {balancer + `,"path":"/","multiValueHeaders":{"x-a":["1","2"]}}`, http.Header{"X-A": {"1", "2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := request(t, test.event); !reflect.DeepEqual(r.Header, test.want) {
				t.Errorf("got %q, want %q", r.Header, test.want)
			}
		})
	}
}

func TestRequestRest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ event, host, from, body string }{
		"text":   {url2 + `,"rawPath":"/","headers":{"host":"h.example.com"},"body":"é\n"}`, "h.example.com", "192.0.2.1", "é\n"},
		"Base64": {rest1 + `,"path":"/","body":"/wD+","isBase64Encoded":true}`, "", "192.0.2.2", "\xff\x00\xfe"},
		"null":   {own2 + `,"rawPath":"/","body":null}`, "vod.example.com", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request(t, test.event)
			body, err := io.ReadAll(r.Body)
			if string(body) != test.body || r.ContentLength != int64(len(test.body)) || r.Host != test.host || r.RemoteAddr != test.from || err != nil {
				t.Errorf("got %q of %d from %q to %q, %v", body, r.ContentLength, r.RemoteAddr, r.Host, err)
			}
			if r.Header.Get("Host") != "" {
				t.Error("the host is in the header")
			}
		})
	}
	e, err := envelope.Decode([]byte(url2 + `,"rawPath":"/","body":"s3cret!","isBase64Encoded":true}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.HTTP.Request(t.Context()); core.KindOf(err) != core.Invalid || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}

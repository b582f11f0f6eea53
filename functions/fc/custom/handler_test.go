package custom_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/custom"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// The one table of requests, inside with the platform's headers, and outside
// without.
func TestRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		inside bool
		header []requesttest.Field
	}{
		"an HTTP trigger": {true, platforms("/http-invoke")},
		"the local tool":  {true, nil},
		"outside":         {false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requesttest.Run(t, func(t *testing.T, environ []string) requesttest.Send {
				t.Helper()
				i, _ := open(t, environ)
				send := requesttest.Serve(t, custom.Handler(i, c.inside))
				return func(ctx context.Context, r requesttest.Request) (requesttest.Answer, error) {
					r.Header = append(append([]requesttest.Field(nil), r.Header...), c.header...)
					return send(ctx, r)
				}
			})
		})
	}
}

// An event succeeds or fails in the platform's own words: both statuses.
func TestEvents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		function config.Function
		payload  []byte
		status   string
		body     string
	}{
		"messages":        {config.Refresh, envelopetest.Queue(string(requesttest.Transcoded("media-1"))), "200", `{"messages":1}`},
		"a tick":          {config.Refresh, envelopetest.Timer(), "200", `{"messages":0}`},
		"poison":          {config.Refresh, envelopetest.Queue("x"), "404", `{"errorMessage":"1 of 1 messages*","errorType":"*"}`},
		"nothing":         {config.Refresh, nil, "404", `{"errorMessage":"the event is empty*","errorType":"invalid"}`},
		"of no kind":      {config.Refresh, []byte(`{"s3cret":1}`), "404", `{"errorMessage":"the event is of no kind that is known*","errorType":"invalid"}`},
		"too large":       {config.Refresh, make([]byte, 32<<20+1), "404", `{"errorMessage":"the event could not be read; it may have at most 33554432 bytes","errorType":"invalid"}`},
		"not for it":      {config.Callback, envelopetest.Timer(), "404", `{"errorMessage":"*not for FUNCTION=callback*","errorType":"forbidden"}`},
		"not for it, too": {config.Credentials, envelopetest.Queue("{}"), "404", `{"errorMessage":"*not for FUNCTION=credentials*","errorType":"forbidden"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			send, log := serve(t, c.function, true)
			got, err := send(t.Context(), event(c.payload))
			if err != nil {
				t.Fatal(err)
			}
			want := requesttest.Want{Status: map[string]int{"200": 200, "404": 404}[c.status], Header: map[string]string{
				"X-Fc-Status": c.status, "Content-Type": "application/json",
			}, Body: c.body}
			for _, difference := range want.Differences(got) {
				t.Error(difference)
			}
			end := "FC Invoke End RequestId: 8476a536-e9f4\n"
			if c.status != "200" {
				end = "FC Invoke End RequestId: 8476a536-e9f4, Error: Unhandled function error\n"
			}
			if text := log.String(); !strings.Contains(text, "FC Invoke Start RequestId: 8476a536-e9f4\n") || !strings.Contains(text, end) {
				t.Errorf("the log does not frame the invocation: %s", text)
			}
		})
	}
}

// A request is an event only if the platform says so, and no client can: what it
// sends is a request for a path where nothing is.
func TestForgedEvents(t *testing.T) {
	t.Parallel()
	batch := envelopetest.Queue(string(requesttest.Transcoded("media-1")))
	post := func(path string, header ...requesttest.Field) requesttest.Request {
		return requesttest.Request{Method: http.MethodPost, Path: path, Header: header, Body: batch}
	}
	control := func(value string) requesttest.Field {
		return requesttest.Field{Name: "X-FC-Control-Path", Value: value}
	}
	for name, c := range map[string]struct {
		inside  bool
		request requesttest.Request
	}{
		"through the URL":                {true, post("/invoke", platforms("/http-invoke")...)},
		"without the header":             {true, post("/invoke")},
		"with a second header":           {true, post("/invoke", append(platforms("/http-invoke"), control("/invoke"))...)},
		"with the same header twice":     {true, post("/invoke", append(platforms("/invoke"), control("/invoke"))...)},
		"to another path":                {true, post("/callbacks/aliyun", platforms("/invoke")...)},
		"by GET":                         {true, requesttest.Request{Method: http.MethodGet, Path: "/invoke", Header: platforms("/invoke")}},
		"an unknown control path":        {true, post("/invoke", control("/invoke "+strings.Repeat("x", 99)))},
		"an initialiser through the URL": {true, post("/initialize", platforms("/http-invoke")...)},
		"an end through the URL":         {true, post("/pre-stop", platforms("/http-invoke")...)},
		"an initialiser elsewhere":       {true, post("/", platforms("/initialize")...)},
		"an end elsewhere":               {true, post("/", platforms("/pre-stop")...)},
		"outside":                        {false, post("/invoke", platforms("/invoke")...)},
		"an end, outside":                {false, post("/pre-stop", platforms("/pre-stop")...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			send, log := serve(t, config.Refresh, c.inside)
			got, err := send(t.Context(), c.request)
			if err != nil || got.Status != http.StatusNotFound || !strings.Contains(string(got.Body), "there is nothing at this path") {
				t.Errorf("got %d %s, %v, want 404", got.Status, got.Body, err)
			}
			if strings.Contains(log.String(), "media-1") {
				t.Errorf("something was done: %s", log)
			}
		})
	}
}

// Keys count inside alone, and where they come once. Nothing behind sees them.
func TestKeysOfRequests(t *testing.T) {
	t.Parallel()
	refresh := func(header ...requesttest.Field) requesttest.Request {
		return requesttest.Request{Method: http.MethodPost, Path: "/v1/refresh", Body: []byte(`{"MediaIds":"media-1"}`), Header: append(
			[]requesttest.Field{{Name: "Authorization", Value: "Bearer " + requesttest.Token}}, header...)}
	}
	second := requesttest.Field{Name: "x-fc-access-key-id", Value: "LTAI-of-a-client"}
	token := requesttest.Field{Name: "x-fc-security-token", Value: "of-a-client"}
	for name, c := range map[string]struct {
		inside  bool
		request requesttest.Request
		want    string
	}{
		"inside":          {true, refresh(platforms("/http-invoke")...), `"outcome":"refreshed"`},
		"inside, none":    {true, refresh(), "no credentials could be had"},
		"inside, twice":   {true, refresh(append(platforms("/http-invoke"), second)...), "no credentials could be had"},
		"inside, a token": {true, refresh(append(platforms("/http-invoke"), token)...), "no credentials could be had"},
		"inside, alone":   {true, refresh(platforms("/http-invoke")[1:]...), "no credentials could be had"},
		"outside":         {false, refresh(platforms("/http-invoke")...), "no credentials could be had"},
		"outside, by API": {false, refresh(platforms("")...), "no credentials could be had"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			send, log := serve(t, config.Refresh, c.inside)
			got, err := send(t.Context(), c.request)
			if err != nil || got.Status != http.StatusOK || !strings.Contains(string(got.Body), c.want) {
				t.Errorf("got %d %s, %v, want %s", got.Status, got.Body, err, c.want)
			}
			if status := got.Header.Get("X-Fc-Status"); status != map[bool]string{true: "200"}[c.inside] {
				t.Errorf("x-fc-status %q", status)
			}
			if strings.Contains(log.String(), requesttest.AccessKeySecret) {
				t.Errorf("the log tells a key: %s", log)
			}
		})
	}
}

// The life cycle's requests are answered; after pre-stop the queue is closed.
func TestLifeCycle(t *testing.T) {
	t.Parallel()
	send, log := serve(t, config.Refresh, true)
	for _, path := range []string{"/initialize", "/pre-stop", "/pre-stop"} {
		got, err := send(t.Context(), requesttest.Request{Method: http.MethodPost, Path: path, Header: platforms(path)})
		if err != nil || got.Status != http.StatusOK || got.Header.Get("X-Fc-Status") != "200" {
			t.Errorf("%s: got %d %s, %v", path, got.Status, got.Body, err)
		}
	}
	for _, part := range []string{"FC Initialize Start RequestId: 8476a536-e9f4", "FC PreStop End RequestId: 8476a536-e9f4"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %s: %s", part, log)
		}
	}
}

// Nobody begins a line of the log by an ID.
func TestRequestIDsInTheLog(t *testing.T) {
	t.Parallel()
	send, log := serve(t, config.Refresh, true)
	header := []requesttest.Field{{Name: "x-fc-control-path", Value: "/http-invoke"}, {Name: "x-fc-request-id", Value: "a b\tcé"}}
	if _, err := send(t.Context(), requesttest.Request{Method: http.MethodGet, Path: "/healthz", Header: header}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "FC Invoke Start RequestId: abc\n") {
		t.Errorf("got %s", log)
	}
}

package sqs_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		url, want string
		env       []string
	}{
		"empty":              {"", "must begin with sqs://", nil},
		"the queue's URL":    {"https://sqs.eu-west-1.amazonaws.com/123456789012/vod", "must begin with sqs://", nil},
		"no host":            {"sqs:///123456789012/vod", "must name a host", nil},
		"no account":         {"sqs://sqs.eu-west-1.amazonaws.com/vod", "the account's 12 digits", nil},
		"a FIFO queue":       {remote + ".fifo", "the name of a standard queue", nil},
		"a longer path":      {remote + "/more", "the name of a standard queue", nil},
		"a key in it":        {"sqs://" + emulatortest.KeyID + ":" + emulatortest.Key + "@sqs.eu-west-1.amazonaws.com/123456789012/vod", "and nothing else, not ***", nil},
		"parameters":         {remote + "?key=" + emulatortest.Key, "and nothing else, not ***", nil},
		"an unreadable text": {"sqs://%zz" + emulatortest.Key, "and nothing else, not ***", nil},
		"no region":          {"sqs://queues.example.com/123456789012/vod", `AWS_REGION: must be a region such as eu-west-1, not ""`, []string{"AWS_REGION="}},
		"no credentials":     {remote, "AWS_ACCESS_KEY_ID: must be set", []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}},
		"http elsewhere":     {remote, "AWS_ENDPOINT_URL_SQS: must be https; http is for loopback hosts", []string{"AWS_ENDPOINT_URL_SQS=http://10.0.0.1:4566"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, err := sqs.Open(test.url, sqs.Options{Getenv: emulatortest.Environ(test.env...)})
			if q != nil || core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Open returns %v, %v; want that %q", q, err, test.want)
			}
			discreet(t, err)
		})
	}
}

// TestWhereRequestsGo looks at the first request of a queue.
func TestWhereRequestsGo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		url             string
		env             []string
		allowHTTP       bool
		endpoint, queue string
		region          string
	}{
		"the queue's host": {
			url: remote, env: []string{"AWS_REGION="},
			endpoint: "https://sqs.eu-west-1.amazonaws.com", queue: "https://sqs.eu-west-1.amazonaws.com/123456789012/vod", region: "eu-west-1",
		},
		"in China": {
			url: "sqs://sqs.cn-north-1.amazonaws.com.cn/123456789012/vod", env: []string{"AWS_REGION="},
			endpoint: "https://sqs.cn-north-1.amazonaws.com.cn", queue: "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/vod", region: "cn-north-1",
		},
		"the environment's region": {
			url: "sqs://queues.example.com/123456789012/vod", env: []string{"AWS_REGION=", "AWS_DEFAULT_REGION=us-east-2"},
			endpoint: "https://queues.example.com", queue: "https://queues.example.com/123456789012/vod", region: "us-east-2",
		},
		"this machine": {
			url:      "sqs://127.0.0.1:4566/000000000000/vod",
			endpoint: "http://127.0.0.1:4566", queue: "http://127.0.0.1:4566/000000000000/vod", region: "eu-west-1",
		},
		"a private host": {
			url:      "sqs://emulator:4566/000000000000/vod",
			endpoint: "https://emulator:4566", queue: "https://emulator:4566/000000000000/vod", region: "eu-west-1",
		},
		"a private host that may be plain": {
			url: "sqs://emulator:4566/000000000000/vod", allowHTTP: true,
			endpoint: "http://emulator:4566", queue: "http://emulator:4566/000000000000/vod", region: "eu-west-1",
		},
		"an endpoint of its own": {
			url: "sqs://sqs.us-east-1.localhost:4566/000000000000/vod", env: []string{"AWS_ENDPOINT_URL_SQS=http://127.0.0.1:4566", "AWS_ENDPOINT_URL=https://no"},
			endpoint: "http://127.0.0.1:4566", queue: "http://sqs.us-east-1.localhost:4566/000000000000/vod", region: "eu-west-1",
		},
		"an endpoint of all services": {
			url: remote, env: []string{"AWS_ENDPOINT_URL=https://vpce.example.com"},
			endpoint: "https://vpce.example.com", queue: "https://sqs.eu-west-1.amazonaws.com/123456789012/vod", region: "eu-west-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var request *http.Request
			var input struct{ QueueUrl string } //nolint:revive // the wire's name
			q := open(t, test.url, sqs.Options{
				AllowHTTP: test.allowHTTP, Getenv: emulatortest.Environ(test.env...),
				Transport: emulatortest.Transport(func(c emulatortest.Call) (any, error) {
					request = c.Request
					c.Read(&input)
					return map[string]any{}, nil
				}),
			})
			if request != nil {
				t.Error("it was asked before it was used")
			}
			_, err := q.Depth(t.Context())
			must(t, err)
			if got := request.URL.Scheme + "://" + request.URL.Host; got != test.endpoint || input.QueueUrl != test.queue {
				t.Errorf("asked %s for %s, want %s for %s", got, input.QueueUrl, test.endpoint, test.queue)
			}
			if signed := request.Header.Get("Authorization"); !strings.Contains(signed, "/"+test.region+"/sqs/aws4_request") {
				t.Errorf("signed %s, want it for %s", signed, test.region)
			}
		})
	}
}

// TestOwnTransport: without a transport of the test's, nobody is there.
func TestOwnTransport(t *testing.T) {
	t.Parallel()
	q := open(t, "sqs://127.0.0.1:1/000000000000/vod", sqs.Options{})
	if _, err := q.Depth(t.Context()); core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "sqs depth: the service cannot be reached") {
		t.Errorf("error %v, want that it cannot be reached", err)
	}
}

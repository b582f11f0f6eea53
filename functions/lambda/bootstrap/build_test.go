package bootstrap_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/bootstrap"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// lines are the records of a log.
func lines(t *testing.T, log string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, record)
	}
	return all
}

// TestRefused: a start that fails says everything that is wrong, and no secret.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environ []string
		wrong   map[string]string // of fields, a part of the detail
		says    string
	}{
		"nothing at all": {nil, map[string]string{"FUNCTION": "must be callback, refresh or credentials"}, "FUNCTION"},
		"much": {
			[]string{"FUNCTION=all", "API_TOKENS=s3cret", "QUEUE_URL=redis://:s3cret@h:6379", "STORE_URL=nats://h"},
			map[string]string{"FUNCTION": "", "API_TOKENS": "16 characters", "QUEUE_URL": "sqs://", "STORE_URL": "dynamodb://"},
			"configuration",
		},
		"a queue that cannot be": {
			append(requesttest.Environ(config.Refresh, "http://127.0.0.1:1"), "QUEUE_URL=sqs://sqs.eu-west-1.amazonaws.com/1/vod.fifo"),
			map[string]string{},
			"QUEUE_URL",
		},
		"no credentials": {[]string{"FUNCTION=callback"}, map[string]string{}, "credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			_, err := bootstrap.Build(t.Context(), test.environ, &log)
			if core.KindOf(err) != core.Invalid {
				t.Errorf("got %v", err)
			}
			named := make(map[string]string)
			for _, record := range lines(t, log.String()) {
				if field, ok := record["field"].(string); ok {
					named[field] = fmt.Sprint(record["detail"])
				}
				if record["level"] != "ERROR" {
					t.Errorf("level %v: %v", record["level"], record)
				}
			}
			for field, detail := range test.wrong {
				if text, ok := named[field]; !ok || !strings.Contains(text, detail) {
					t.Errorf("%s: %q, want %q", field, text, detail)
				}
			}
			if text := log.String(); !strings.Contains(text, test.says) || strings.Contains(text, "s3cret") {
				t.Errorf("the log says %s", text)
			}
		})
	}
}

// TestLog: JSON as Lambda's log controls expect it, with the invocation's ID, and
// metrics at any level.
func TestLog(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"info", "error"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			environ := append(requesttest.Environ(config.Refresh, requesttest.Platform(t)), "LOG_LEVEL="+level, "AWS_EMF_NAMESPACE=vod/test")
			handler, err := bootstrap.Build(t.Context(), environ, &log)
			if err != nil {
				t.Fatal(err)
			}
			log.Reset() // of the notes on the configuration
			ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
			if _, err := handler.Invoke(ctx, []byte(`{"vodrefresh":"tick"}`)); err != nil {
				t.Fatal(err)
			}
			records := lines(t, log.String())
			if len(records) == 0 || !strings.Contains(log.String(), `"Namespace":"vod/test"`) {
				t.Fatalf("the log says %s", &log)
			}
			for _, record := range records {
				if level == "error" && record["_aws"] == nil {
					t.Errorf("logged, and neither an error nor a metric: %v", record)
				}
				if record["requestId"] != "request-1" || record["timestamp"] == nil || record["message"] == nil || record["level"] == nil {
					t.Errorf("a record without its fields: %v", record)
				}
			}
		})
	}
}

// TestDurable: with a queue and a store nothing is asked over the network to start,
// and messages of the queue are taken.
func TestDurable(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAMADEUP")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "made-up")
	var log bytes.Buffer
	environ := append(requesttest.Environ(config.Refresh, "http://127.0.0.1:1"),
		"QUEUE_URL=sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod", "STORE_URL=dynamodb://vodrefresh")
	handler, err := bootstrap.Build(t.Context(), environ, &log)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := handler.Invoke(t.Context(), []byte(`{"Records":[{"eventSource":"aws:sqs","messageId":"id-1","receiptHandle":"h","body":"poison"}]}`))
	if string(answer) != `{"batchItemFailures":[{"itemIdentifier":"id-1"}]}` || err != nil {
		t.Errorf("got %s, %v; %s", answer, err, &log)
	}
}

// A deployment is made of its environment.
func Example() {
	handler, err := bootstrap.Build(context.Background(), []string{
		"FUNCTION=callback", "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret",
		"ALIYUN_CALLBACK_URLS=https://vod.example.com/callbacks/aliyun", "ALIYUN_CALLBACK_KEYS=key-of-callbacks",
	}, io.Discard)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := handler.Invoke(context.Background(), []byte(`{"rawPath":"/healthz","requestContext":{"http":{"method":"HEAD"}}}`))
	fmt.Println(string(answer), err)
	// Output: {"statusCode":200,"headers":{"Content-Type":"text/plain; charset=utf-8"},"body":"","isBase64Encoded":false} <nil>
}

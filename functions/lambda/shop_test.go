package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// shop is a queue, a table and a platform, none of them AWS's or Alibaba's.
type shop struct {
	sqs   *emulatortest.Server
	queue string // its URL
	own   core.Queue
	cloud *vodsim.Server

	environ []string // of the functions, but for FUNCTION
}

// open starts a shop, which ends with the test.
func open(tb testing.TB) *shop {
	tb.Helper()
	s := &shop{sqs: emulatortest.SQS(tb)}
	table := emulatortest.DynamoDB(tb)
	var made struct{ QueueURL string }
	s.call(tb, "CreateQueue", map[string]any{"QueueName": "vod"}, &made)
	s.queue = made.QueueURL

	variables := []string{
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=" + emulatortest.KeyID, "AWS_SECRET_ACCESS_KEY=" + emulatortest.Key,
		"AWS_ENDPOINT_URL_SQS=" + s.sqs.URL, "AWS_ENDPOINT_URL_DYNAMODB=" + table.URL,
	}
	store, err := dynamodb.Open("dynamodb://vodrefresh", dynamodb.Options{Getenv: emulatortest.Environ(variables...)})
	if err == nil {
		err = store.Ensure(tb.Context())
	}
	if err != nil {
		tb.Fatal(err)
	}
	address := strings.Replace(s.queue, "http://", "sqs://", 1)
	s.own, err = sqs.Open(address, sqs.Options{Store: store, Getenv: emulatortest.Environ(variables...)})
	if err != nil {
		tb.Fatal(err)
	}
	s.cloud = vodsim.New(vodsim.Config{
		AccessKeyID: requesttest.AccessKeyID, AccessKeySecret: secret.New(requesttest.AccessKeySecret), AnyMedia: true, RefreshQuota: -1,
		SubmitTime: -1, RefreshTime: -1, // jobs end at once
	})
	cloud, err := s.cloud.Start()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.cloud.Close() })
	s.environ = slices.Concat(requesttest.Environ("", cloud), variables, []string{"LOG_LEVEL=info", "QUEUE_URL=" + address, "STORE_URL=dynamodb://vodrefresh"})
	return s
}

// start runs a function in the shop.
func (s *shop) start(tb testing.TB, function config.Function) *runtimetest.Program {
	tb.Helper()
	return start(tb, append(slices.Clone(s.environ), "FUNCTION="+string(function))...)
}

// call asks the emulator of SQS.
func (s *shop) call(tb testing.TB, operation string, input, output any) {
	tb.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		tb.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.WithoutCancel(tb.Context()), http.MethodPost, s.sqs.URL, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=made-up/20260304/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=made-up")
	answer, err := new(http.Client).Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d, %s", operation, answer.StatusCode, text)
	}
	if err == nil && output != nil {
		err = json.Unmarshal(text, output)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// message is what SQS hands to Lambda.
type message struct {
	MessageID     string            `json:"messageId"`
	ReceiptHandle string            `json:"receiptHandle"`
	Body          string            `json:"body"`
	Attributes    map[string]string `json:"attributes"`
	EventSource   string            `json:"eventSource"`
}

// fill puts media and messages that nobody can read into the queue.
func (s *shop) fill(tb testing.TB, media []string, poison int) {
	tb.Helper()
	messages := make([]core.Message, len(media))
	for i, id := range media {
		task := core.Task{Provider: events.Aliyun, Target: core.Media, ID: id, Options: core.Options{TaskType: core.Refresh}}
		messages[i] = core.NewMessage(task, time.Now())
	}
	if err := s.own.Enqueue(tb.Context(), messages); err != nil {
		tb.Fatal(err)
	}
	for i := range poison {
		s.call(tb, "SendMessage", map[string]any{"QueueUrl": s.queue, "MessageBody": fmt.Sprintf(`{"v":1,"poison":%d`, i)}, nil)
	}
}

// receive takes so many messages out of the queue, as Lambda does.
func (s *shop) receive(tb testing.TB, count int) (all []message) {
	tb.Helper()
	for range 10 * count {
		if len(all) == count {
			return all
		}
		var got struct {
			Messages []struct {
				MessageID, ReceiptHandle, Body string
				Attributes                     map[string]string
			}
		}
		s.call(tb, "ReceiveMessage", map[string]any{
			"QueueUrl": s.queue, "MaxNumberOfMessages": min(10, count-len(all)), "VisibilityTimeout": 360, "AttributeNames": []string{"All"},
		}, &got)
		for _, m := range got.Messages {
			all = append(all, message{m.MessageID, m.ReceiptHandle, m.Body, m.Attributes, "aws:sqs"})
		}
	}
	tb.Fatalf("%d messages, want %d", len(all), count)
	return nil
}

// deliver hands a batch to a function that has so much time, deletes what it does
// not report, as Lambda does, and returns what it reports.
func (s *shop) deliver(tb testing.TB, p *runtimetest.Program, batch []message, timeout time.Duration) (failed []string, took time.Duration) {
	tb.Helper()
	event, err := json.Marshal(map[string]any{"Records": batch})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	result, err := p.Invoke(ctx, runtimetest.Event{Payload: event, Timeout: timeout})
	if err != nil || result.Failed {
		tb.Fatalf("%+v, %v; %s", result.Failure, err, p.Stderr())
	}
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(result.Payload, &answer); err != nil {
		tb.Fatalf("%s: %v", result.Payload, err)
	}
	for _, failure := range answer.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	for _, m := range batch {
		if !slices.Contains(failed, m.MessageID) {
			s.call(tb, "DeleteMessage", map[string]any{"QueueUrl": s.queue, "ReceiptHandle": m.ReceiptHandle}, nil)
		}
	}
	return failed, result.Took
}

// poisoned are the IDs of the messages of a batch that nobody can read, in order.
func poisoned(batch []message) (all []string) {
	for _, m := range batch {
		if strings.Contains(m.Body, `"poison"`) {
			all = append(all, m.MessageID)
		}
	}
	slices.Sort(all)
	return all
}

// refreshed are the media that the platform was asked to refresh, in order, and
// the calls that it took.
func (s *shop) refreshed() (media []string, calls int) {
	for _, call := range s.cloud.Calls() {
		if call.Action == "RefreshMediaPlayUrls" {
			calls++
			media = append(media, call.MediaIDs...)
		}
	}
	slices.Sort(media)
	return media, calls
}

// named are media IDs in order.
func named(count int) []string {
	media := make([]string, count)
	for i := range media {
		media[i] = fmt.Sprintf("media-%04d", i)
	}
	return media
}

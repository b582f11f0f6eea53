package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
)

// The media that the way is about.
const (
	mediaOfCallback = "5a6b0000000000000000000000000001"
	mediaOfRequest  = "5a6b0000000000000000000000000002"
	assetOfCallback = "5a6b0000000000000000000000000003"
)

// follow takes what the API has queued, and a callback of Huawei's, to the
// refresh function as Lambda's poller would, and then ticks.
func (s *stage) follow(ctx context.Context, tool *sam, r *report) {
	r.check("a callback of Huawei, over MFS", func() error { return s.tellHuawei(ctx, tool) })
	r.check("what was queued is submitted, once", func() error { return s.submit(ctx, tool) })
	r.check("the tick asks about the jobs", func() error { return s.tick(ctx, tool) })
}

// tellHuawei invokes the callback function with a signed MFS message. It does not
// go through start-api, whose server drops headers with an underscore.
func (s *stage) tellHuawei(ctx context.Context, tool *sam) error {
	const told = `{"event_type":"transcodeComplete","transcode_info":{"asset_id":"` + assetOfCallback + `","status":"SUCCEED"}}`
	m, err := s.huawei.MFSMessage(told, huawei.EnvelopeText)
	if err != nil {
		return err
	}
	event, err := json.Marshal(httpAPI("/callbacks/huawei", m.Header, string(m.Body)))
	if err != nil {
		return err
	}
	answer, log, err := s.invoke(ctx, tool, "CallbackFunction", event)
	if err != nil {
		return err
	}
	if err := (expected{status: http.StatusOK, holds: `"verdict":"queued"`}).met(answer, nil); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(string(log)))
	}
	return nil
}

// httpAPI is a POST as an HTTP API hands it to a function.
func httpAPI(path string, header http.Header, body string) map[string]any {
	lower := map[string]string{"content-type": "application/json"}
	for name, values := range header {
		lower[strings.ToLower(name)] = strings.Join(values, ",")
	}
	return map[string]any{
		"version": "2.0", "routeKey": "POST " + path, "rawPath": path, "rawQueryString": "", "headers": lower,
		"requestContext": map[string]any{
			"domainName": "abcdefghij.execute-api.us-east-1.amazonaws.com", "stage": "$default", "requestId": "1",
			"http": map[string]string{"method": http.MethodPost, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
		},
		"body": body, "isBase64Encoded": false,
	}
}

// message is one that was received from the queue.
type message struct{ MessageId, ReceiptHandle, Body string } //nolint:revive // AWS's names

// received empties the queue.
func (s *stage) received(ctx context.Context) (all []message, err error) {
	for {
		var some struct{ Messages []message }
		err := s.sqs.ask(ctx, "ReceiveMessage", map[string]any{
			"QueueUrl": strings.Replace(s.queue, "sqs://", "http://", 1), "MaxNumberOfMessages": 10,
		}, &some)
		if err != nil || len(some.Messages) == 0 {
			return all, err
		}
		all = append(all, some.Messages...)
	}
}

// submit hands the messages over, one of them a second time and a broken one with
// them, and looks at what the platforms were asked for.
func (s *stage) submit(ctx context.Context, tool *sam) error {
	messages, err := s.received(ctx)
	if err != nil || len(messages) == 0 {
		return fmt.Errorf("nothing was queued: %w", err)
	}
	const twice, broken = "twice", "broken"
	again := messages[0]
	again.MessageId = twice
	messages = append(messages, again, message{MessageId: broken, ReceiptHandle: "none", Body: "not a message"})
	event, err := json.Marshal(sqsEvent(messages))
	if err != nil {
		return err
	}
	answer, log, err := s.invoke(ctx, tool, "RefreshFunction", event)
	if err != nil {
		return err
	}
	if err := same(answer, `{"batchItemFailures":[{"itemIdentifier":"`+broken+`"}]}`); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(string(log)))
	}
	return s.submitted()
}

// sqsEvent is a batch as Lambda's poller hands it to a function.
func sqsEvent(messages []message) map[string]any {
	records := make([]map[string]any, len(messages))
	for i, m := range messages {
		records[i] = map[string]any{
			"messageId": m.MessageId, "receiptHandle": m.ReceiptHandle, "body": m.Body, "eventSource": "aws:sqs",
			"eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:vod", "awsRegion": "us-east-1",
			"attributes": map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1790000000000"},
		}
	}
	return map[string]any{"Records": records}
}

// submitted looks for each media in what the platforms were asked for.
func (s *stage) submitted() error {
	all := strings.Join(s.spent(), "; ")
	for _, id := range []string{mediaOfCallback, mediaOfRequest, assetOfCallback} {
		if n := strings.Count(all, id); n != 1 {
			return fmt.Errorf("%s was submitted %d times, want once; in all %s", id, n, all)
		}
	}
	return nil
}

// tick invokes the refresh function as the schedule does, until it has asked about
// the jobs, which are not due at once.
func (s *stage) tick(ctx context.Context, tool *sam) error {
	const event = `{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`
	const patience, pause = 90 * time.Second, time.Second
	var log []byte
	for until := s.clock.Now().Add(patience); s.clock.Now().Before(until); {
		answer, said, err := s.invoke(ctx, tool, "RefreshFunction", []byte(event))
		if err != nil || string(answer) != "null" {
			return fmt.Errorf("answered %s: %w\n%s", answer, err, tail(string(said)))
		}
		log = said
		actions := s.actions()
		if slices.Contains(actions, "GetMediaRefreshJobs") && slices.Contains(actions, "ShowRefreshResult") {
			return nil
		}
		if err := s.clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	return fmt.Errorf("nobody asked about the jobs, but %s\n%s", s.actions(), tail(string(log)))
}

// actions are the calls that the platforms got.
func (s *stage) actions() (all []string) {
	for _, call := range s.aliyun.Calls() {
		all = append(all, call.Action)
	}
	for _, call := range s.huawei.Calls() {
		all = append(all, call.Action)
	}
	return all
}

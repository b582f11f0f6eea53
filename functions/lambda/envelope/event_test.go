package envelope_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelope"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	records := []envelope.Record{
		{MessageID: "id-1", ReceiptHandle: "handle-1", Body: `{"v":1}`, Receives: 3},
		{MessageID: "id-2", ReceiptHandle: "handle-2"},
	}
	for name, test := range map[string]struct {
		event string
		http  bool
		want  envelope.Event
		wrong string // part of the error
	}{
		"messages": {event: `{"Records":[{"messageId":"id-1","receiptHandle":"handle-1","body":"{\"v\":1}","attributes":{"ApproximateReceiveCount":"3"},` +
			`"messageAttributes":{},"eventSource":"aws:sqs"},{"messageId":"id-2","receiptHandle":"handle-2","body":"","eventSource":"aws:sqs"}]}`, want: envelope.Event{Records: records}},
		"messages that are odd": {
			event: `{"Records":[{"eventSource":"aws:sqs","messageId":"id-1","receiptHandle":7,"body":{"v":1},"attributes":{"ApproximateReceiveCount":"many"}},` +
				`{"eventSource":"aws:sqs","messageId":"id-2","receiptHandle":null,"body":5,"attributes":null},{"eventSource":"aws:sqs","messageId":"id-3","receiptHandle":"handle-3","body":"b","attributes":{"ApproximateReceiveCount":4}}]}`,
			want: envelope.Event{Records: []envelope.Record{{MessageID: "id-1"}, {MessageID: "id-2"}, {MessageID: "id-3", ReceiptHandle: "handle-3", Body: "b"}}},
		},
		"a rule's schedule":      {event: `{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","time":"2026-01-01T00:00:00Z","resources":[],"detail":{}}`, want: envelope.Event{Tick: true}},
		"a scheduler's schedule": {event: `{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.scheduler","detail":"{}"}`, want: envelope.Event{Tick: true}},
		"a tick":                 {event: `{"vodrefresh":"tick"}`, want: envelope.Event{Tick: true}},
		"format 2.0":             {event: `{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, http: true},
		"format 1.0":             {event: `{"version":"1.0","path":"/","httpMethod":"GET","requestContext":{"identity":{}}}`, http: true},
		"a load balancer":        {event: `{"path":"/","httpMethod":"M-SEARCH","requestContext":{"elb":{"targetGroupArn":"arn"}}}`, http: true},

		"a topic":             {event: `{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"s3cret"}}]}`, wrong: `record 1 of 1 is of "aws:sns", only aws:sqs is known`},
		"a message of nobody": {event: `{"Records":[{"eventSource":"aws:sqs","body":"s3cret"}]}`, wrong: "record 1 of 1 has no messageId"},
		"no messages":         {event: `{"Records":[]}`, wrong: "of no kind that is known"},
		"another event":       {event: `{"detail-type":"s3cret","source":"aws.ec2"}`, wrong: "of no kind that is known"},
		"another tick":        {event: `{"vodrefresh":"s3cret"}`, wrong: "of no kind that is known"},
		"nothing":             {event: ``, wrong: "not JSON, from byte 0 on"},
		"no JSON":             {event: `s3cret`, wrong: "not JSON, from byte 1 on"},
		"a list":              {event: `["s3cret"]`, wrong: "must be of another type than array"},
		"null":                {event: `null`, wrong: "of no kind that is known"},
		"a body of its own":   {event: `{"httpMethod":"POST","path":"/","body":{"a":"s3cret"}}`, wrong: "body must be of another type than object"},
		"headers of its own":  {event: `{"httpMethod":"POST","path":"/","headers":["s3cret"]}`, wrong: "the event cannot be read: headers must be of another type than array"},
		"a record of its own": {event: `{"Records":["s3cret"]}`, wrong: "Records must be of another type than string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := envelope.Decode([]byte(test.event))
			if test.wrong != "" {
				if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), test.wrong) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("got %v, want %q", err, test.wrong)
				}
				return
			}
			if (got.HTTP != nil) != test.http || err != nil {
				t.Fatalf("got %+v, %v", got, err)
			}
			if got.HTTP = nil; !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for want, ids := range map[string][]string{
		`{"batchItemFailures":[]}`: nil,
		`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}`: {"a", "b", "a"},
	} {
		if got, err := json.Marshal(envelope.Failures(ids...)); string(got) != want || err != nil {
			t.Errorf("%v is written as %s, %v, want %s", ids, got, err, want)
		}
	}
}

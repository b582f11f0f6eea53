package envelopetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// The event is that of the platform's documents.
func TestHTTP(t *testing.T) {
	t.Parallel()
	const want = `{"version":"v1","rawPath":"/a%2Fb","body":"/wA=","isBase64Encoded":true,` +
		`"headers":{"Host":"vodrefresh-abcdefghij.cn-shanghai.fcapp.run","X-Twice":"1,2"},"queryParameters":{"a":"1,2","b":"c d"},` +
		`"requestContext":{"accountId":null,"domainName":"vodrefresh-abcdefghij.cn-shanghai.fcapp.run","domainPrefix":null,` +
		`"http":{"method":"PUT","path":"/a/b","protocol":"HTTP/1.1","sourceIp":"192.0.2.77","userAgent":"made-up/1.0"},` +
		`"requestId":"1-6743a2f1-15b3c8a0-2f6f1d5a9c3e","time":"2026-05-28T20:26:41Z","timeEpoch":"1780000001000"}}`
	got, err := json.Marshal(envelopetest.HTTP(requesttest.Request{
		Method: "PUT", Path: "/a%2Fb", Query: "a=1&b=c%20d&a=2", Body: []byte("\xff\x00"),
		Header: []requesttest.Field{{Name: "x-twice", Value: "1"}, {Name: "X-TWICE", Value: "2"}},
	}))
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if e := envelopetest.HTTP(requesttest.Request{Method: "GET", Path: "/%", Query: "%"}); *e.TriggerContext.Http.Path != "/%" || len(*e.QueryParameters) != 0 {
		t.Errorf("a path and a query that are encoded wrongly: got %q and %v", *e.TriggerContext.Http.Path, *e.QueryParameters)
	}
}

func TestUnwrap(t *testing.T) {
	t.Parallel()
	for answer, part := range map[string]string{
		`{"statusCode":204,"headers":{"A":"b"},"body":"","isBase64Encoded":false}`: "",
		`{"statusCode":200,"cookies":[]}`:                                          "an answer of another shape",
		`7`:                                                                        "an answer of another shape",
		`{"statusCode":200,"isBase64Encoded":true,"body":"?"}`: "an answer that is not Base64",
	} {
		got, err := envelopetest.Unwrap([]byte(answer))
		if part == "" && (err != nil || got.Status != 204 || got.Header.Get("A") != "b") || part != "" && (err == nil || !strings.Contains(err.Error(), part)) {
			t.Errorf("%s: got %+v, %v", answer, got, err)
		}
	}
}

// What goes wrong on the way is an error, no answer.
func TestTriggerThatFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	send := envelopetest.Trigger(func(context.Context, []byte) ([]byte, error) { return nil, broken })
	if _, err := send(t.Context(), requesttest.Request{Method: "GET", Path: "/"}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestOtherEvents(t *testing.T) {
	t.Parallel()
	var messages []struct {
		Type string
		Data struct{ MessageID, MessageBody string }
	}
	if err := json.Unmarshal(envelopetest.Queue("a", "{}"), &messages); err != nil || len(messages) != 2 ||
		messages[1].Type != "mns:Queue:SendMessage" || messages[1].Data.MessageBody != "{}" || messages[1].Data.MessageID != "message-2" {
		t.Errorf("got %+v, %v", messages, err)
	}
	var tick struct{ TriggerTime, TriggerName, Payload string }
	if err := json.Unmarshal(envelopetest.Timer(), &tick); err != nil || tick.TriggerName != "every-minute" {
		t.Errorf("got %+v, %v", tick, err)
	}
}

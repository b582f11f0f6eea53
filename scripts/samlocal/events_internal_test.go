package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

func TestParse(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o, err := parse([]string{"-emulators", "e", "-rootfs", "r", "-scratch", "s", "-match", "sqs"}, &out)
	if err != nil || o != (options{"sam", "172.17.0.1", "e", "r", "s", "sqs"}) {
		t.Errorf("%+v, %v", o, err)
	}
	for name, args := range map[string][]string{"nothing": {"-emulators", "e"}, "unknown": {"-nothing"}} {
		if _, err := parse(args, &out); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Something is expected of every event that there is.
func TestExpectations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../" + eventsFolder + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	if err := complete(files, expectations()); err != nil {
		t.Error(err)
	}
	if err := complete(append(files, "a/new.json"), expectations()); err == nil || !strings.Contains(err.Error(), "a/new.json") {
		t.Errorf("of a new event: %v", err)
	}
	if err := complete(files[1:], expectations()); err == nil || !strings.Contains(err.Error(), filepath.Base(files[0])) {
		t.Errorf("of an event that is gone: %v", err)
	}
	if got := functionOf("testdata/lambda/credentials_httpapi_token.json"); got != "CredentialsFunction" {
		t.Error(got)
	}
}

func TestMet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want   expected
		answer string
		calls  []string
		fails  string
	}{
		"an HTTP answer":   {expected{status: 403, holds: "b"}, `{"statusCode": 403, "body": "abc"}`, nil, ""},
		"another status":   {expected{status: 200, holds: "b"}, `{"statusCode": 403, "body": "abc"}`, nil, "want 200 and b"},
		"another body":     {expected{status: 403, holds: "d"}, `{"statusCode": 403, "body": "abc"}`, nil, "want 403 and d"},
		"no answer":        {expected{status: 403}, ``, nil, "the answer is"},
		"failures":         {expected{holds: `{"batchItemFailures":[{"itemIdentifier":"a"}]}`}, `{"batchItemFailures": [{"itemIdentifier": "a"}]}`, nil, ""},
		"other failures":   {expected{holds: `{"batchItemFailures":[]}`}, `{"batchItemFailures": [{"itemIdentifier": "a"}]}`, nil, "want"},
		"nothing":          {expected{holds: "null"}, "null", nil, ""},
		"not even nothing": {expected{holds: "null"}, "", nil, "the answer is"},
		"calls":            {expected{holds: "null", calls: "A 1,2; B 3"}, "null", []string{"A 1,2", "B 3"}, ""},
		"other calls":      {expected{holds: "null", calls: "A 1,2"}, "null", []string{"A 1,2", "B 3"}, `were asked for "A 1,2; B 3"`},
		"no call":          {expected{holds: "null", calls: "A 1,2"}, "null", nil, `were asked for ""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.want.met([]byte(test.answer), test.calls)
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%v, want %q", err, test.fails)
			}
		})
	}
}

// What is signed for the API holds, and what is not to hold does not.
func TestRequests(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 20, 7, 49, 17, 0, time.UTC)
	verifier, err := aliyun.NewVerifier([]string{requesttest.CallbackURL}, []secret.Value{secret.New(requesttest.CallbackKey)})
	if err != nil {
		t.Fatal(err)
	}
	callbacks := 0
	for _, r := range requests(now) {
		if r.path != "/callbacks/aliyun" {
			continue
		}
		callbacks++
		_, err := verifier.Verify(r.header, now)
		if refused := r.status == http.StatusForbidden; refused != (err != nil) {
			t.Errorf("%s: %v", r.name, err)
		}
	}
	if callbacks < 5 {
		t.Errorf("%d callbacks", callbacks)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := &report{out: &out, clock: clock.NewFake(time.Unix(0, 0))}
	r.check("one", func() error { return nil })
	if err := r.verdict(); err != nil {
		t.Error(err)
	}
	r.check("two", func() error { return errors.New("no") })
	if err := r.verdict(); err == nil {
		t.Error("a failure was left out")
	}
	const want = "ok      0.0 s  one\n1 passed, 0 failed\nFAIL    0.0 s  two\n     no\n1 passed, 1 failed\n"
	if out.String() != want {
		t.Errorf("reported %q, want %q", out.String(), want)
	}
}

// The emulators take the template's queue and table, and a message goes through.
func TestStage(t *testing.T) {
	emulatortest.SQS(t).Stop() // ends the test where the emulators are missing
	t.Chdir("../..")
	s, err := open(t.Context(), options{host: loopback, emulators: os.Getenv(emulatortest.Folder)}, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if !strings.HasPrefix(s.queue, "sqs://") || s.table != "dynamodb://vodrefresh" {
		t.Errorf("queue %s, table %s", s.queue, s.table)
	}
	for name, value := range s.environment() {
		if value != "true" && !strings.HasPrefix(value, "http://127.0.0.1:") {
			t.Errorf("%s is %q", name, value)
		}
	}
	err = s.sqs.ask(t.Context(), "SendMessage", map[string]string{"QueueUrl": strings.Replace(s.queue, "sqs://", "http://", 1), "MessageBody": "hello"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := s.received(t.Context())
	if err != nil || len(messages) != 1 || messages[0].Body != "hello" {
		t.Errorf("%v, %v", messages, err)
	}
	if err := s.dynamodb.ask(t.Context(), "PutItem", map[string]any{"TableName": "nothing"}, nil); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("of a table that is not there: %v", err)
	}
	if err := s.permitted("CallbackFunction"); err != nil {
		t.Errorf("what was done behind the functions' back: %v", err)
	}
	through := *s.dynamodb
	through.url = s.tablesAt
	if err := through.ask(t.Context(), "Scan", map[string]any{"TableName": "vodrefresh"}, nil); err != nil {
		t.Error(err)
	}
	if err := s.permitted("CallbackFunction"); err == nil || !strings.Contains(err.Error(), "CallbackFunction needs dynamodb:Scan") {
		t.Errorf("of a call that the role does not allow: %v", err)
	}
	if err := s.submitted(); err == nil || !strings.Contains(err.Error(), "0 times") {
		t.Errorf("nothing was submitted, and %v", err)
	}
}

// What a call needs is the permission's name, which batches of SQS do not have.
func TestWatch(t *testing.T) {
	t.Parallel()
	var w watch
	w.note("sqs", "AmazonSQS.SendMessageBatch")
	w.note("sqs", "AmazonSQS.SendMessage")
	w.note("dynamodb", "DynamoDB_20120810.BatchGetItem")
	if got := strings.Join(w.take(), " "); got != "dynamodb:BatchGetItem sqs:SendMessage" {
		t.Errorf("noted %s", got)
	}
	if got := w.take(); len(got) != 0 {
		t.Errorf("noted again %v", got)
	}
	for path, want := range map[string]string{
		"/callbacks/aliyun": "CallbackFunction", "/v1/uploads/a/credentials": "CredentialsFunction", "/v1/quota": "RefreshFunction",
	} {
		if got := (tried{path: path}).function(); got != want {
			t.Errorf("%s is answered by %s", path, got)
		}
	}
}

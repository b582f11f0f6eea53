package engine_test

import (
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onaws"
)

// account is what the AWS SDK's own variables are for a test, and what else is
// given as NAME=value. They are the process's: who sets them runs beside no other
// test.
func account(more ...string) map[string]string {
	all := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": emulatortest.KeyID, "AWS_SECRET_ACCESS_KEY": emulatortest.Key, "AWS_SESSION_TOKEN": emulatortest.Session,
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_SQS": "", "AWS_ENDPOINT_URL_DYNAMODB": "",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
	}
	for _, line := range more {
		name, value, _ := strings.Cut(line, "=")
		all[name] = value
	}
	return all
}

// createQueue makes an SQS queue of a new name, and returns its URL.
func createQueue(t *testing.T, service *emulatortest.Server) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, service.URL, strings.NewReader(`{"QueueName":"`+strings.ToLower(rand.Text())+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AmazonSQS.CreateQueue")
	r.Header.Set("X-Amz-Date", "20260304T120000Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=made-up/20260304/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=made-up")
	answer, err := new(http.Client).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var made struct{ QueueURL string }
	if err := json.NewDecoder(answer.Body).Decode(&made); err != nil || made.QueueURL == "" {
		t.Fatalf("no queue was made: %d, %v", answer.StatusCode, err)
	}
	return strings.Replace(made.QueueURL, "http://", "sqs://", 1)
}

// settle receives the one message that there is, and ends it.
func settle(t *testing.T, q core.Queue, how core.Settlement) {
	t.Helper()
	got, err := q.Receive(t.Context(), 1, 10*time.Second)
	if err != nil || len(got) != 1 {
		t.Fatalf("received %+v, %v", got, err)
	}
	how.Delivery = got[0]
	if err := q.Settle(t.Context(), []core.Settlement{how}); err != nil {
		t.Error(err)
	}
}

// TestOnAWS opens queue and store on SQS and DynamoDB, together and beside others.
// The environment keeps it from running beside other tests.
func TestOnAWS(t *testing.T) {
	queues, tables := emulatortest.SQS(t), emulatortest.DynamoDB(t)
	services := []string{"AWS_ENDPOINT_URL_SQS=" + queues.URL, "AWS_ENDPOINT_URL_DYNAMODB=" + tables.URL}
	const table = "dynamodb://vodrefresh"
	made, err := dynamodb.Open(table, dynamodb.Options{Getenv: emulatortest.Environ(services...)})
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	if err := made.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	redis := startRedis(t)
	later := time.Now().Add(20 * time.Minute)
	for name, c := range map[string]struct {
		queue, store string
		keeps        bool // long delays and dead letters
	}{
		"both":               {createQueue(t, queues), table, true},
		"queue alone":        {createQueue(t, queues), "none:", false},
		"store alone":        {"direct:", table, false},
		"queue, Redis":       {createQueue(t, queues), redis, true},
		"store beside Redis": {redis, table, true},
	} {
		t.Run(name, func(t *testing.T) {
			for name, value := range account(services...) {
				t.Setenv(name, value)
			}
			var log safeBuffer
			logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			e, err := engine.Open(t.Context(), load(t, c.queue, c.store), engine.Options{Log: logger}, drivers()...)
			if err != nil {
				t.Fatal(err)
			}
			if (e.Queue == nil) != (c.queue == "direct:") || (e.Store == nil) != (c.store == "none:") || e.Health() != nil {
				t.Errorf("queue %v, store %v, %v", e.Queue, e.Store, e.Health())
			}
			use(t, e)
			if e.Queue != nil {
				put(t, e.Queue)
				if c.keeps { // or the emulator's redrive policy would have to
					settle(t, e.Queue, core.Settlement{Dead: "no use"})
					put(t, e.Queue)
				}
				task := core.Task{ID: "m", Provider: "aliyun", Target: core.Media, Options: core.Options{TaskType: core.Refresh}}
				settle(t, e.Queue, core.Settlement{Again: &core.Message{Version: core.MessageVersion, Task: task, Due: later}})
				want := core.Depth{Delayed: 1}
				if c.keeps {
					want.Dead = 1
				}
				if got, err := e.Queue.Depth(t.Context()); err != nil || got != want {
					t.Errorf("the queue holds %+v, %v, want %+v", got, err, want)
				}
			}
			end(t, e)
			for _, leak := range emulatortest.Leaks(log.String()) {
				t.Error(leak)
			}
		})
	}
}

// TestOnAWSSaysWhatIsWrong: what can be known without asking is known at once.
func TestOnAWSSaysWhatIsWrong(t *testing.T) {
	const queue, table = "sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod", "dynamodb://vodrefresh"
	const insideSQS, insideTable = "AWS_ENDPOINT_URL_SQS=http://10.1.2.3:9324", "AWS_ENDPOINT_URL_DYNAMODB=http://10.1.2.3:8000"
	for name, c := range map[string]struct {
		queue, store string
		allowHTTP    bool
		environ      []string
		says         []string // none: it opens
	}{
		"right":                   {queue, table, false, nil, nil},
		"a queue of another kind": {queue + ".fifo", table, false, nil, []string{"QUEUE_URL=sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod.fifo: ", "standard queue"}},
		"the name of a table":     {"direct:", "dynamodb://ab", false, nil, []string{"STORE_URL=dynamodb://ab: ", "3 to 255"}},
		"no region":               {"direct:", table, false, []string{"AWS_REGION=", "AWS_DEFAULT_REGION="}, []string{"STORE_URL=dynamodb://vodrefresh: ", "AWS_REGION"}},
		"a queue inside, no HTTP": {queue, "none:", false, []string{insideSQS}, []string{"QUEUE_URL=sqs://", "AWS_ENDPOINT_URL_SQS"}},
		"a queue inside":          {queue, "none:", true, []string{insideSQS}, nil},
		"a store inside, no HTTP": {"direct:", table, false, []string{insideTable}, []string{"STORE_URL=dynamodb://", "AWS_ENDPOINT_URL_DYNAMODB"}},
		"a store inside":          {"direct:", table, true, []string{insideTable}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for name, value := range account(c.environ...) {
				t.Setenv(name, value)
			}
			cfg := load(t, c.queue, c.store)
			cfg.AllowHTTP = c.allowHTTP
			e, err := engine.Open(t.Context(), cfg, engine.Options{}, onaws.Driver())
			if len(c.says) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				if err := e.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if core.KindOf(err) != core.Invalid || e != nil {
				t.Fatalf("got %v of kind %q, want invalid", err, core.KindOf(err))
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			for _, leak := range emulatortest.Leaks(err) {
				t.Error(leak)
			}
		})
	}
}

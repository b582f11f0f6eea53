package emulatortest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

// ask calls an operation without any SDK.
func ask(ctx context.Context, client *http.Client, url, target, input string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(input))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("X-Amz-Date", "20260304T120000Z")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=made-up/20260304/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=made-up")
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

func TestSQS(t *testing.T) {
	t.Parallel()
	s := emulatortest.SQS(t)
	for _, call := range []struct{ operation, input, want string }{
		{"CreateQueue", `{"QueueName":"vod"}`, "/000000000000/vod"},
		{"ListQueues", `{}`, "/000000000000/vod"},
	} {
		status, body, err := ask(t.Context(), new(http.Client), s.URL, "AmazonSQS."+call.operation, call.input)
		if status != http.StatusOK || !strings.Contains(body, call.want) {
			t.Errorf("%s: %d, %s, %v", call.operation, status, body, err)
		}
	}
	s.Stop()
	if _, _, err := ask(t.Context(), new(http.Client), s.URL, "AmazonSQS.ListQueues", `{}`); err == nil {
		t.Error("it answers after its end")
	}
}

// TestDynamoDB: its tables outlive a crash, and it keeps its address.
func TestDynamoDB(t *testing.T) {
	t.Parallel()
	s := emulatortest.DynamoDB(t)
	const create = `{"TableName":"vod","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],` +
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]}`
	if status, body, err := ask(t.Context(), new(http.Client), s.URL, "DynamoDB_20120810.CreateTable", create); status != http.StatusOK {
		t.Fatalf("create: %d, %s, %v", status, body, err)
	}
	before := s.URL
	s.Crash(t)
	status, body, err := ask(t.Context(), new(http.Client), s.URL, "DynamoDB_20120810.ListTables", `{}`)
	if status != http.StatusOK || !strings.Contains(body, `"vod"`) || s.URL != before {
		t.Errorf("after a crash at %s: %d, %s, %v", s.URL, status, body, err)
	}
}

// spy is a test that is told to end, and goes on.
type spy struct {
	testing.TB

	said string
}

func (*spy) Helper()             {}
func (s *spy) Skip(args ...any)  { s.said = "skip: " + fmt.Sprint(args...); panic(s) }
func (s *spy) Fatal(args ...any) { s.said = "fatal: " + fmt.Sprint(args...); panic(s) }

func (s *spy) Fatalf(format string, args ...any) { s.Fatal(fmt.Sprintf(format, args...)) }

// told is what a test is told by a call.
func told(t *testing.T, call func(testing.TB)) (said string) {
	t.Helper()
	s := &spy{TB: t}
	defer func() {
		if ended := recover(); ended != nil && ended != s {
			panic(ended)
		}
		said = s.said
	}()
	call(s)
	return ""
}

// TestMissing: without emulators a test says what it lacks, and fails where CI is
// true. Its environment keeps it from running beside others.
func TestMissing(t *testing.T) {
	broken := t.TempDir()
	if err := os.MkdirAll(filepath.Join(broken, "node_modules", "dynalite"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "node_modules", "dynalite", "cli.js"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ ci, folder, path, want string }{
		{"", "", os.Getenv("PATH"), "skip: VODREFRESH_EMULATORS is not set: `scripts/test engines` installs"},
		{"true", "", os.Getenv("PATH"), "fatal: VODREFRESH_EMULATORS is not set"},
		{"", t.TempDir(), os.Getenv("PATH"), "skip: the emulator is not in VODREFRESH_EMULATORS"},
		{"true", t.TempDir(), os.Getenv("PATH"), "fatal: the emulator is not in VODREFRESH_EMULATORS"},
		{"", broken, "", "fatal: the emulator cannot be started; it needs Node.js"},
		{"", broken, os.Getenv("PATH"), "fatal: the emulator does not come up"},
	} {
		t.Setenv("CI", test.ci)
		t.Setenv(emulatortest.Folder, test.folder)
		t.Setenv("PATH", test.path)
		if said := told(t, func(tb testing.TB) { tb.Helper(); emulatortest.DynamoDB(tb) }); !strings.HasPrefix(said, test.want) {
			t.Errorf("CI=%s with %q: %q, want %q", test.ci, test.folder, said, test.want)
		}
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	away := errors.New("connection reset")
	for operation, want := range map[string]struct {
		answer any
		err    error
		status int
		body   string
	}{
		"PutItem":    {map[string]string{"a": "b"}, nil, http.StatusOK, `{"a":"b"}`},
		"GetItem":    {emulatortest.Refusal{Code: "Odd", Message: "so"}, nil, http.StatusBadRequest, `{"Item":null,"__type":"com.amazonaws#Odd","message":"so"}`},
		"Query":      {emulatortest.Refusal{Status: 503, Code: "Down"}, nil, http.StatusServiceUnavailable, `"com.amazonaws#Down"`},
		"Scan":       {nil, away, 0, ""},
		"Unwritable": {func() {}, nil, 0, ""},
	} {
		transport := emulatortest.Transport(func(c emulatortest.Call) (any, error) {
			var input struct{ Key string }
			c.Read(&input)
			if c.Operation != operation || input.Key != "k" || c.Request.URL.Host != "nowhere.example.com" {
				t.Errorf("called %s with %s at %s", c.Operation, c.Input, c.Request.URL)
			}
			return want.answer, want.err
		})
		status, body, err := ask(t.Context(), &http.Client{Transport: transport}, "https://nowhere.example.com", "Any."+operation, `{"Key":"k"}`)
		if status != want.status || !strings.Contains(body, want.body) || (err != nil) != (want.status == 0) || want.err != nil && !errors.Is(err, want.err) {
			t.Errorf("%s: %d, %s, %v", operation, status, body, err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	request, err := http.NewRequestWithContext(ended, http.MethodPost, "https://nowhere.example.com", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := emulatortest.Transport(nil).RoundTrip(request)
	if err == nil {
		answer.Body.Close()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a call whose time is up: %v", err)
	}
}

// TestMisread: a test that misunderstands its own calls is told so.
func TestMisread(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("it read what is not there")
		}
	}()
	var number int
	emulatortest.Call{Input: []byte(`"text"`)}.Read(&number)
}

func TestLeaks(t *testing.T) {
	t.Parallel()
	env := emulatortest.Environ("AWS_REGION=us-east-2", "MORE=a=b", "AWS_SESSION_TOKEN=")
	if got := env("AWS_REGION") + env("MORE") + env("AWS_SESSION_TOKEN") + env("HOME"); got != "us-east-2a=b" {
		t.Errorf("the environment has %q", got)
	}
	if leaks := emulatortest.Leaks("nothing", 1, nil); len(leaks) > 0 {
		t.Errorf("of nothing, %v leaks", leaks)
	}
	hidden := struct{ Name, Value string }{"key", env("AWS_SECRET_ACCESS_KEY")}
	if leaks := emulatortest.Leaks(errors.New(env("AWS_ACCESS_KEY_ID")), hidden); len(leaks) != 2 {
		t.Errorf("of two, %v leak", leaks)
	}
}

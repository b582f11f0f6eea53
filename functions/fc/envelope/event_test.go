package envelope_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
)

const folder = "../../../testdata/fc"

// recorded reads every recorded event, by its name.
func recorded(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no events in %s: %v", folder, err)
	}
	all := make(map[string][]byte, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = text
	}
	return all
}

// The second word of an event's name is its kind.
func TestRecordedEvents(t *testing.T) {
	t.Parallel()
	for name, payload := range recorded(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := envelope.Decode(payload)
			if err != nil {
				t.Fatal(err)
			}
			if want := envelope.Kind(strings.Split(name, "_")[1]); e.Kind != want {
				t.Errorf("kind %q, want %q", e.Kind, want)
			}
			for _, m := range e.Messages {
				if m.ID == "" && name != "refresh_queue_bodies" {
					t.Errorf("no ID: %+v", m)
				}
				if !json.Valid(m.Body) && name != "refresh_queue_poison" {
					t.Errorf("the body is not what was sent: %s", m.Body)
				}
			}
		})
	}
}

// Every form of a queue event leads to the same bodies.
func TestFormsOfMessages(t *testing.T) {
	t.Parallel()
	const body = `{"EventType":"TranscodeComplete","VideoId":"v"}`
	const coded = "eyJFdmVudFR5cGUiOiJUcmFuc2NvZGVDb21wbGV0ZSIsIlZpZGVvSWQiOiJ2In0="
	quoted, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	cloud := func(data string) string {
		return `{"id":"c","specversion":"1.0","type":"mns:Queue:SendMessage","data":` + data + `}`
	}
	text := func(inner string) string {
		out, err := json.Marshal(inner)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	data := `{"requestId":"r","messageId":"m","messageBody":` + string(quoted) + `}`
	for name, c := range map[string]struct{ payload, id, body string }{
		"array of objects":        {"[" + cloud(data) + "]", "m", body},
		"one object":              {cloud(data), "m", body},
		"blanks around":           {"\n [ " + cloud(data) + " ]\r\n", "m", body},
		"array of strings":        {"[" + text(cloud(data)) + "]", "m", body},
		"one string":              {text(cloud(data)), "m", body},
		"a string in Base64":      {text(base64.StdEncoding.EncodeToString([]byte(cloud(data)))), "m", body},
		"Base64":                  {"[" + cloud(`{"messageId":"m","messageBody":"`+coded+`"}`) + "]", "m", body},
		"Base64 with a line end":  {"[" + cloud(`{"messageId":"m","messageBody":"`+coded+`\n"}`) + "]", "m", body},
		"no message ID":           {"[" + cloud(`{"messageBody":`+string(quoted)+`}`) + "]", "c", body},
		"a number for an ID":      {"[" + cloud(`{"messageId":17,"messageBody":`+string(quoted)+`}`) + "]", "17", body},
		"data in a string":        {"[" + cloud(text(data)) + "]", "m", body},
		"the body as data":        {"[" + cloud(body) + "]", "c", body},
		"the body as text data":   {"[" + cloud(string(quoted)) + "]", "c", body},
		"the body as Base64 data": {"[" + cloud(`"`+coded+`"`) + "]", "c", body},
		"the body parsed":         {"[" + cloud(`{"messageId":"m","messageBody":`+body+`}`) + "]", "m", body},
		"bodies alone":            {"[" + body + "]", "", body},
		"a body alone":            {body, "", body},
		"bodies in strings":       {"[" + string(quoted) + "]", "", body},
		"bodies in Base64":        {`["` + coded + `"]`, "", body},
		"a message of ours":       {`{"v":1,"task":{}}`, "", `{"v":1,"task":{}}`},

		// Nothing gets lost: whoever reads bodies says what is wrong with them.
		"no message":             {`[7]`, "", `7`},
		"null":                   {`[null]`, "", `null`},
		"no data":                {`[{"id":"c","type":"x"}]`, "c", `{"id":"c","type":"x"}`},
		"data that is null":      {`[{"id":"c","data":null}]`, "c", `{"id":"c","data":null}`},
		"an empty body":          {"[" + cloud(`{"messageId":"m","messageBody":""}`) + "]", "m", ""},
		"text":                   {"[" + cloud(`{"messageId":"m","messageBody":"hello"}`) + "]", "m", "hello"},
		"text that looks coded":  {"[" + cloud(`{"messageId":"m","messageBody":"abcd"}`) + "]", "m", "abcd"},
		"data of another source": {"[" + cloud(`{"eventName":"x"}`) + "]", "c", `{"eventName":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := envelope.Decode([]byte(c.payload))
			if err != nil || e.Kind != envelope.Queue || len(e.Messages) != 1 {
				t.Fatalf("got %+v, %v", e, err)
			}
			if got := e.Messages[0]; got.ID != c.id || string(got.Body) != c.body {
				t.Errorf("got ID %q and body %s, want %q and %s", got.ID, got.Body, c.id, c.body)
			}
		})
	}
}

func TestAnEmptyBatch(t *testing.T) {
	t.Parallel()
	if e, err := envelope.Decode([]byte("[]")); err != nil || e.Kind != envelope.Queue || len(e.Messages) != 0 {
		t.Errorf("got %+v, %v, want a queue event without messages", e, err)
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]envelope.Tick{
		`{"triggerTime":"2026-05-28T20:27:00Z","triggerName":"t","payload":"p"}`:            {Trigger: "t", At: time.Date(2026, 5, 28, 20, 27, 0, 0, time.UTC), Payload: "p"},
		`{"triggerTime":"2026-05-28T20:27:00+08:00","triggerName":"t","payload":{"a":[1]}}`: {Trigger: "t", At: time.Date(2026, 5, 28, 12, 27, 0, 0, time.UTC), Payload: `{"a":[1]}`},
		`{"triggerTime":1780000020,"payload":null}`:                                         {},
		`{"triggerName":"t"}`: {Trigger: "t"},
	} {
		if e, err := envelope.Decode([]byte(payload)); err != nil || e.Kind != envelope.Timer || e.Tick != want {
			t.Errorf("%s: got %+v, %v, want %+v", payload, e, err, want)
		}
	}
}

// What is not known is refused in words that say what is, and none of it is
// repeated.
func TestEventsOfNoKind(t *testing.T) {
	t.Parallel()
	for payload, part := range map[string]string{
		"":                                "the event is empty",
		"\u000d\n":                        "the event is empty",
		"hello-s3cret":                    "of no kind that is known",
		"7":                               "of no kind that is known",
		"null":                            "of no kind that is known",
		"\x00[]":                          "of no kind that is known",
		`{}`:                              "of no kind that is known",
		`{"Records":[{"s3cret":1}]}`:      "of no kind that is known",
		`{"requestContext":7}`:            "requestContext and its http must be objects",
		`{"requestContext":{"http":"a"}}`: "requestContext and its http must be objects",
		`{"s3cret":`:                      "not JSON",
		`["s3cret"`:                       "not JSON",
		`"s3cret`:                         "not JSON",
	} {
		_, err := envelope.Decode([]byte(payload))
		if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: got %v, want an Invalid error with %q", payload, err, part)
		}
	}
}

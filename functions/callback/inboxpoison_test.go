package callback_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/callback"
)

// hidden is in bodies that cannot be read, and in no error and no log line.
const hidden = "auth_key-hunter2"

// poison is what cannot be read, and what is said of it.
func poison() map[string]struct{ body, says string } {
	replaced := func(from, to string) string { return strings.Replace(own("a", ""), from, to, 1) }
	const neither = "neither a callback, which has an EventType, nor a message, which has v and task"
	return map[string]struct{ body, says string }{
		"nothing":                  {"", "empty"},
		"blanks":                   {" \r\n", "empty"},
		"words":                    {"some words of " + hidden, "neither a JSON object nor base64 of one"},
		"an array":                 {`[` + told("TranscodeComplete", "a") + `]`, "neither a JSON object"},
		"a string":                 {`"` + hidden + `"`, "neither a JSON object"},
		"cut off":                  {told("TranscodeComplete", hidden)[:90], "not valid JSON"},
		"Base64 of words":          {inBase64("some words of " + hidden), "neither a JSON object"},
		"Base64 of what is cut":    {inBase64(own(hidden, "")[:80]), "not valid JSON"},
		"Base64 twice":             {inBase64(inBase64(own(hidden, ""))), "neither a JSON object"},
		"an empty object":          {"{}", neither},
		"another's object":         {`{"VideoId":"` + hidden + `"}`, neither},
		"an event of no type":      {`{"EventType":null,` + own("a", "")[1:], neither},
		"an event of an odd type":  {`{"EventType":{"` + hidden + `":1},` + own("a", "")[1:], neither},
		"another version":          {replaced(`"v":1`, `"v":2`), "v: must be 1"},
		"no version":               {replaced(`"v":1,`, ``), "v: must be 1"},
		"a version in words":       {replaced(`"v":1`, `"v":"`+hidden+`"`), "not a message: v has the wrong type"},
		"no task":                  {`{"v":1}`, "task.provider: must be aliyun or huawei"},
		"a task of nothing":        {`{"v":1,"task":null}`, "task.provider: must be"},
		"a task in words":          {`{"v":1,"task":"` + hidden + `"}`, "not a message: task has the wrong type"},
		"another provider":         {replaced(`aliyun`, `tencent`), `task.provider: must be aliyun or huawei, not "tencent"`},
		"another target":           {replaced(`"media"`, `"folder"`), "task.target: must be media or url"},
		"no target":                {replaced(`"target":"media",`, ``), "task.target: must be media or url"},
		"no ID":                    {own("", ""), "task.id: must be 1 to 64"},
		"two IDs":                  {own("a,b", ""), "task.id: must be 1 to 64"},
		"an ID that is a number":   {replaced(`"a"`, `18446744073709551616`), "not a message: task.id has the wrong type"},
		"a URL that is none":       {replaced(`"media","id":"a"`, `"url","id":"ftp://a"`), "task.id: must be an absolute"},
		"an option that is none":   {replaced(`"Refresh"`, `"Purge"`), "task.options.TaskType: "},
		"a time in words":          {own("a", `,"received":"`+hidden+`"`), "not a message: a value in it cannot be read"},
		"what is given up, odd":    {strings.Replace(own("a", `,"give_up":"no"`), `"v":1`, `"v":9`, 1), "v: must be 1"},
		"bytes that are no letter": {"{\"v\":1,\"\xff\":\xff}", "not valid JSON"},
	}
}

func TestPoison(t *testing.T) {
	t.Parallel()
	for name, c := range poison() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTray(t, "")
			if errs := tr.accept(t, c.body); len(errs) != 1 || errs[0] != nil {
				t.Fatalf("with a queue: got %v", errs)
			}
			got, err := tr.queue.Receive(t.Context(), 10, 0)
			if err != nil || len(got) != 1 {
				t.Fatalf("with a queue: it holds %+v, %v", got, err)
			}
			m := got[0].Message
			if reason, found := strings.CutPrefix(m.GiveUp, "cannot be read: "); !found || !strings.Contains(reason, c.says) {
				t.Errorf("given up because of %q, want %q", m.GiveUp, c.says)
			}
			if want := strings.ToValidUTF8(c.body, "\uFFFD"); m.Body != want || m.Version != core.MessageVersion || m.Task.ID != "" || !m.Received.Equal(now()) {
				t.Errorf("kept %+v, want the body %q", m, want)
			}
			if err := m.Check(); err != nil {
				t.Errorf("what is kept could not be read either: %v", err)
			}
			tr.counted(t, map[string]int{"unknown malformed": 1})

			tr.Bury = nil
			errs := tr.accept(t, c.body)
			if core.KindOf(errs[0]) != core.Invalid || !strings.Contains(errs[0].Error(), c.says) {
				t.Errorf("without a queue: got %v, want %q", errs[0], c.says)
			}
			tr.Bury = tr.queue
			down := errors.New("the queue is out")
			tr.queue.broken = func(context.Context) error { return down }
			if errs := tr.accept(t, c.body); !errors.Is(errs[0], down) {
				t.Errorf("with a queue that is out: got %v", errs[0])
			}
			tr.counted(t, map[string]int{"unknown malformed": 3})
			log := tr.log.String()
			if strings.Count(log, `"level":"WARN","msg":"callback"`) != 3 || strings.Contains(log+errs[0].Error()+m.GiveUp, hidden) {
				t.Errorf("the log or the error shows too much, or not enough: %s\n%v\n%s", log, errs[0], m.GiveUp)
			}
		})
	}
}

// A dry run hands nothing over, whatever comes in; what cannot be read is kept.
func TestInboxInADryRun(t *testing.T) {
	t.Parallel()
	tr := newTray(t, "")
	tr.Intake.DryRun = true
	for i, err := range tr.accept(t, told("TranscodeComplete", "a"), own("b", ""), inBase64(own("c", "")), "poison") {
		if err != nil {
			t.Errorf("body %d: %v", i, err)
		}
	}
	got, err := tr.queue.Receive(t.Context(), 10, 0)
	if err != nil || len(got) != 1 || got[0].Message.Body != "poison" {
		t.Errorf("the queue holds %+v, %v", got, err)
	}
	tr.counted(t, map[string]int{"TranscodeComplete ignored": 1, "unknown ignored": 2, "unknown malformed": 1})
	if log := tr.log.String(); strings.Count(log, "dry run: not submitted") != 3 || strings.Count(log, `"reason":"dry_run"`) != 3 {
		t.Errorf("the log is %s", log)
	}
}

// unsure is a library that knows one media, misses another, and is out for the rest.
type unsure struct{}

func (unsure) Media(_ context.Context, id string) (core.MediaInfo, error) {
	switch id {
	case "there":
		return core.MediaInfo{ID: id}, nil
	case "missing":
		return core.MediaInfo{}, core.Errorf(core.NotFound, "no such media")
	}
	return core.MediaInfo{}, core.Errorf(core.Unavailable, "the platform is out")
}

// What cannot be decided now comes again, and holds up nothing else.
func TestInboxThatCannotDecide(t *testing.T) {
	t.Parallel()
	tr := newTray(t, "rules: [{on: [TranscodeComplete], do: refresh, confirm: true, delay: 1h}]")
	tr.Intake.Libraries = map[events.Provider]core.Library{events.Aliyun: unsure{}}
	errs := tr.accept(t, told("TranscodeComplete", "unsure"), told("TranscodeComplete", "there"), told("TranscodeComplete", "missing"), own("unsure", ""))
	for i, err := range errs {
		if want := map[int]core.Kind{0: core.Unavailable}[i]; core.KindOf(err) != want {
			t.Errorf("body %d: got %v, want kind %q", i, err, want)
		}
	}
	if len(tr.queue.calls) != 1 || len(tr.queue.calls[0]) != 2 || !tr.queue.calls[0][0].Due.Equal(now().Add(time.Hour)) {
		t.Errorf("enqueued %+v", tr.queue.calls)
	}
	tr.counted(t, map[string]int{"TranscodeComplete failed": 1, "TranscodeComplete queued": 1, "TranscodeComplete ignored": 1, "unknown queued": 1})
}

// FuzzAccept: whatever comes in, it does not panic, and a body is one thing alone:
// handed over, ignored, or refused, by an error or as a dead letter.
func FuzzAccept(f *testing.F) {
	for _, c := range poison() {
		f.Add([]byte(c.body))
	}
	for _, body := range []string{
		told("TranscodeComplete", "a"), told("StreamTranscodeComplete", "a"), inBase64(told("FileUploadComplete", "a")), own("a", ""),
		inBase64(own("a", "")), own("a", `,"give_up":"no"`), own("a", `,"due":"2030-01-01T00:00:00Z","tries":3`), `{"v":1,"give_up":"no","task":{}}`,
		told("TranscodeComplete", "a,b"), told("TranscodeComplete", strings.Repeat("x", 99)), `{"EventType":"TranscodeComplete","Status":"success"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, bury := range []bool{true, false} {
			over := &handover{outcome: core.Outcome{State: core.Queued}}
			buried, counts, log := memory.NewQueue(memory.Config{}), &callback.Counts{}, slog.New(slog.DiscardHandler)
			in := callback.Inbox{Config: callback.Config{
				Counts: counts, Clock: clock.NewFake(now()), Log: log,
				Intake: &core.Intake{Rules: core.DefaultRules(), Handover: over, Clock: clock.NewFake(now()), Log: log},
			}}
			if bury {
				in.Bury = buried
			}
			errs := in.Accept(t.Context(), [][]byte{body})
			depth, err := buried.Depth(t.Context())
			if len(errs) != 1 || err != nil {
				t.Fatalf("%v, %v", errs, err)
			}
			var verdicts []callback.Verdict
			for c := range counts.All() {
				verdicts = append(verdicts, c.Verdict)
			}
			malformed := fmt.Sprint(verdicts) == "[malformed]"
			if refused := errs[0] != nil; refused != (malformed && !bury) || (depth.Ready == 1) != (malformed && bury) {
				t.Fatalf("%v, %v with %d buried", verdicts, errs, depth.Ready)
			}
			if queued := fmt.Sprint(verdicts) == "[queued]"; len(verdicts) != 1 || (len(over.given) == 1) != queued || len(over.given) > 1 {
				t.Fatalf("%v, and %d handed over", verdicts, len(over.given))
			}
			for _, m := range over.given {
				if err := m.Check(); err != nil {
					t.Fatalf("handed over what no platform takes: %v", err)
				}
				if _, err := json.Marshal(m); err != nil || m.Received.IsZero() {
					t.Fatalf("handed over %+v, %v", m, err)
				}
			}
		}
	})
}

package callback_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/callback"
)

// tray is an inbox with everything around it that a test looks at.
type tray struct {
	callback.Inbox

	queue *tallied
	log   *bytes.Buffer
}

// tallied is a queue that keeps what each call of Enqueue brought.
type tallied struct {
	failing

	calls [][]core.Message
}

func (q *tallied) Enqueue(ctx context.Context, messages []core.Message) error {
	q.calls = append(q.calls, messages)
	return q.failing.Enqueue(ctx, messages)
}

// newTray is an inbox in front of a queue that also buries; rules is YAML, empty
// for the built-in ones.
func newTray(t *testing.T, rules string) *tray {
	t.Helper()
	set := core.DefaultRules()
	if rules != "" {
		var err error
		if set, err = core.ParseRules([]byte(rules), map[events.Provider]core.Vocabulary{
			events.Aliyun: {Types: []string{"TranscodeComplete", "FileUploadComplete"}, Kind: func(string) events.Kind { return events.Transcoded }},
		}); err != nil {
			t.Fatal(err)
		}
	}
	tr := &tray{queue: &tallied{failing: failing{Queue: memory.NewQueue(memory.Config{Clock: clock.NewFake(now())})}}, log: &bytes.Buffer{}}
	log := slog.New(slog.NewJSONHandler(tr.log, nil))
	tr.Inbox = callback.Inbox{
		Config: callback.Config{
			Counts: &callback.Counts{}, Clock: clock.NewFake(now()), Log: log,
			Intake: &core.Intake{Rules: set, Handover: core.Enqueue{Queue: tr.queue}, Clock: clock.NewFake(now()), Log: log},
		},
		Bury: tr.queue,
	}
	return tr
}

// accept is Accept of texts.
func (tr *tray) accept(t *testing.T, bodies ...string) []error {
	t.Helper()
	raw := make([][]byte, len(bodies))
	for i, body := range bodies {
		raw[i] = []byte(body)
	}
	return tr.Accept(t.Context(), raw)
}

// counted compares the counts, "TranscodeComplete queued" for one of them.
func (tr *tray) counted(t *testing.T, want map[string]int) {
	t.Helper()
	got := make(map[string]int)
	for c, n := range tr.Counts.All() {
		got[c.EventType+" "+string(c.Verdict)] = n
	}
	if !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

// told is the body of a callback about a media.
func told(eventType, id string) string {
	return fmt.Sprintf(`{"EventType":%q,"Status":"success","VideoId":%q,"EventTime":"2026-05-28T20:26:40Z"}`, eventType, id)
}

// own is a message of ours about a media; more is what follows its task.
func own(id, more string) string {
	return fmt.Sprintf(`{"v":1,"task":{"provider":"aliyun","target":"media","id":%q,"options":{"TaskType":"Refresh"}}%s}`, id, more)
}

func inBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestInbox(t *testing.T) {
	t.Parallel()
	const given = "2026-03-20T00:00:00Z"
	earlier := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	ofHuawei := `{"v":1,"task":{"provider":"huawei","target":"media","id":"a","options":{"TaskType":"Refresh"},"event":"transcodeComplete"}}`
	for name, c := range map[string]struct {
		body     string
		event    string // of the task
		received time.Time
		due      time.Time
		count    string
	}{
		"callback":                {told("TranscodeComplete", "a"), "TranscodeComplete", now(), time.Time{}, "TranscodeComplete queued"},
		"callback in Base64":      {inBase64(told("FileUploadComplete", "a")), "FileUploadComplete", now(), time.Time{}, "FileUploadComplete queued"},
		"callback, unpadded":      {strings.TrimRight(inBase64(told("TranscodeComplete", "a")), "="), "TranscodeComplete", now(), time.Time{}, "TranscodeComplete queued"},
		"callback with blanks":    {"\n " + told("TranscodeComplete", "a") + "\r\n", "TranscodeComplete", now(), time.Time{}, "TranscodeComplete queued"},
		"callback with our words": {`{"v":1,"task":{},` + told("TranscodeComplete", "a")[1:], "TranscodeComplete", now(), time.Time{}, "TranscodeComplete queued"},
		"message":                 {own("a", ""), "", now(), time.Time{}, "unknown queued"},
		"message in Base64":       {inBase64(own("a", "")), "", now(), time.Time{}, "unknown queued"},
		"message with a mark":     {"\xef\xbb\xbf" + own("a", ""), "", now(), time.Time{}, "unknown queued"},
		"message that waited":     {own("a", `,"received":"`+given+`"`), "", earlier, time.Time{}, "unknown queued"},
		"message that waits":      {own("a", `,"due":"2026-06-20T00:00:00Z"`), "", now(), earlier.AddDate(0, 3, 0), "unknown queued"},
		"message of an event":     {strings.Replace(own("a", ""), `}}`, `},"event":"TranscodeComplete"}`, 1), "TranscodeComplete", now(), time.Time{}, "TranscodeComplete queued"},
		"message of Huawei's":     {ofHuawei, "transcodeComplete", now(), time.Time{}, "transcodeComplete queued"},
		"message, event made up":  {strings.Replace(own("a", ""), `}}`, `},"event":"MadeUp"}`, 1), "MadeUp", now(), time.Time{}, "unknown queued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTray(t, "")
			if errs := tr.accept(t, c.body); len(errs) != 1 || errs[0] != nil {
				t.Fatalf("got %v", errs)
			}
			if len(tr.queue.calls) != 1 || len(tr.queue.calls[0]) != 1 {
				t.Fatalf("enqueued %v, want one message", tr.queue.calls)
			}
			m := tr.queue.calls[0][0]
			if m.Version != core.MessageVersion || m.Task.ID != "a" || m.Task.Event != c.event || !m.Received.Equal(c.received) || !m.Due.Equal(c.due) || m.Body != "" {
				t.Errorf("enqueued %+v", m)
			}
			if !m.Task.Signed.IsZero() {
				t.Errorf("nobody signed it: %+v", m.Task)
			}
			tr.counted(t, map[string]int{c.count: 1})
			if log := tr.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, `"level":"INFO","msg":"callback"`) || !strings.Contains(log, `"media_id":"a","verdict":"queued"`) {
				t.Errorf("the log is %s", log)
			}
		})
	}
}

// TestInboxTellsThemApart: what comes at once is handed over at once, and each
// body has its own end.
func TestInboxTellsThemApart(t *testing.T) {
	t.Parallel()
	bodies := []string{
		told("TranscodeComplete", "a"), told("StreamTranscodeComplete", "b"), "poison", own("c", ""), told("SomethingNew", "d"),
		inBase64(told("FileUploadComplete", "e")), `{"EventType":"SubmitMediaRefreshComplete","Status":"success","MediaId":"f","MediaRefreshJobId":"j"}`,
	}
	for name, c := range map[string]struct {
		broken error
		bury   bool
		again  []int // places
		counts map[string]int
	}{
		"all is well": {nil, true, nil, map[string]int{"TranscodeComplete queued": 1, "FileUploadComplete queued": 1, "unknown queued": 1}},
		"no place for poison": {nil, false, []int{2}, map[string]int{
			"TranscodeComplete queued": 1, "FileUploadComplete queued": 1, "unknown queued": 1,
		}},
		"the queue is out": {core.Errorf(core.Unavailable, "full"), true, []int{0, 2, 3, 5}, map[string]int{
			"TranscodeComplete failed": 1, "FileUploadComplete failed": 1, "unknown failed": 1,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTray(t, "")
			if !c.bury {
				tr.Bury = nil
			}
			if c.broken != nil {
				tr.queue.broken = func(context.Context) error { return c.broken }
			}
			var again []int
			errs := tr.accept(t, bodies...)
			for i, err := range errs {
				if err != nil {
					again = append(again, i)
				}
				if err != nil && c.broken != nil && !errors.Is(err, c.broken) {
					t.Errorf("body %d: got %v", i, err)
				}
			}
			if fmt.Sprint(again) != fmt.Sprint(c.again) || len(errs) != len(bodies) {
				t.Errorf("%v have to come again, want %v: %v", again, c.again, errs)
			}
			var shared []string
			for _, call := range tr.queue.calls {
				if len(call) > 1 {
					for _, m := range call {
						shared = append(shared, m.Task.ID)
					}
				}
			}
			if fmt.Sprint(shared) != "[a c e]" {
				t.Errorf("%v shared a call, want a, c and e: %v", shared, tr.queue.calls)
			}
			maps.Copy(c.counts, map[string]int{"StreamTranscodeComplete ignored": 1, "unknown ignored": 1, "SubmitMediaRefreshComplete ignored": 1, "unknown malformed": 1})
			tr.counted(t, c.counts)
			if n := strings.Count(tr.log.String(), "\n"); n != len(bodies) {
				t.Errorf("%d lines are logged for %d bodies: %s", n, len(bodies), tr.log)
			}
		})
	}
	if errs := newTray(t, "").Accept(t.Context(), nil); len(errs) != 0 {
		t.Errorf("of nothing, %v", errs)
	}
}

// scripted is a handover that ends messages by their IDs.
type scripted map[string]core.Outcome

func (s scripted) HandOver(_ context.Context, messages []core.Message) []core.Outcome {
	all := make([]core.Outcome, len(messages))
	for i, m := range messages {
		all[i] = s[m.Task.ID]
	}
	return all
}

// TestInboxWithoutAQueue: what is over for good does not come again, what may
// still get better does.
func TestInboxWithoutAQueue(t *testing.T) {
	t.Parallel()
	tr := newTray(t, "")
	failed := func(kind core.Kind) core.Outcome {
		return core.Outcome{State: core.Failed, Err: core.Errorf(kind, "no")}
	}
	outcomes := scripted{
		"refreshed": {State: core.Refreshed, JobID: "job-1"}, "covered": {State: core.OutcomeCovered},
		"missing": {State: core.OutcomeNotFound}, "forbidden": {State: core.OutcomeForbidden}, "invalid": failed(core.Invalid),
		"throttled": failed(core.Throttled), "spent": failed(core.QuotaExceeded), "down": failed(core.Unavailable), "account": failed(core.Forbidden), "store": failed(core.Internal),
	}
	tr.Intake.Handover, tr.Bury = outcomes, nil
	for id, o := range outcomes {
		for _, body := range []string{told("TranscodeComplete", id), own(id, "")} {
			again := o.State == core.Failed && id != "invalid"
			if err := tr.accept(t, body)[0]; (err != nil) != again || again && core.KindOf(err) != core.KindOf(o.Err) {
				t.Errorf("%s: got %v, comes again: want %t", body, err, again)
			}
		}
	}
	if log := tr.log.String(); strings.Count(log, `"level":"WARN"`) != 16 || strings.Count(log, `"job_id":"job-1"`) != 2 {
		t.Errorf("the log is %s", log)
	}
}

func ExampleInbox() {
	queue, log := memory.NewQueue(memory.Config{}), slog.New(slog.DiscardHandler)
	inbox := callback.Inbox{
		Config: callback.Config{
			Counts: &callback.Counts{}, Clock: clock.NewFake(now()), Log: log,
			Intake: &core.Intake{Rules: core.DefaultRules(), Handover: core.Enqueue{Queue: queue}, Clock: clock.NewFake(now()), Log: log},
		},
		Bury: queue,
	}
	errs := inbox.Accept(context.Background(), [][]byte{
		[]byte(`{"EventType":"TranscodeComplete","Status":"success","VideoId":"0a1b2c"}`),
		[]byte(`{"v":1,"task":{"provider":"aliyun","target":"media","id":"3d4e5f","options":{"TaskType":"Refresh"}}}`),
		[]byte("what nobody can read"),
	})
	depth, err := queue.Depth(context.Background())
	text, _ := json.Marshal(depth)
	fmt.Println(errs, string(text), err)
	// Output: [<nil> <nil> <nil>] {"ready":3,"delayed":0,"dead":0} <nil>
}

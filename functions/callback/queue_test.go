package callback_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/callback"
)

// failing is a queue that can be broken and mended.
type failing struct {
	core.Queue

	broken func(context.Context) error // nil while it works
}

func (q *failing) Enqueue(ctx context.Context, messages []core.Message) error {
	if q.broken != nil {
		return q.broken(ctx)
	}
	return q.Queue.Enqueue(ctx, messages)
}

// queued is a handler that hands over to a queue.
func queued(t *testing.T, queue core.Queue) *bundle {
	t.Helper()
	b := &bundle{counts: &callback.Counts{}, log: &bytes.Buffer{}}
	verifier, err := aliyun.NewVerifier([]string{registered}, []secret.Value{secret.New(key)})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(b.log, nil))
	b.Handler = callback.Aliyun(callback.Config{
		Verifier: verifier, Counts: b.counts, Clock: clock.NewFake(now()), Log: log,
		Intake: &core.Intake{Rules: core.DefaultRules(), Handover: core.Enqueue{Queue: queue}, Clock: clock.NewFake(now()), Log: log},
	})
	return b
}

// The platform takes nothing but 200 for success and waits five seconds: a queue
// that did not take the task is told in time, and never as success.
func TestAQueueThatDoesNotTakeTheTask(t *testing.T) {
	t.Parallel()
	closed := memory.NewQueue(memory.Config{})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	message := []core.Message{core.NewMessage(core.Task{ID: media}, now())}
	for name, broken := range map[string]func(context.Context) error{
		"full": func(context.Context) error {
			return core.Errorf(core.Unavailable, "the queue is full: 5000000 messages")
		},
		"closed": func(ctx context.Context) error { return closed.Enqueue(ctx, message) },
		"disk": func(context.Context) error {
			return core.Errorf(core.Internal, "write /secret/path: no space left on device")
		},
		"no answer": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				queue := &failing{Queue: memory.NewQueue(memory.Config{}), broken: broken}
				b := queued(t, queue)
				started := time.Now()
				w := b.send(nil, event("TranscodeComplete", "success"))
				if took := time.Since(started); w.Code != http.StatusInternalServerError || took > 3*time.Second {
					t.Errorf("got %d %s after %s, want 500 within 3 s", w.Code, w.Body, took)
				}
				if !strings.Contains(w.Body.String(), "send it again") || strings.Contains(w.Body.String(), "/secret/path") {
					t.Errorf("the answer does not ask for another try, or tells too much: %s", w.Body)
				}
				if got := b.counts.All()[callback.Count{EventType: "TranscodeComplete", Verdict: "failed"}]; got != 1 {
					t.Errorf("counts: %v", b.counts.All())
				}
				if log := b.log.String(); !strings.Contains(log, `"level":"WARN"`) || !strings.Contains(log, "the queue did not take the task") {
					t.Errorf("the log does not say why: %s", log)
				}
				wantDepth(t, queue, core.Depth{})

				queue.broken = nil
				w = b.send(nil, event("TranscodeComplete", "success"))
				var a callback.Answer
				if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK || a.Verdict != "queued" || a.JobID != "" {
					t.Errorf("the queue is back: got %d %s, %v", w.Code, w.Body, err)
				}
				wantDepth(t, queue, core.Depth{Ready: 1})
			})
		})
	}
}

func wantDepth(t *testing.T, q core.Queue, want core.Depth) {
	t.Helper()
	if got, err := q.Depth(t.Context()); err != nil || got != want {
		t.Errorf("the queue holds %+v, %v, want %+v", got, err, want)
	}
}

// What is not for the queue does not get there.
func TestOnlyWantedEventsAreQueued(t *testing.T) {
	t.Parallel()
	queue := memory.NewQueue(memory.Config{})
	b := queued(t, queue)
	for name, c := range map[string]struct {
		header http.Header
		event  string
		status int
	}{
		"refused": {aliyun.Sign(registered, secret.New("other"), now()), "TranscodeComplete", 403},
		"no rule": {nil, "StreamTranscodeComplete", 200},
		"our own": {nil, "SubmitMediaRefreshComplete", 200},
	} {
		if w := b.send(c.header, event(c.event, "success")); w.Code != c.status {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, c.status)
		}
	}
	wantDepth(t, queue, core.Depth{})
}

// The time of the signature is older than ours: coverage has to know both.
func TestTheTimeOfTheSignatureIsPassedOn(t *testing.T) {
	t.Parallel()
	b := setup(t, core.Outcome{State: core.Queued})
	signed := now().Add(-90 * time.Second)
	if w := b.send(aliyun.Sign(registered, secret.New(key), signed), event("TranscodeComplete", "success")); w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	m := b.handover.given[0]
	if !m.Task.Signed.Equal(signed) || !m.Received.Equal(now()) {
		t.Errorf("signed %s and received %s, want %s and %s", m.Task.Signed, m.Received, signed, now())
	}
	again := setup(t, core.Outcome{State: core.Queued})
	if w := again.send(nil, event("TranscodeComplete", "success")); w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if first, second := m.Task.Identity, again.handover.given[0].Task.Identity; first == "" || first != second {
		t.Errorf("a redelivery has another identity: %q, then %q", first, second)
	}
}

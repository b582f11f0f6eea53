package callback_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/callback"
)

const (
	registered = "https://vod.example.com/callbacks/aliyun"
	key        = "Key0123456789"
	media      = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
)

func now() time.Time { return time.Unix(1_780_000_000, 0) }

// handover is a fake core.Handover that answers every message alike and remembers
// what it was given.
type handover struct {
	outcome core.Outcome
	given   []core.Message
}

func (h *handover) HandOver(_ context.Context, messages []core.Message) []core.Outcome {
	h.given = append(h.given, messages...)
	all := make([]core.Outcome, len(messages))
	for i, m := range messages {
		all[i] = h.outcome
		all[i].Task = m.Task
	}
	return all
}

// bundle is a handler with everything around it that a test looks at.
type bundle struct {
	http.Handler
	handover *handover
	counts   *callback.Counts
	log      *bytes.Buffer
}

func setup(t *testing.T, outcome core.Outcome) *bundle {
	t.Helper()
	b := &bundle{handover: &handover{outcome: outcome}, counts: &callback.Counts{}, log: &bytes.Buffer{}}
	verifier, err := aliyun.NewVerifier([]string{registered}, []secret.Value{secret.New(key)})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(b.log, nil))
	b.Handler = callback.Aliyun(callback.Config{
		Verifier: verifier, Counts: b.counts, Clock: clock.NewFake(now()), Log: log,
		Intake: &core.Intake{Rules: core.DefaultRules(), Handover: b.handover, Clock: clock.NewFake(now()), Log: log},
	})
	return b
}

// send posts a body with the headers, or with genuine ones if there are none.
func (b *bundle) send(header http.Header, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/callbacks/aliyun", body)
	r.Header = header
	if header == nil {
		r.Header = aliyun.Sign(registered, secret.New(key), now())
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func event(eventType, status string) io.Reader {
	return strings.NewReader(fmt.Sprintf(`{"EventType":%q,"Status":%q,"VideoId":%q,"EventTime":"2026-05-28T20:26:40Z"}`, eventType, status, media))
}

func TestOutcomesAndAnswers(t *testing.T) {
	t.Parallel()
	failed := func(kind core.Kind) core.Outcome {
		return core.Outcome{State: core.Failed, Err: &core.Error{Kind: kind, Op: "RefreshMediaPlayUrls", Code: "Some.Code", RequestID: "R-1"}}
	}
	for name, c := range map[string]struct {
		outcome core.Outcome
		status  int
		verdict callback.Verdict
	}{
		"refreshed":              {core.Outcome{State: core.Refreshed, JobID: "job-1"}, 200, "refreshed"},
		"queued":                 {core.Outcome{State: core.Queued}, 200, "queued"},
		"media unknown":          {core.Outcome{State: core.OutcomeNotFound}, 200, "not_found"},
		"media forbidden":        {core.Outcome{State: core.OutcomeForbidden}, 200, "forbidden"},
		"request invalid":        {failed(core.Invalid), 200, "failed"},
		"account forbidden":      {failed(core.Forbidden), 503, "failed"},
		"account unknown":        {failed(core.Unauthenticated), 503, "failed"},
		"throttled":              {failed(core.Throttled), 503, "failed"},
		"quota spent":            {failed(core.QuotaExceeded), 503, "failed"},
		"media not ready":        {failed(core.NotReady), 503, "failed"},
		"platform down":          {failed(core.Unavailable), 503, "failed"},
		"defect":                 {failed(core.Internal), 503, "failed"},
		"our own store out":      {core.Outcome{State: core.Failed, Err: core.Errorf(core.Internal, "the store could not be asked")}, 500, "failed"},
		"covered":                {core.Outcome{State: core.OutcomeCovered}, 200, "covered"},
		"an error without kinds": {core.Outcome{State: core.Failed, Err: errors.New("disk full")}, 503, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.outcome)
			w := b.send(nil, event("TranscodeComplete", "success"))
			if w.Code != c.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.status)
			}
			if n := b.counts.All()[callback.Count{EventType: "TranscodeComplete", Verdict: c.verdict}]; n != 1 {
				t.Errorf("counts: got %v, want one %s", b.counts.All(), c.verdict)
			}
			want := core.Task{
				Provider: events.Aliyun, Target: core.Media, ID: media, Options: core.Options{TaskType: core.Refresh},
				Event: "TranscodeComplete", EventTime: time.Date(2026, 5, 28, 20, 26, 40, 0, time.UTC),
			}
			if len(b.handover.given) != 1 {
				t.Fatalf("handed over %+v, want one message", b.handover.given)
			}
			m := b.handover.given[0]
			if m.Task.Identity == "" || !m.Task.Signed.Equal(now()) {
				t.Errorf("the task does not tell its event from others, or when it was signed: %+v", m.Task)
			}
			m.Task.Identity, m.Task.Signed = "", time.Time{}
			if m.Task != want || m.Version != core.MessageVersion || !m.Received.Equal(now()) || !m.Due.IsZero() || m.Redriven {
				t.Errorf("handed over %+v, want %+v", m, want)
			}
			if c.status == 200 {
				var a callback.Answer
				if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Verdict != c.verdict || a.JobID != c.outcome.JobID {
					t.Errorf("answer: got %s, %v", w.Body, err)
				}
			} else if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("content type of an error: got %q", got)
			}
			for _, part := range []string{`"verdict":"` + string(c.verdict) + `"`, media, "TranscodeComplete"} {
				if !strings.Contains(b.log.String(), part) {
					t.Errorf("the log does not say %s: %s", part, b.log)
				}
			}
		})
	}
}

func TestEventsThatNoRuleWants(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   io.Reader
		reason core.Reason
		counts string // the event type that is counted
	}{
		"a failure":              {event("TranscodeComplete", "fail"), core.NotSuccess, "TranscodeComplete"},
		"no rule":                {event("StreamTranscodeComplete", "success"), core.NoRule, "StreamTranscodeComplete"},
		"unknown type":           {event("SomethingNew", "success"), core.UnknownEvent, "unknown"},
		"no type":                {strings.NewReader(`{}`), core.UnknownEvent, "unknown"},
		"our own refresh":        {event("SubmitMediaRefreshComplete", "success"), core.OwnRefresh, "SubmitMediaRefreshComplete"},
		"no media":               {strings.NewReader(`{"EventType":"TranscodeComplete","Status":"success"}`), core.NoMedia, "TranscodeComplete"},
		"two media in one field": {strings.NewReader(`{"EventType":"TranscodeComplete","Status":"success","VideoId":"a,b"}`), core.NoMedia, "TranscodeComplete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, core.Outcome{State: core.Refreshed})
			w := b.send(nil, c.body)
			var a callback.Answer
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 || a.Verdict != callback.Ignored || a.Reason != c.reason {
				t.Errorf("got %d %s, %v, want 200 and %s", w.Code, w.Body, err, c.reason)
			}
			if len(b.handover.given) != 0 {
				t.Errorf("handed over %+v", b.handover.given)
			}
			if n := b.counts.All()[callback.Count{EventType: c.counts, Verdict: callback.Ignored}]; n != 1 {
				t.Errorf("counts: got %v", b.counts.All())
			}
		})
	}
}

func TestRefusedCallbacks(t *testing.T) {
	t.Parallel()
	genuine := aliyun.Sign(registered, secret.New(key), now())
	without := func(name string) http.Header {
		h := genuine.Clone()
		h.Del(name)
		return h
	}
	at := func(d time.Duration) http.Header { return aliyun.Sign(registered, secret.New(key), now().Add(d)) }
	long := func(n int) io.Reader {
		return strings.NewReader(`{"EventType":"x","Extend":"` + strings.Repeat("x", n-len(`{"EventType":"x","Extend":""}`)) + `"}`)
	}
	for name, c := range map[string]struct {
		header  http.Header
		body    io.Reader
		status  int
		verdict callback.Verdict
	}{
		"other key":          {aliyun.Sign(registered, secret.New("other"), now()), nil, 403, callback.Refused},
		"other URL":          {aliyun.Sign("https://vod.example.com/other", secret.New(key), now()), nil, 403, callback.Refused},
		"no signature":       {without(aliyun.HeaderSignature), nil, 403, callback.Refused},
		"no timestamp":       {without(aliyun.HeaderTimestamp), nil, 403, callback.Refused},
		"no headers":         {http.Header{}, nil, 403, callback.Refused},
		"stale":              {at(-301 * time.Second), nil, 403, callback.Refused},
		"future":             {at(301 * time.Second), nil, 403, callback.Refused},
		"just in time":       {at(-300 * time.Second), nil, 200, "refreshed"},
		"just not too early": {at(300 * time.Second), nil, 200, "refreshed"},
		"broken JSON":        {genuine, strings.NewReader(`{"EventType":`), 400, callback.Malformed},
		"an array":           {genuine, strings.NewReader(`[]`), 400, callback.Malformed},
		"no body":            {genuine, strings.NewReader(``), 400, callback.Malformed},
		"unread body":        {genuine, io.MultiReader(strings.NewReader(`{`), broken{}), 400, callback.Malformed},
		"largest body":       {genuine, long(callback.MaxBody), 200, callback.Ignored},
		"too large a body":   {genuine, long(callback.MaxBody + 1), 413, callback.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, core.Outcome{State: core.Refreshed})
			body := c.body
			if body == nil {
				body = event("TranscodeComplete", "success")
			}
			w := b.send(c.header, body)
			if w.Code != c.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.status)
			}
			sum := 0
			for count, n := range b.counts.All() {
				if count.Verdict == c.verdict {
					sum += n
				}
			}
			if sum != 1 || len(b.counts.All()) != 1 {
				t.Errorf("counts: got %v, want one %s", b.counts.All(), c.verdict)
			}
			if c.status != 200 && len(b.handover.given) != 0 {
				t.Errorf("handed over %+v", b.handover.given)
			}
			for _, hidden := range []string{key, c.header.Get(aliyun.HeaderSignature), genuine.Get(aliyun.HeaderSignature)} {
				if hidden != "" && strings.Contains(w.Body.String()+b.log.String(), hidden) {
					t.Errorf("answer or log show %q: %s %s", hidden, w.Body, b.log)
				}
			}
		})
	}
}

// broken is a body whose sender has gone.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestWithoutKeysEveryCallbackIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, core.Outcome{State: core.Refreshed})
	log := slog.New(slog.DiscardHandler)
	b.Handler = callback.Aliyun(callback.Config{Counts: b.counts, Clock: clock.NewFake(now()), Log: log})
	w := b.send(nil, event("TranscodeComplete", "success"))
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "ALIYUN_CALLBACK_KEYS") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestUnconfirmedMediaAreAskedForAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, core.Outcome{State: core.Refreshed})
	rules, err := core.NewRules(core.Rule{On: []string{"TranscodeComplete"}, Provider: events.Aliyun, Do: core.DoRefresh, Confirm: true})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := aliyun.NewVerifier([]string{registered}, []secret.Value{secret.New(key)})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	b.Handler = callback.Aliyun(callback.Config{
		Verifier: verifier, Counts: b.counts, Clock: clock.NewFake(now()), Log: log,
		Intake: &core.Intake{
			Rules: rules, Handover: b.handover, Clock: clock.NewFake(now()), Log: log,
			Libraries: map[events.Provider]core.Library{events.Aliyun: library{}},
		},
	})
	if w := b.send(nil, event("TranscodeComplete", "success")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("got %d %s, want 503", w.Code, w.Body)
	}
}

// library knows nothing and is down.
type library struct{}

func (library) Media(context.Context, string) (core.MediaInfo, error) {
	return core.MediaInfo{}, &core.Error{Kind: core.Unavailable, Op: "GetVideoInfo"}
}

func TestFixturesInBase64(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../../testdata/aliyun/TranscodeComplete_success.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plain": string(body), "base64": encode(body)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, core.Outcome{State: core.Refreshed})
			if w := b.send(nil, strings.NewReader(text)); w.Code != 200 || len(b.handover.given) != 1 {
				t.Errorf("got %d %s, handed over %+v", w.Code, w.Body, b.handover.given)
			}
		})
	}
}

// hangingUp is a handover that looks whether the caller's hanging up reaches it.
type hangingUp struct{ cancelled error }

func (h *hangingUp) HandOver(ctx context.Context, messages []core.Message) []core.Outcome {
	h.cancelled = ctx.Err()
	return []core.Outcome{{Task: messages[0].Task, State: core.Refreshed}}
}

func TestAHangUpCutsNothingOff(t *testing.T) {
	t.Parallel()
	verifier, err := aliyun.NewVerifier([]string{registered}, []secret.Value{secret.New(key)})
	if err != nil {
		t.Fatal(err)
	}
	h, log := &hangingUp{}, slog.New(slog.DiscardHandler)
	handler := callback.Aliyun(callback.Config{
		Verifier: verifier, Counts: &callback.Counts{}, Clock: clock.NewFake(now()), Log: log,
		Intake: &core.Intake{Rules: core.DefaultRules(), Handover: h, Clock: clock.NewFake(now()), Log: log},
	})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(gone, http.MethodPost, "/callbacks/aliyun", event("TranscodeComplete", "success"))
	r.Header = aliyun.Sign(registered, secret.New(key), now())
	handler.ServeHTTP(httptest.NewRecorder(), r)
	if h.cancelled != nil {
		t.Errorf("the task was cut off: %v", h.cancelled)
	}
}

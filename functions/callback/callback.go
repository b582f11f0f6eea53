// Package callback is the function that a video platform calls back: it
// verifies, decodes and decides, hands the task over, and answers. Success is
// answered only when the task is finished or durable.
//
// It may import core, events, functions/problem and net/http.
package callback

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// MaxBody is the most bytes that a callback may have. The platforms stay far
// below: a stream adds some 400 bytes.
const MaxBody = 256 << 10

// deadline leaves a margin inside the 5 s that Alibaba waits for an answer.
const deadline = 4 * time.Second

// Config is what the handler is made of.
type Config struct {
	Verifier *aliyun.Verifier // nil: every Alibaba callback is refused
	Intake   *core.Intake
	Counts   *Counts
	Clock    clock.Clock
	Log      *slog.Logger
}

// Aliyun handles POST /callbacks/aliyun. Alibaba takes only 200 for success,
// waits 5 s, and tries three times one second apart, so 200 is also the answer
// to whatever would not get better: an event that no rule wants, a media that
// does not exist. A bad signature is 403, a refusal of the whole account or a
// platform that is down 503.
//
// Source: ApsaraVideo VOD, "HTTP callbacks" and "callback authentication".
func Aliyun(cfg Config) http.Handler { return handler{cfg} }

type handler struct{ Config }

// Answer is the body of a successful answer; the platform ignores it, a person
// with curl does not.
type Answer struct {
	Verdict Verdict     `json:"verdict"`
	Reason  core.Reason `json:"reason,omitempty"`
	JobID   string      `json:"job_id,omitempty"`
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := h.Clock.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		h.refuse(w, r, started, err)
		return
	}
	event, signed, err := h.open(r.Header, body, started)
	if err != nil {
		h.refuse(w, r, started, err)
		return
	}
	// A platform that hangs up must not cut a call off whose quota may be spent.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), deadline)
	defer cancel()
	taken, err := h.Intake.Take(ctx, event, signed)
	a, err := judge(event, taken, err)
	h.note(r.Context(), started, event, a, cmp.Or(err, taken.Outcome.Err))
	if err != nil {
		unavailable(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a) // the connection is gone if this fails
}

// open verifies and decodes a callback. The time is that at which it was signed.
func (h handler) open(header http.Header, body []byte, now time.Time) (events.Event, time.Time, error) {
	if h.Verifier == nil {
		return events.Event{}, time.Time{}, core.Errorf(core.Forbidden, "no ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS are configured, so no callback can be verified")
	}
	signed, err := h.Verifier.Verify(header, now)
	if err != nil {
		return events.Event{}, time.Time{}, &core.Error{Kind: core.Forbidden, Message: err.Error(), Err: err}
	}
	event, err := aliyun.Decode(body)
	if err != nil {
		return events.Event{}, time.Time{}, &core.Error{Kind: core.Invalid, Message: err.Error(), Err: err}
	}
	return event, signed, nil
}

// judge turns what became of an event into the answer, or into the error that
// makes the platform send it again.
func judge(event events.Event, taken core.Taken, err error) (Answer, error) {
	o := taken.Outcome
	switch {
	case err != nil:
		return Answer{Verdict: Verdict(core.Failed)}, err
	case taken.Ignored == core.OwnRefresh && len(event.JobIDs) > 0:
		return Answer{Verdict: Ignored, Reason: taken.Ignored, JobID: event.JobIDs[0]}, nil
	case taken.Ignored != core.Wanted:
		return Answer{Verdict: Ignored, Reason: taken.Ignored}, nil
	case o.State == core.Failed && !o.Final():
		return Answer{Verdict: Verdict(o.State)}, o.Err
	}
	return Answer{Verdict: Verdict(o.State), JobID: o.JobID}, nil
}

// refuse answers a callback that did not even become an event.
func (h handler) refuse(w http.ResponseWriter, r *http.Request, started time.Time, err error) {
	verdict := Malformed
	switch {
	case core.KindOf(err) == core.Forbidden:
		verdict = Refused
		problem.Error(w, err)
	case core.KindOf(err) == core.Invalid:
		problem.Error(w, err)
	case errors.As(err, new(*http.MaxBytesError)):
		problem.Write(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a callback may have at most %d bytes", MaxBody))
	default:
		problem.Write(w, http.StatusBadRequest, "the body could not be read")
	}
	h.note(r.Context(), started, events.Event{Provider: events.Aliyun, Kind: events.Unknown}, Answer{Verdict: verdict}, err)
}

// unavailable asks the platform to send the event again: with 500 if our own
// queue or store is at fault, else with 503.
func unavailable(w http.ResponseWriter, err error) {
	again := core.Error{Kind: core.Unavailable, Message: "not refreshed, send it again"}
	if own, ok := errors.AsType[*core.Error](err); ok && own.Kind == core.Internal && own.Op == "" {
		again.Kind = core.Internal
	}
	if e, ok := errors.AsType[*core.Error](err); ok {
		again.Code, again.RequestID = e.Code, e.RequestID
		again.Message += ": " + string(e.Kind)
	}
	problem.Error(w, &again)
}

// note counts and logs what became of a callback.
func (h handler) note(ctx context.Context, started time.Time, e events.Event, a Answer, err error) {
	h.Counts.Add(e, a.Verdict)
	level := slog.LevelInfo
	if err != nil || a.Verdict == Verdict(core.OutcomeNotFound) || a.Verdict == Verdict(core.OutcomeForbidden) {
		level = slog.LevelWarn
	}
	h.Log.Log(ctx, level, "callback", "provider", e.Provider, "event_type", e.Type, "media_id", e.MediaID,
		"verdict", a.Verdict, "reason", a.Reason, "job_id", a.JobID,
		"dur_ms", h.Clock.Now().Sub(started).Milliseconds(), "error", err)
}

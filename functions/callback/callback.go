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

// Deadline is how long a callback may take: it leaves a margin inside the 5 s that
// Alibaba waits for an answer.
const Deadline = 4 * time.Second

// Config is what the handlers are made of.
type Config struct {
	Verifier *aliyun.Verifier // nil: every Alibaba callback is refused
	Huawei   HuaweiConfig
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
func Aliyun(cfg Config) http.Handler {
	return handler{cfg, events.Aliyun, cfg.openAliyun}
}

// handler is what the platforms have in common: verify and decode, take in,
// answer.
type handler struct {
	Config

	provider events.Provider
	open     func(ctx context.Context, header http.Header, body []byte, now time.Time) (received, error)
}

// received is a callback that is verified and decoded.
type received struct {
	event  events.Event
	signed time.Time // by the platform
	// keep is how long a replay of the message has no effect, by the event's
	// MessageID; zero where there is no such thing.
	keep time.Duration
	// instead is done with a message that is no event; nil for one that is.
	instead func(ctx context.Context) (Answer, error)
}

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
	// A platform that hangs up must not cut a call off whose quota may be spent.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), Deadline)
	defer cancel()
	c, err := h.open(ctx, r.Header, body, started)
	if err != nil {
		h.refuse(w, r, started, err)
		return
	}
	a, taken, err := h.settle(ctx, c)
	h.note(r.Context(), started, c.event, a, cmp.Or(err, taken))
	if err != nil {
		unavailable(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a) // the connection is gone if this fails
}

// settle deals with a callback once. The error makes the platform send it again;
// flaw is what was wrong with one that is dealt with for good.
func (h handler) settle(ctx context.Context, c received) (a Answer, flaw, err error) {
	if h.replayed(ctx, c) {
		return Answer{Verdict: Replayed}, nil, nil
	}
	if c.instead != nil {
		a, err = c.instead(ctx)
	} else {
		var taken core.Taken
		taken, err = h.Intake.Take(ctx, c.event, c.signed)
		a, err = judge(c.event, taken, err)
		flaw = taken.Outcome.Err
	}
	if err == nil {
		h.remember(ctx, c)
	}
	return a, flaw, err
}

// openAliyun verifies and decodes a callback of Alibaba's.
func (c Config) openAliyun(_ context.Context, header http.Header, body []byte, now time.Time) (received, error) {
	if c.Verifier == nil {
		return received{}, core.Errorf(core.Forbidden, "no ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS are configured, so no callback can be verified")
	}
	signed, err := c.Verifier.Verify(header, now)
	if err != nil {
		return received{}, &core.Error{Kind: core.Forbidden, Message: err.Error(), Err: err}
	}
	event, err := aliyun.Decode(body)
	if err != nil {
		return received{}, &core.Error{Kind: core.Invalid, Message: err.Error(), Err: err}
	}
	return received{event: event, signed: signed}, nil
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
	case core.KindOf(err) == core.Unavailable:
		verdict = Verdict(core.Failed)
		problem.Error(w, err)
	case errors.As(err, new(*http.MaxBytesError)):
		problem.Write(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a callback may have at most %d bytes", MaxBody))
	default:
		problem.Write(w, http.StatusBadRequest, "the body could not be read")
	}
	h.note(r.Context(), started, events.Event{Provider: h.provider, Kind: events.Unknown}, Answer{Verdict: verdict}, err)
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

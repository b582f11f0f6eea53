// Package refresh is the function that operators and programs ask by hand:
// refresh or preload these media, how far is that job, what is left of the
// quota. Its paths begin with /v1 and need an API token.
//
// It may import core, events, functions/problem and net/http.
package refresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// MaxBody is the most bytes that a request may have: 2,000 URLs of a usual
// length fit.
const MaxBody = 4 << 20

// deadline is how long a request works at most before what is left of it is
// queued or, without a queue, has failed.
const deadline = 20 * time.Second

// Config is what the handlers are made of.
type Config struct {
	Providers map[events.Provider]core.Provider
	Meters    map[events.Provider]core.Meter   // what is left of whose day can be told
	Streams   map[events.Provider]core.Streams // for estimates of those that count URLs; the others count media
	Submitter *core.Submitter
	Queue     core.Queue     // nil submits at once
	Spending  *core.Spending // what waits for quota; nil for nothing
	Follower  *core.Follower // of the jobs that are listed
	DryRun    bool           // every request is a dry run
	Clock     clock.Clock
	Log       *slog.Logger
}

// Answer is the body of an answer to POST /v1/refresh.
type Answer struct {
	Results []Result   `json:"results"`
	DryRun  bool       `json:"dry_run,omitempty"` // nothing was submitted
	Cost    *core.Cost `json:"cost,omitempty"`    // of a dry run
}

// Result is what became of one media or URL.
type Result struct {
	ID      string            `json:"id"`
	Outcome core.OutcomeState `json:"outcome"`
	JobID   string            `json:"job_id"` // empty if there is none
	Error   string            `json:"error"`  // empty unless failed
}

// Submit handles POST /v1/refresh: any number of media IDs or URLs up to
// [core.MaxTargets] in one request, answered one by one. 200 when all is
// decided, 202 when something is queued, 400 naming every wrong field. With a
// queue, "Prefer: wait=20" (RFC 7240) works up to so many seconds, 20 at most,
// and queues what is left.
func Submit(cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
		if errors.As(err, new(*http.MaxBytesError)) {
			problem.Write(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a request may have at most %d bytes", MaxBody))
			return
		}
		if err != nil {
			problem.Write(w, http.StatusBadRequest, "the body could not be read")
			return
		}
		request, err := core.ParseRequest(body, slices.Sorted(maps.Keys(cfg.Providers))...)
		if err != nil {
			problem.Error(w, err)
			return
		}
		// A caller that hangs up must not cut a call off whose quota may be spent.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), deadline)
		defer cancel()
		if request.DryRun || cfg.DryRun {
			cost := cfg.estimate(ctx, request)
			reply(w, http.StatusOK, Answer{Results: []Result{}, DryRun: true, Cost: &cost})
			return
		}
		wait := patience(r.Header)
		if wait > 0 && cfg.Queue != nil {
			w.Header().Set("Preference-Applied", fmt.Sprintf("wait=%d", int(wait.Seconds())))
		}
		answer, status := summary(cfg.handOver(ctx, request.Tasks(), wait))
		cfg.Log.InfoContext(ctx, "request", "provider", request.Provider, "task_type", request.Options.TaskType,
			"targets", len(answer.Results), "status", status)
		reply(w, status, answer)
	})
}

// estimate says what a request would cost.
func (c Config) estimate(ctx context.Context, r core.Request) core.Cost {
	limit := c.Providers[r.Provider].Limit
	if streams, ok := c.Streams[r.Provider]; ok {
		return core.Estimate(ctx, r.Tasks(), limit, streams)
	}
	return core.EstimateTargets(r.Tasks(), limit)
}

// names lists the providers that are set up.
func (c Config) names() string {
	var names []string
	for _, p := range slices.Sorted(maps.Keys(c.Providers)) {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// summary is the answer for outcomes, and its status.
func summary(outcomes []core.Outcome) (Answer, int) {
	answer, status := Answer{Results: make([]Result, len(outcomes))}, http.StatusOK
	for i, o := range outcomes {
		answer.Results[i] = Result{ID: o.Task.ID, Outcome: o.State, JobID: o.JobID}
		if o.Err != nil {
			answer.Results[i].Error = text(o.Err)
		}
		if o.State == core.Queued {
			status = http.StatusAccepted
		}
	}
	return answer, status
}

// text is what may be shown of an error.
func text(err error) string {
	if _, ok := errors.AsType[*core.Error](err); ok {
		return err.Error()
	}
	return string(core.KindOf(err))
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the connection is gone if this fails
}

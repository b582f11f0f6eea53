package refresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// The number of dead letters that one answer lists.
const (
	usualDead = 100
	mostDead  = 1000
)

// DeadLetters is the body of an answer to GET /v1/dead.
type DeadLetters struct {
	Dead  []core.DeadLetter `json:"dead"` // the oldest first
	Total int               `json:"total"`
}

// Dead handles GET /v1/dead: the messages that were given up, and why. ?most=N
// lists up to N of them, 100 if it is left out, 1,000 at most.
func Dead(cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most, err := deadCount(r.URL.Query().Get("most"))
		if err == nil && cfg.Queue == nil {
			err = errNoQueue()
		}
		if err != nil {
			problem.Error(w, err)
			return
		}
		letters, err := cfg.Queue.Dead(r.Context(), most)
		if err != nil {
			problem.Error(w, err)
			return
		}
		depth, err := cfg.Queue.Depth(r.Context())
		if err != nil {
			problem.Error(w, err)
			return
		}
		reply(w, http.StatusOK, DeadLetters{append([]core.DeadLetter{}, letters...), depth.Dead})
	})
}

// errNoQueue is the answer where nothing can be dead.
func errNoQueue() error {
	return core.Errorf(core.NotFound, "there are no dead letters without a queue (QUEUE_URL=direct:)")
}

// deadCount reads the parameter most.
func deadCount(text string) (int, error) {
	if text == "" {
		return usualDead, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostDead {
		return 0, invalid("most", text, fmt.Sprintf("must be a whole number between 1 and %d", mostDead))
	}
	return n, nil
}

// RedriveRequest is the body of POST /v1/dead/redrive: either IDs, or all.
type RedriveRequest struct {
	IDs []string `json:"ids,omitempty"`
	All bool     `json:"all,omitempty"`
}

// Redriven is the body of an answer to POST /v1/dead/redrive.
type Redriven struct {
	Redriven int      `json:"redriven"`
	Unknown  []string `json:"unknown,omitempty"` // IDs that are not there
}

// Redrive handles POST /v1/dead/redrive: it puts dead letters back into the
// queue, where they are submitted even if they are covered. The answer counts
// them and names the IDs that do not exist, which are no error.
func Redrive(cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cfg.Queue == nil {
			problem.Error(w, errNoQueue())
			return
		}
		request, err := redriveRequest(http.MaxBytesReader(w, r.Body, MaxBody))
		if err != nil {
			problem.Error(w, err)
			return
		}
		done, err := cfg.redrive(r.Context(), request)
		if err != nil {
			problem.Error(w, err)
			return
		}
		cfg.Log.InfoContext(r.Context(), "redriven", "messages", done.Redriven, "all", request.All, "unknown", len(done.Unknown))
		reply(w, http.StatusOK, done)
	})
}

// redrive puts back what a request names, one by one: a queue counts what was
// there, and does not say which. Several go at once, so that a long list is through
// before whoever asked gives up; after an error no more are begun.
func (c Config) redrive(ctx context.Context, request RedriveRequest) (done Redriven, err error) {
	if request.All {
		done.Redriven, err = c.Queue.Redrive(ctx, nil)
		return done, err
	}
	const atOnce = 16
	ids := slices.Compact(slices.Sorted(slices.Values(request.IDs)))
	counts := make([]int, len(ids))
	running, failed := errgroup.WithContext(ctx)
	running.SetLimit(atOnce)
	for i, id := range ids {
		running.Go(func() (err error) {
			if failed.Err() == nil { // what has begun is ended, lest a letter is in both places
				counts[i], err = c.Queue.Redrive(ctx, []string{id})
			}
			return err
		})
	}
	if err := running.Wait(); err != nil {
		return done, err
	}
	if err := ctx.Err(); err != nil { // some may not have been begun
		return done, err
	}
	for i, id := range ids {
		done.Redriven += counts[i]
		if counts[i] == 0 {
			done.Unknown = append(done.Unknown, id)
		}
	}
	return done, nil
}

// redriveRequest reads the body. Nothing is not all: that must be said.
func redriveRequest(body io.Reader) (RedriveRequest, error) {
	var request RedriveRequest
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(&request); {
	case errors.As(err, new(*http.MaxBytesError)):
		return request, invalid("body", "", fmt.Sprintf("may have at most %d bytes", MaxBody))
	case err != nil:
		return request, invalid("body", "", `must be {"ids": ["…"]} or {"all": true}`)
	case request.All && len(request.IDs) > 0:
		return request, invalid("all", true, "cannot be given together with ids")
	case !request.All && len(request.IDs) == 0:
		return request, invalid("ids", "", `needs the IDs of dead letters, or "all": true instead`)
	}
	return request, nil
}

package refresh_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// platform is a fake core.Provider that has one job and a quota. The beginnings
// of IDs say what becomes of a call.
type platform struct {
	err error // of questions

	mu      sync.Mutex
	batches []core.Batch
}

func (p *platform) Name() events.Provider { return events.Aliyun }

func (p *platform) Limit(core.TaskType, core.Target) int { return 20 }

func (p *platform) Submit(ctx context.Context, b core.Batch) (core.Submission, error) {
	p.mu.Lock()
	p.batches = append(p.batches, b)
	p.mu.Unlock()
	failed := func(kind core.Kind, code string) (core.Submission, error) {
		return core.Submission{}, &core.Error{Kind: kind, Op: "RefreshMediaPlayUrls", Code: code}
	}
	answer := core.Submission{JobID: "job-1"}
	for _, id := range b.IDs {
		switch prefix, _, _ := strings.Cut(id, "-"); prefix {
		case "missing":
			answer.NotFound = append(answer.NotFound, id)
		case "foreign":
			answer.Forbidden = append(answer.Forbidden, id)
		case "invalid":
			return failed(core.Invalid, "InvalidParameter")
		case "throttled":
			return failed(core.Throttled, "Throttling")
		case "account":
			return failed(core.Forbidden, "Forbidden")
		case "key":
			return failed(core.Unauthenticated, "InvalidAccessKeyId.NotFound")
		case "spent":
			return failed(core.QuotaExceeded, "QuotaExceeded.Refresh")
		case "crashed":
			return core.Submission{}, errors.New("dial tcp 10.0.0.1:443")
		case "late":
			const answered = 3 * time.Second
			if err := (clock.System{}).Sleep(ctx, answered); err != nil {
				return core.Submission{}, err
			}
		case "slow":
			<-ctx.Done()
			return failed(core.Unavailable, "")
		}
	}
	return answer, nil
}

func (p *platform) Job(_ context.Context, id string) (core.Job, error) {
	if id != "job-1" {
		return core.Job{}, &core.Error{Kind: core.NotFound, Op: "GetMediaRefreshJobs", Message: "no such job"}
	}
	return core.Job{Provider: events.Aliyun, ID: id, State: core.JobRunning}, p.err
}

func (p *platform) Quota(context.Context) (core.Quota, error) {
	return core.Quota{Provider: events.Aliyun, Refresh: core.Allowance{Limit: 2000, Remaining: 1990}}, p.err
}

// submitted are the batches so far.
func (p *platform) submitted() []core.Batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.batches)
}

// setup is the handlers' configuration without a queue.
func setup(err error) (refresh.Config, *platform) {
	p := &platform{err: err}
	return refresh.Config{
		Providers: map[events.Provider]core.Provider{events.Aliyun: p},
		Meters:    map[events.Provider]core.Meter{events.Aliyun: p},
		Streams: map[events.Provider]core.Streams{events.Aliyun: func(context.Context, string) ([]events.Stream, error) {
			return []events.Stream{{Format: "mp4", Definition: "HD"}, {Format: "mp4", Definition: "SD"}}, nil
		}},
		Submitter: submitter(p, core.SubmitterConfig{}),
		Follower:  follower(p, memory.NewStore(nil)),
		Clock:     clock.System{}, Log: slog.New(slog.DiscardHandler),
	}, p
}

// submitter is one that tries each call twice at most.
func submitter(p *platform, cfg core.SubmitterConfig) *core.Submitter {
	cfg.Refreshers = map[events.Provider]*core.Refresher{events.Aliyun: core.NewRefresher(core.RefresherConfig{
		Provider: p, Retry: core.Retry{Base: time.Millisecond, Cap: time.Millisecond, Calls: 6},
	})}
	return core.NewSubmitter(cfg)
}

func follower(p *platform, store core.Store) *core.Follower {
	return core.NewFollower(core.FollowerConfig{Providers: map[events.Provider]core.Provider{events.Aliyun: p}, Store: store})
}

// queued is the configuration with a queue.
func queued() (refresh.Config, *platform, *memory.Queue) {
	cfg, p := setup(nil)
	queue := memory.NewQueue(memory.Config{})
	cfg.Queue = queue
	return cfg, p, queue
}

// closedQueue is a queue that cannot be reached any more.
func closedQueue(t *testing.T) core.Queue {
	t.Helper()
	queue := memory.NewQueue(memory.Config{})
	if err := queue.Close(); err != nil {
		t.Fatal(err)
	}
	return queue
}

// closedStore is a store that cannot be reached any more.
func closedStore(t *testing.T) core.Store {
	t.Helper()
	store := memory.NewStore(nil)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return store
}

func wantDepth(t *testing.T, q core.Queue, want core.Depth) {
	t.Helper()
	if got, err := q.Depth(t.Context()); err != nil || got != want {
		t.Errorf("the queue holds %+v, %v, want %+v", got, err, want)
	}
}

func post(h http.Handler, body io.Reader, prefer ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/refresh", body)
	for _, p := range prefer {
		r.Header.Add("Prefer", p)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return w
}

// broken is a body whose sender has gone.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

package core_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// platform is a provider that does what its functions say. Where one is
// missing, it takes 20 targets a call and accepts them all; its jobs are done.
type platform struct {
	limit  func(core.TaskType, core.Target) int
	submit func(context.Context, core.Batch) (core.Submission, error)
	job    func(context.Context, string) (core.Job, error)
	quota  core.Quota

	mu    sync.Mutex
	calls []core.Batch
	asked []string // the jobs asked about, in order
}

func (*platform) Name() events.Provider { return events.Aliyun }

func (p *platform) Limit(task core.TaskType, target core.Target) int {
	if p.limit == nil {
		return 20
	}
	return p.limit(task, target)
}

// Submit answers with a job named after the first target, if submit is nil.
func (p *platform) Submit(ctx context.Context, b core.Batch) (core.Submission, error) {
	p.mu.Lock()
	p.calls = append(p.calls, b)
	p.mu.Unlock()
	if p.submit == nil {
		return accepted(b), nil
	}
	return p.submit(ctx, b)
}

func (p *platform) Job(ctx context.Context, id string) (core.Job, error) {
	p.mu.Lock()
	p.asked = append(p.asked, id)
	p.mu.Unlock()
	if p.job == nil {
		return core.Job{Provider: events.Aliyun, ID: id, State: core.JobDone}, nil
	}
	return p.job(ctx, id)
}

func (p *platform) Quota(context.Context) (core.Quota, error) { return p.quota, nil }

// submitted are the batches of the calls so far.
func (p *platform) submitted() []core.Batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// questions are the jobs asked about so far.
func (p *platform) questions() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// accepted is the answer that takes all targets of a batch.
func accepted(b core.Batch) core.Submission { return core.Submission{JobID: "job-" + b.IDs[0]} }

// answering refuses calls with errs, one after the other, and then accepts.
func answering(errs ...error) func(context.Context, core.Batch) (core.Submission, error) {
	var mu sync.Mutex
	return func(_ context.Context, b core.Batch) (core.Submission, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(errs) == 0 {
			return accepted(b), nil
		}
		err := errs[0]
		errs = errs[1:]
		return core.Submission{}, err
	}
}

// refusing refuses every batch that holds a bad target, with the error that the
// table has for the first of them.
func refusing(bad map[string]error) func(context.Context, core.Batch) (core.Submission, error) {
	return func(_ context.Context, b core.Batch) (core.Submission, error) {
		for _, id := range b.IDs {
			if err := bad[id]; err != nil {
				return core.Submission{}, err
			}
		}
		return accepted(b), nil
	}
}

// coded is an error as a driver makes it.
func coded(kind core.Kind, code string) error {
	return &core.Error{Kind: kind, Op: "RefreshMediaPlayUrls", Code: code}
}

// times is n times the same error.
func times(n int, err error) []error { return slices.Repeat([]error{err}, n) }

// fixed is a random number that is always the same.
func fixed(x float64) func() float64 { return func() float64 { return x } }

// farFuture is a fake clock that runs ahead of any deadline of the machine's.
func farFuture() *clock.Fake { return clock.NewFake(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)) }

// states are the states of outcomes by the ID of their task. A task that has
// two different ones fails the test.
func states(t *testing.T, outcomes []core.Outcome) map[string]core.OutcomeState {
	t.Helper()
	all := make(map[string]core.OutcomeState, len(outcomes))
	for _, o := range outcomes {
		if before, twice := all[o.Task.ID]; twice && before != o.State {
			t.Errorf("%s is %s and %s", o.Task.ID, before, o.State)
		}
		all[o.Task.ID] = o.State
	}
	return all
}

// journal is where a logger writes, safe to read meanwhile.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// contains reports whether a log holds a text.
func contains(log *journal, text string) bool { return strings.Contains(log.String(), text) }

// refreshers has one for aliyun, that makes no second try.
func refreshers(p *platform) map[events.Provider]*core.Refresher {
	return map[events.Provider]*core.Refresher{
		events.Aliyun: core.NewRefresher(core.RefresherConfig{Provider: p, Retry: core.Retry{Calls: 1}}),
	}
}

package providertest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

const (
	memoryLimit  = 5
	memoryQuota  = 1000
	memorySecret = "memory secret"
)

// memory is a platform and its driver in one, as the suite wants them. Its
// function fields stand in for one method each, to plant a defect.
type memory struct {
	name      events.Provider
	stranger  bool
	unknown   core.Kind // what a stranger is told
	wholeOnly bool      // refuses batches as a whole

	limit  func(core.TaskType, core.Target) int
	submit func(*memory, core.Batch) (core.Submission, error)
	job    func(*memory, string) (core.Job, error)
	quota  func(*memory) (core.Quota, error)
	fail   func(context.Context, Fault) error

	*account
}

// account is what the drivers of one platform share.
type account struct {
	mu      sync.Mutex
	now     time.Time
	media   map[string][]string
	foreign map[string]bool
	jobs    map[string]core.Job
	used    int // URLs refreshed today
	fault   Fault
}

func newMemory() *memory {
	return &memory{
		name: events.Aliyun, unknown: core.Unauthenticated,
		limit: memoryLimits, submit: (*memory).accept, job: (*memory).find, quota: (*memory).left, fail: failWith,
		account: &account{
			now:   time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
			media: map[string][]string{}, foreign: map[string]bool{}, jobs: map[string]core.Job{},
		},
	}
}

// harness is the memory in the suite's hands.
func (m *memory) harness() Harness {
	other := *m
	other.stranger = true
	locked := func(f func()) {
		m.mu.Lock()
		defer m.mu.Unlock()
		f()
	}
	return Harness{
		Provider: m, Stranger: &other,
		AddMedia:    func(id string, urls ...string) { locked(func() { m.media[id] = urls }) },
		ForbidMedia: func(id string) { locked(func() { m.foreign[id] = true }) },
		Fault:       func(f Fault) { locked(func() { m.fault = f }) },
		Now:         func() time.Time { return m.now },
		Advance:     func(d time.Duration) { locked(func() { m.now = m.now.Add(d) }) },
		JobTime:     time.Minute, RejectsEach: !m.wholeOnly, TellsQuota: true,
		BrokenURL: "https://media.example.com/broken.mp4", Secrets: []string{memorySecret},
	}
}

func memoryLimits(task core.TaskType, target core.Target) int {
	if task == "" || target == "" {
		return 0
	}
	return memoryLimit
}

func (m *memory) Name() events.Provider                     { return m.name }
func (m *memory) Limit(t core.TaskType, of core.Target) int { return m.limit(t, of) }

func (m *memory) Submit(ctx context.Context, batch core.Batch) (core.Submission, error) {
	if err := m.refused(ctx); err != nil {
		return core.Submission{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.submit(m, batch)
}

func (m *memory) Job(ctx context.Context, id string) (core.Job, error) {
	if err := m.refused(ctx); err != nil {
		return core.Job{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.job(m, id)
}

func (m *memory) Quota(ctx context.Context) (core.Quota, error) {
	if err := m.refused(ctx); err != nil {
		return core.Quota{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.quota(m)
}

// refused is the error of every call while there is a fault or a wrong key.
func (m *memory) refused(ctx context.Context) error {
	m.mu.Lock()
	fault := m.fault
	m.mu.Unlock()
	if m.stranger && fault == "" {
		return core.Errorf(m.unknown, "who is this?")
	}
	return m.fail(ctx, fault)
}

// failWith is what a good driver makes of a fault.
func failWith(ctx context.Context, fault Fault) error {
	kinds := map[Fault]core.Kind{
		Throttle: core.Throttled, QuotaSpent: core.QuotaExceeded, IllegalStatus: core.NotReady, ServerError: core.Unavailable,
		Reset: core.Unavailable, HTML: core.Internal, Empty: core.Internal, Truncated: core.Internal, NumericCode: core.Unavailable,
	}
	switch fault {
	case "":
		return nil
	case Hang:
		<-ctx.Done()
		return &core.Error{Kind: core.Unavailable, Message: "no answer", Err: ctx.Err()}
	default:
		return &core.Error{Kind: kinds[fault], Message: "it is " + string(fault), Err: io.ErrUnexpectedEOF}
	}
}

func (m *memory) accept(batch core.Batch) (core.Submission, error) {
	if n := len(batch.IDs); n == 0 || n > memoryLimit {
		return core.Submission{}, core.Errorf(core.Invalid, "%d is not between 1 and %d", n, memoryLimit)
	}
	var s core.Submission
	job := core.Job{Provider: m.name, TaskType: batch.Options.TaskType}
	for _, id := range batch.IDs {
		urls, known := m.media[id]
		switch {
		case batch.Target == core.URL:
			urls = []string{id}
		case m.foreign[id]:
			s.Forbidden = append(s.Forbidden, id)
		case !known:
			s.NotFound = append(s.NotFound, id)
		}
		for _, url := range urls {
			job.URLs = append(job.URLs, core.URLResult{URL: url})
		}
	}
	switch {
	case m.wholeOnly && len(s.Forbidden) > 0:
		return core.Submission{}, core.Errorf(core.Forbidden, "not yours")
	case m.wholeOnly && len(s.NotFound) > 0:
		return core.Submission{}, core.Errorf(core.NotFound, "no such media")
	case len(job.URLs) == 0:
		return s, nil
	case batch.Options.TaskType == core.Refresh:
		m.used += len(job.URLs)
	}
	job.ID = fmt.Sprintf("job%d", len(m.jobs))
	job.CreatedAt = m.now
	m.jobs[job.ID] = job
	s.JobID = job.ID
	return s, nil
}

func (m *memory) find(id string) (core.Job, error) {
	job, ok := m.jobs[id]
	if !ok {
		return core.Job{}, core.Errorf(core.NotFound, "no such job")
	}
	job.State = core.JobRunning
	job.URLs = slices.Clone(job.URLs)
	if m.now.Sub(job.CreatedAt) < time.Minute {
		return job, nil
	}
	job.State = core.JobDone
	for i := range job.URLs {
		job.URLs[i].State = core.JobDone
		if strings.Contains(job.URLs[i].URL, "broken") {
			job.State, job.URLs[i].State, job.URLs[i].Detail = core.JobFailed, core.JobFailed, "origin"
		}
	}
	return job, nil
}

func (m *memory) left() (core.Quota, error) {
	return core.Quota{
		Provider: m.name, ResetsAt: m.now.Add(time.Hour),
		Refresh: core.Allowance{Limit: memoryQuota, Remaining: memoryQuota - m.used},
		Preload: core.Allowance{Limit: memoryQuota, Remaining: memoryQuota},
	}, nil
}

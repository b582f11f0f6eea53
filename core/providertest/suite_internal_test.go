package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestGoodProviderPasses(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) Harness { return newMemory().harness() })
}

func TestProviderThatRefusesWholeBatchesPasses(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) Harness {
		m := newMemory()
		m.wholeOnly = true
		return m.harness()
	})
}

func TestPoorPlatformPasses(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) Harness {
		m := newMemory()
		m.limit = func(task core.TaskType, target core.Target) int {
			if task != core.Refresh || target != core.Media {
				return 0
			}
			return memoryLimit
		}
		m.fail = func(ctx context.Context, fault Fault) error {
			if fault == NumericCode {
				return nil
			}
			return failWith(ctx, fault)
		}
		h := m.harness()
		h.Provider, h.Stranger = withoutQuota{h.Provider}, withoutQuota{h.Stranger}
		h.TellsQuota, h.BrokenURL, h.ForbidMedia, h.Lacks = false, "", nil, []Fault{NumericCode}
		return h
	})
}

// withoutQuota is a driver that is no [core.Meter].
type withoutQuota struct{ core.Provider }

// onSubmit changes what a good provider answers to a batch.
func onSubmit(change func(*core.Submission, *error)) func(*memory) {
	return func(m *memory) {
		m.submit = func(m *memory, batch core.Batch) (core.Submission, error) {
			s, err := m.accept(batch)
			change(&s, &err)
			return s, err
		}
	}
}

// onJob changes what a good provider tells of a job.
func onJob(change func(*core.Job, *error)) func(*memory) {
	return func(m *memory) {
		m.job = func(m *memory, id string) (core.Job, error) {
			job, err := m.find(id)
			change(&job, &err)
			return job, err
		}
	}
}

// atEnd changes a job only when it has ended.
func atEnd(change func(*core.Job, *error)) func(*memory) {
	return onJob(func(job *core.Job, err *error) {
		if job.State != core.JobRunning {
			change(job, err)
		}
	})
}

// onQuota changes the quota that a good provider tells the n-th time.
func onQuota(n int32, change func(*core.Quota, *error)) func(*memory) {
	return func(m *memory) {
		var asked atomic.Int32
		m.quota = func(m *memory) (core.Quota, error) {
			quota, err := m.left()
			if asked.Add(1) == n {
				change(&quota, &err)
			}
			return quota, err
		}
	}
}

// onFault puts another error in place of that of one fault.
func onFault(hit Fault, err error) func(*memory) {
	return func(m *memory) {
		m.fail = func(ctx context.Context, fault Fault) error {
			if fault == hit {
				return err
			}
			return failWith(ctx, fault)
		}
	}
}

func TestDefectsAreFound(t *testing.T) {
	t.Parallel()
	broken := core.Errorf(core.Internal, "broken")
	tests := []struct {
		check, name string
		plant       func(*memory)
		want        string // in the complaint
	}{
		{"identity", "no name", func(m *memory) { m.name = "" }, `name is ""`},
		{"identity", "no limit", func(m *memory) { m.limit = func(core.TaskType, core.Target) int { return 0 } }, "no media can be refreshed"},
		{"identity", "limit of nothing", func(m *memory) { m.limit = func(core.TaskType, core.Target) int { return 1 } }, `task type "" and target`},

		{"job runs and ends", "submit fails", onSubmit(func(_ *core.Submission, err *error) { *err = broken }), "submit: broken"},
		{"job runs and ends", "no job ID", onSubmit(func(s *core.Submission, _ *error) { s.JobID = "" }), "want all accepted"},
		{"job runs and ends", "a rejected media", onSubmit(func(s *core.Submission, _ *error) { s.NotFound = []string{"a"} }), "want all accepted"},
		{"job runs and ends", "job fails", onJob(func(_ *core.Job, err *error) { *err = broken }), "job right after: broken"},
		{"job runs and ends", "job fails at its end", atEnd(func(_ *core.Job, err *error) { *err = broken }), "job at its end: broken"},
		{"job runs and ends", "done at once", onJob(func(j *core.Job, _ *error) { j.State = core.JobDone }), "state right after is done"},
		{"job runs and ends", "other ID", onJob(func(j *core.Job, _ *error) { j.ID = "other" }), "ID is other"},
		{"job runs and ends", "no provider", onJob(func(j *core.Job, _ *error) { j.Provider = "" }), "provider is"},
		{"job runs and ends", "never done", onJob(func(j *core.Job, _ *error) { j.State = core.JobRunning }), "state is running, want done"},
		{"job runs and ends", "URL lost", atEnd(func(j *core.Job, _ *error) { j.URLs = j.URLs[1:] }), "URLs are"},
		{"job runs and ends", "URL twice", atEnd(func(j *core.Job, _ *error) { j.URLs = append(j.URLs, j.URLs[0]) }), "URLs are"},
		{"job runs and ends", "URL running", atEnd(func(j *core.Job, _ *error) { j.URLs[0].State = core.JobRunning }), "state of a URL is running"},
		{"job fails", "submit fails", onSubmit(func(_ *core.Submission, err *error) { *err = broken }), "submit: broken"},
		{"job fails", "called done", atEnd(func(j *core.Job, _ *error) { j.State = core.JobDone }), "state is done, want failed"},
		{"job fails", "no reason", atEnd(func(j *core.Job, _ *error) { j.URLs[1].Detail = "" }), "without a reason"},
		{"job fails", "URL done", atEnd(func(j *core.Job, _ *error) { j.URLs[1].State = core.JobDone }), "state of a URL is done, want failed"},
		{"preload", "refreshed instead", onJob(func(j *core.Job, _ *error) { j.TaskType = core.Refresh }), "task type is Refresh, want Preload"},
		{"URLs", "URL lost", atEnd(func(j *core.Job, _ *error) { j.URLs = nil }), "URLs are [], want"},
		{"unknown job", "no error", onJob(func(_ *core.Job, err *error) { *err = nil }), "no error, want kind [not_found]"},
		{"unknown job", "wrong kind", onJob(func(_ *core.Job, err *error) { *err = broken }), "kind internal, want [not_found]"},

		{"media rejected", "list lost", onSubmit(func(s *core.Submission, _ *error) { s.NotFound = nil }), "not found is [], want [ghost]"},
		{"media rejected", "lists swapped", onSubmit(func(s *core.Submission, _ *error) { s.NotFound, s.Forbidden = s.Forbidden, s.NotFound }), "forbidden is [], want [foreign]"},
		{"media rejected", "an error", onSubmit(func(_ *core.Submission, err *error) { *err = broken }), "batch [known ghost]: broken"},
		{"media rejected", "a job of nothing", onSubmit(func(s *core.Submission, _ *error) { s.JobID = "job" }), "batch [ghost]: a job is true"},
		{"full batch", "limit too high", func(m *memory) { m.limit = func(core.TaskType, core.Target) int { return memoryLimit + 1 } }, "submit: 6 is not"},
		{"batch of a wrong size", "limit too low", func(m *memory) { m.limit = func(core.TaskType, core.Target) int { return memoryLimit - 1 } }, "over the limit: no error"},
		{"batch of a wrong size", "empty taken", onSubmit(func(_ *core.Submission, err *error) { *err = nil }), "empty batch: no error"},
		{"quota falls", "fails", onQuota(1, func(_ *core.Quota, err *error) { *err = broken }), "quota before: broken"},
		{"quota falls", "fails later", onQuota(2, func(_ *core.Quota, err *error) { *err = broken }), "quota after: broken"},
		{"quota falls", "submit fails", onSubmit(func(_ *core.Submission, err *error) { *err = broken }), "submit: broken"},
		{"quota falls", "stays", onQuota(2, func(q *core.Quota, _ *error) { q.Refresh.Remaining = memoryQuota }), "rest after one URL is 1000, want 999"},
		{"quota falls", "limit falls", onQuota(2, func(q *core.Quota, _ *error) { q.Refresh.Limit-- }), "limit after one URL is 999"},
		{"quota falls", "wrong one falls", onQuota(2, func(q *core.Quota, _ *error) { q.Preload.Remaining-- }), "preload quota after a refresh"},
		{"quota falls", "no reset", onQuota(2, func(q *core.Quota, _ *error) { q.ResetsAt = time.Time{} }), "quota resets in"},

		{"faults", "swallowed", onFault(HTML, nil), "during html: no error"},
		{"faults", "wrong kind", onFault(Throttle, broken), "submit during throttle: kind internal, want [throttled]"},
		{"faults", "foreign type", onFault(Reset, errors.New("reset")), "error of type *errors.errorString, want a core.Error"},
		{"faults", "no message", onFault(Empty, &core.Error{Kind: core.Internal}), "during empty: an error without a message"},
		{"faults", "secret told", onFault(Empty, core.Errorf(core.Internal, "key %q", memorySecret)), "quotes secret number 1"},
		{
			"faults", "URL in the cause",
			onFault(Reset, &core.Error{Kind: core.Unavailable, Message: "reset", Err: &url.Error{Op: "Get", URL: "https://a.example", Err: broken}}),
			"an error of type *url.Error quotes a URL",
		},
		{"wrong key", "wrong kind", func(m *memory) { m.unknown = core.Forbidden }, "with a wrong key: kind forbidden"},
		{"cancelled", "cause lost", onFault(Hang, core.Errorf(core.Unavailable, "no answer")), "want one that is context canceled"},
		{"deadline", "cause lost", onFault(Hang, core.Errorf(core.Unavailable, "no answer")), "want one that is context deadline exceeded"},
		{"deadline", "wrong kind", onFault(Hang, &core.Error{Kind: core.Internal, Err: context.DeadlineExceeded}), "kind is internal, want unavailable"},
		{"concurrent calls", "job IDs shared", onSubmit(func(s *core.Submission, _ *error) { s.JobID = "job0" }), "number of jobs is 1, want 100"},
		{"concurrent calls", "fails", onSubmit(func(_ *core.Submission, err *error) { *err = broken }), "broken"},
	}
	tried := map[string]bool{}
	for _, tt := range tests {
		tried[tt.check] = true
		t.Run(tt.check+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			tt.plant(m)
			err := named(t, tt.check).examine(t.Context(), m.harness())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("complaint %q, want %q in it", fmt.Sprint(err), tt.want)
			}
		})
	}
	for _, c := range checks() {
		if !tried[c.name] {
			t.Errorf("no defect is planted for the check %q", c.name)
		}
	}
}

// named finds a check.
func named(t *testing.T, name string) check {
	t.Helper()
	for _, c := range checks() {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("no check %q", name)
	return check{}
}

func TestStrangerLetIn(t *testing.T) {
	t.Parallel()
	h := newMemory().harness()
	h.Stranger = h.Provider
	err := named(t, "wrong key").examine(t.Context(), h)
	if err == nil || !strings.Contains(err.Error(), "submit with a wrong key: no error") {
		t.Errorf("complaint %v, want one about the stranger", err)
	}
}

func TestQuotaThatNobodyCanAskFor(t *testing.T) {
	t.Parallel()
	h := newMemory().harness()
	h.Provider = withoutQuota{h.Provider}
	for check, want := range map[string]string{
		"quota falls": "quota before: the driver is no core.Meter",
		"faults":      "the driver is no core.Meter",
	} {
		err := named(t, check).examine(t.Context(), h)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("complaint %v, want %q in it", err, want)
		}
	}
}

func TestLateReturn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.fail = func(ctx context.Context, _ Fault) error {
			<-ctx.Done()
			time.Sleep(delay) // virtual, in the bubble
			return &core.Error{Kind: core.Unavailable, Message: "late", Err: ctx.Err()}
		}
		err := named(t, "deadline").examine(t.Context(), m.harness())
		if err == nil || !strings.Contains(err.Error(), "a deadline: returned after 6.03s") {
			t.Errorf("complaint %v, want one about the delay", err)
		}
	})
}

func TestWholeBatchRefusedForNoReason(t *testing.T) {
	t.Parallel()
	m := newMemory()
	h := m.harness()
	h.RejectsEach = false // but the memory does
	err := named(t, "media rejected").examine(t.Context(), h)
	if err == nil || !strings.Contains(err.Error(), "batch [known ghost]: no error, want kind [not_found]") {
		t.Errorf("complaint %v, want one about the missing refusal", err)
	}
}

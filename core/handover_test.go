package core_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// messages are requests by hand that came in now.
func messages(all ...core.Task) []core.Message {
	asked := make([]core.Message, len(all))
	for i, t := range all {
		asked[i] = core.NewMessage(t, time.Now())
	}
	return asked
}

// notebook is a tracker that writes down what it is told.
type notebook struct {
	messages  []core.Message
	outcomes  []core.Outcome
	submitted []time.Time
	errs      []error // what it answers, one after the other, and then nil
}

func (n *notebook) Track(_ context.Context, messages []core.Message, outcomes []core.Outcome, submitted time.Time) error {
	n.messages, n.outcomes, n.submitted = append(n.messages, messages...), append(n.outcomes, outcomes...), append(n.submitted, submitted)
	if len(n.errs) == 0 {
		return nil
	}
	err := n.errs[0]
	n.errs = n.errs[1:]
	return err
}

func TestDirect(t *testing.T) {
	t.Parallel()
	aliyun := &platform{submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
		return core.Submission{JobID: "ali", NotFound: b.IDs[1:]}, nil
	}}
	huawei := &platform{submit: func(context.Context, core.Batch) (core.Submission, error) {
		return core.Submission{JobID: "hua"}, nil
	}}
	follow := &notebook{}
	direct := core.Direct{Submitter: core.NewSubmitter(core.SubmitterConfig{Follow: follow, Refreshers: map[events.Provider]*core.Refresher{
		events.Aliyun: core.NewRefresher(core.RefresherConfig{Provider: aliyun}),
		events.Huawei: core.NewRefresher(core.RefresherConfig{Provider: huawei}),
	}})}
	all := tasks("a", "b", "c", "d", "e")
	all[1].Provider, all[3].Provider = events.Huawei, "tencent"
	got := direct.HandOver(t.Context(), messages(all...))
	want := []core.Outcome{
		{Task: all[0], State: core.Refreshed, JobID: "ali"},
		{Task: all[1], State: core.Refreshed, JobID: "hua"},
		{Task: all[2], State: core.OutcomeNotFound},
		{Task: all[3], State: core.Failed, Err: core.Errorf(core.Invalid, `provider "tencent" is not set up`)},
		{Task: all[4], State: core.OutcomeNotFound},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outcomes are %+v, want %+v", got, want)
	}
	if len(aliyun.submitted()) != 1 || len(huawei.submitted()) != 1 {
		t.Errorf("%d and %d calls, want one to each provider", len(aliyun.submitted()), len(huawei.submitted()))
	}
	if len(follow.messages) != 5 || len(follow.outcomes) != 5 || len(follow.submitted) != 3 {
		t.Errorf("told of %d messages, %d outcomes in %d calls; want 5, 5, 3", len(follow.messages), len(follow.outcomes), len(follow.submitted))
	}
	if got := direct.HandOver(t.Context(), nil); len(got) != 0 {
		t.Errorf("of nothing, outcomes are %+v", got)
	}
}

// A job that failed in part leads to refreshes and preloads at once: what one of
// them has no quota for says nothing of the other.
func TestDirectKeepsAllowancesApart(t *testing.T) {
	t.Parallel()
	p := &platform{submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
		if b.Options.TaskType == core.Refresh {
			return core.Submission{}, coded(core.QuotaExceeded, "QuotaExceeded.Refresh")
		}
		return core.Submission{JobID: "pre"}, nil
	}}
	store := memory.NewStore(clock.System{})
	direct := core.Direct{Submitter: core.NewSubmitter(core.SubmitterConfig{
		Refreshers: refreshers(p), Spending: core.NewSpending(core.SpendingConfig{Store: store}),
	})}
	all := messages(tasks("a", "b")...)
	all[1].Task.Options.TaskType = core.Preload
	for _, want := range []struct{ refresh, preload core.OutcomeState }{
		{core.Failed, core.Refreshed},
		{core.Failed, core.Refreshed}, // the day of the refreshes has ended by now
	} {
		got := direct.HandOver(t.Context(), all)
		if got[0].State != want.refresh || core.KindOf(got[0].Err) != core.QuotaExceeded || got[1].State != want.preload {
			t.Errorf("outcomes are %+v, want %+v", got, want)
		}
	}
}

// Without a queue there are no dead letters: what is to become one ends here.
func TestDirectSubmitsNothingThatWasGivenUp(t *testing.T) {
	t.Parallel()
	p := &platform{}
	direct := core.Direct{Submitter: core.NewSubmitter(core.SubmitterConfig{Refreshers: refreshers(p)})}
	all := messages(tasks("a", "b")...)
	all[0].GiveUp = "given up after 4 jobs that failed"
	got := direct.HandOver(t.Context(), all)
	if got[0].State != core.Failed || !got[0].Final() || got[0].Err.Error() != all[0].GiveUp || got[0].Task != all[0].Task {
		t.Errorf("the outcome of what was given up is %+v", got[0])
	}
	if calls := p.submitted(); got[1].State != core.Refreshed || len(calls) != 1 || !reflect.DeepEqual(calls[0].IDs, []string{"b"}) {
		t.Errorf("the outcome of the other is %+v after calls %+v", got[1], calls)
	}
}

func TestEnqueue(t *testing.T) {
	t.Parallel()
	q := memory.NewQueue(memory.Config{})
	enqueue := core.Enqueue{Queue: q}
	all := messages(tasks("a", "b")...)
	for i, o := range enqueue.HandOver(t.Context(), all) {
		if want := (core.Outcome{Task: all[i].Task, State: core.Queued}); !reflect.DeepEqual(o, want) {
			t.Errorf("outcome is %+v, want %+v", o, want)
		}
	}
	if got := enqueue.HandOver(t.Context(), nil); len(got) != 0 {
		t.Errorf("of nothing, outcomes are %+v", got)
	}
	got, err := q.Receive(t.Context(), 10, 0)
	if err != nil || len(got) != 2 || got[0].Message.Task != all[0].Task || !got[0].Message.Received.Equal(all[0].Received) {
		t.Errorf("the queue holds %+v, %v", got, err)
	}
}

// stuck is a queue that never answers, or only with an error.
type stuck struct {
	core.Queue

	err error
}

func (s stuck) Enqueue(ctx context.Context, _ []core.Message) error {
	if s.err != nil {
		return s.err
	}
	<-ctx.Done()
	return ctx.Err()
}

// A queue that is full or does not answer is our fault, and noticed while the
// platform still waits for its answer.
func TestEnqueueFails(t *testing.T) {
	t.Parallel()
	full := core.Errorf(core.Unavailable, "the queue is full")
	for name, test := range map[string]struct {
		queue stuck
		took  time.Duration
		cause error
	}{
		"full":  {stuck{err: full}, 0, full},
		"stuck": {stuck{}, 2 * time.Second, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				for _, o := range (core.Enqueue{Queue: test.queue}).HandOver(t.Context(), messages(tasks("a", "b")...)) {
					if o.State != core.Failed || core.KindOf(o.Err) != core.Internal || !errors.Is(o.Err, test.cause) || o.Task.ID == "" || o.Final() {
						t.Errorf("outcome is %+v", o)
					}
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
			})
		})
	}
}

// A message that is redriven keeps where it comes from and forgets its failures.
func TestRevived(t *testing.T) {
	t.Parallel()
	m := core.NewMessage(tasks("a")[0], noon())
	m.Due, m.Tries, m.FailedJobs, m.GiveUp = noon(), 20, 4, "given up"
	want := core.Message{Version: core.MessageVersion, Task: m.Task, Received: noon(), Redriven: true}
	if got := m.Revived(); got != want {
		t.Errorf("is %+v, want %+v", got, want)
	}
	unread := core.Message{Version: core.MessageVersion, Received: noon(), GiveUp: "cannot be read", Body: "hello"}
	want = unread
	want.Redriven = true
	if got := unread.Revived(); got != want {
		t.Errorf("one that could not be read is %+v, want %+v", got, want)
	}
}

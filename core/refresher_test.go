package core_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestRefreshReadsTheAnswerPerMedia(t *testing.T) {
	t.Parallel()
	p := &platform{submit: func(context.Context, core.Batch) (core.Submission, error) {
		return core.Submission{JobID: "j1", NotFound: []string{"gone", "stranger"}, Forbidden: []string{"theirs"}}, nil
	}}
	all := tasks("a", "gone", "theirs", "b", "a")
	all[4].Event = "TranscodeComplete" // the same work for another reason
	got := core.NewRefresher(core.RefresherConfig{Provider: p}).Refresh(t.Context(), all)
	want := []core.Outcome{
		{Task: all[0], State: core.Refreshed, JobID: "j1"},
		{Task: all[1], State: core.OutcomeNotFound},
		{Task: all[2], State: core.OutcomeForbidden},
		{Task: all[3], State: core.Refreshed, JobID: "j1"},
		{Task: all[4], State: core.Refreshed, JobID: "j1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outcomes are %+v, want %+v", got, want)
	}
	if calls := p.submitted(); len(calls) != 1 || len(calls[0].IDs) != 4 {
		t.Errorf("calls are %+v, want one with 4 media", calls)
	}
	for _, o := range got {
		if !o.Final() {
			t.Errorf("%s could be asked for again", o.Task.ID)
		}
	}
}

func TestRefreshOfNothing(t *testing.T) {
	t.Parallel()
	p := &platform{}
	if got := core.NewRefresher(core.RefresherConfig{Provider: p}).Refresh(t.Context(), nil); len(got) != 0 || len(p.submitted()) != 0 {
		t.Errorf("gives %+v after %d calls", got, len(p.submitted()))
	}
}

// An answer that speaks of a media of another batch says nothing about it.
func TestRefreshIgnoresMediaThatTheCallDidNotName(t *testing.T) {
	t.Parallel()
	p := &platform{limit: upTo(1), submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
		answer := accepted(b)
		if b.IDs[0] == "c" {
			answer.NotFound, answer.Forbidden = []string{"a"}, []string{"b"}
		}
		return answer, nil
	}}
	got := states(t, core.NewRefresher(core.RefresherConfig{Provider: p}).Refresh(t.Context(), tasks("a", "b", "c")))
	want := map[string]core.OutcomeState{"a": core.Refreshed, "b": core.Refreshed, "c": core.Refreshed}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("outcomes are %v, want %v", got, want)
	}
}

func TestRefreshKeepsToTheBatchesUnderWay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ inFlight, want int }{"by default": {0, 4}, "one": {1, 1}, "ten": {10, 10}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var now, most int
				count := func(change int) {
					mu.Lock()
					defer mu.Unlock()
					now += change
					most = max(most, now)
				}
				p := &platform{limit: upTo(1), submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
					count(1)
					defer count(-1)
					time.Sleep(time.Second)
					return accepted(b), nil
				}}
				began := time.Now()
				got := core.NewRefresher(core.RefresherConfig{Provider: p, InFlight: test.inFlight}).Refresh(t.Context(), tasks(numbered(100)...))
				for _, o := range got {
					if o.State != core.Refreshed || o.JobID != "job-"+o.Task.ID {
						t.Errorf("%s is %s by %s", o.Task.ID, o.State, o.JobID)
					}
				}
				if want := time.Duration(100/test.want) * time.Second; time.Since(began) != want || most != test.want {
					t.Errorf("100 calls of 1 s took %v, %d at once; want %v, %d at once", time.Since(began), most, want, test.want)
				}
			})
		})
	}
}

// pacer is a function that holds calls back.
type pacer func(context.Context) error

func (p pacer) Wait(ctx context.Context) error { return p(ctx) }

func (pacer) Depart(ctx context.Context) error { return ctx.Err() }

func (pacer) Observe(time.Time, error) {}

func (pacer) Instances() int { return 1 }

// diary is a pacer that writes down what it is told.
type diary struct {
	pacer

	sent []time.Time
	errs []error
}

func (d *diary) Observe(sent time.Time, err error) {
	d.sent, d.errs = append(d.sent, sent), append(d.errs, err)
}

func TestRefreshTellsThePaceHowCallsEnd(t *testing.T) {
	t.Parallel()
	throttled, fake := coded(core.Throttled, "Throttling"), farFuture()
	began := fake.Now()
	p := &platform{submit: answering(throttled)}
	d := &diary{pacer: func(context.Context) error { return nil }}
	core.NewRefresher(core.RefresherConfig{Provider: p, Clock: fake, Pace: d}).Refresh(t.Context(), tasks("a"))
	if want := []time.Time{began, began.Add(200 * time.Millisecond)}; !slices.Equal(d.sent, want) {
		t.Errorf("calls left at %v, want %v", d.sent, want)
	}
	if want := []error{throttled, nil}; !slices.Equal(d.errs, want) {
		t.Errorf("calls ended with %v, want %v", d.errs, want)
	}
}

func TestRefreshWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	var turns atomic.Int64
	p := &platform{submit: refusing(map[string]error{"m03": coded(core.NotFound, "InvalidVideo.NotFound")})}
	r := core.NewRefresher(core.RefresherConfig{Provider: p, Pace: pacer(func(context.Context) error {
		turns.Add(1)
		return nil
	})})
	r.Refresh(t.Context(), tasks(numbered(20)...))
	if calls := len(p.submitted()); int64(calls) != turns.Load() || calls < 3 {
		t.Errorf("%d calls took %d turns", calls, turns.Load())
	}
}

// A pacer that gives no turn ends the batch: what it was asked to do later, it
// will not do later either.
func TestRefreshEndsWithoutATurn(t *testing.T) {
	t.Parallel()
	refusal := errors.New("rate: Wait(n=1) would exceed context deadline")
	for name, before := range map[string]int{"for the first call": 0, "for a half": 1, "for the other half": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var turns int
			p, fake := &platform{submit: answering(times(12, coded(core.Invalid, "x"))...)}, farFuture()
			r := core.NewRefresher(core.RefresherConfig{Provider: p, Clock: fake, Pace: pacer(func(context.Context) error {
				turns++
				if turns > before {
					return refusal
				}
				return nil
			})})
			got := r.Refresh(t.Context(), tasks("a", "b", "c", "d"))
			if last := got[len(got)-1]; last.State != core.Failed || core.KindOf(last.Err) != core.Throttled || !errors.Is(last.Err, refusal) || last.Final() {
				t.Errorf("the outcome is %+v", last)
			}
			if len(p.submitted()) != before || len(fake.Slept()) != 0 {
				t.Errorf("%d calls and pauses of %v, want %d and none", len(p.submitted()), fake.Slept(), before)
			}
		})
	}
}

func TestRefreshLogsEachCall(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	p := &platform{submit: answering(&core.Error{Kind: core.Unavailable, Op: "RefreshMediaPlayUrls", Message: "no answer", Err: errors.New("?Signature=s3cret")})}
	r := core.NewRefresher(core.RefresherConfig{Provider: p, Clock: farFuture(), Log: slog.New(slog.NewTextHandler(&lines, nil))})
	r.Refresh(t.Context(), tasks("a", "b"))
	text := lines.String()
	for _, want := range []string{
		`level=WARN msg="submit failed" provider=aliyun task_type=Refresh targets=2 dur_ms=0 error_kind=unavailable error="RefreshMediaPlayUrls: no answer"`,
		`level=INFO msg=submitted provider=aliyun task_type=Refresh targets=2 dur_ms=0 job_id=job-a`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\nlacks %s", text, want)
		}
	}
	if strings.Contains(text, "s3cret") {
		t.Errorf("shows a secret: %s", text)
	}
}

func TestOutcomeFinal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		outcome core.Outcome
		want    bool
	}{
		{core.Outcome{State: core.Refreshed}, true},
		{core.Outcome{State: core.OutcomeCovered}, true},
		{core.Outcome{State: core.OutcomeNotFound}, true},
		{core.Outcome{State: core.OutcomeForbidden}, true},
		{core.Outcome{State: core.Queued}, false},
		{core.Outcome{State: core.Failed, Err: coded(core.Invalid, "x")}, true},
		{core.Outcome{State: core.Failed, Err: coded(core.NotFound, "x")}, false},
		{core.Outcome{State: core.Failed, Err: coded(core.Forbidden, "x")}, false},
		{core.Outcome{State: core.Failed, Err: context.Canceled}, false},
		{core.Outcome{Task: core.Task{Provider: events.Aliyun}}, false},
	} {
		if got := test.outcome.Final(); got != test.want {
			t.Errorf("%+v: Final is %v", test.outcome, got)
		}
	}
}

package core_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// A store that cannot be asked what is covered is our fault: nothing goes out.
func TestSubmitWithoutItsStore(t *testing.T) {
	t.Parallel()
	s := newShop(&platform{})
	down := coded(core.Unavailable, "down")
	s.books = fault{Store: s.store, get: down}
	for _, o := range s.submitter(core.SubmitterConfig{}).Submit(t.Context(), only(message("a", noon()), message("b", noon()))) {
		if o.State != core.Failed || core.KindOf(o.Err) != core.Internal || !errors.Is(o.Err, down) || o.Task.ID == "" {
			t.Errorf("outcome is %+v", o)
		}
	}
	if len(s.calls()) != 0 {
		t.Errorf("calls are %q", s.calls())
	}
}

// A call that is accepted is accepted, even if that cannot be written down.
func TestSubmitThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &outage{Store: memory.NewStore(nil)}
		s := newShop(&platform{submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
			out.set(true)
			return accepted(b), nil
		}})
		s.books = out
		log := &journal{}
		submitter := s.submitter(core.SubmitterConfig{Log: slog.New(slog.NewTextHandler(log, nil))})
		m := message("a", time.Now())
		if got := submitter.Submit(t.Context(), only(m)); got[0].State != core.Refreshed || !contains(log, "coverage could not be recorded, doubles may be submitted again") {
			t.Errorf("outcome is %+v, log %s", got[0], log)
		}
		out.set(false)
		if got := submitter.Submit(t.Context(), only(m)); core.KindOf(got[0].Err) != core.Unavailable {
			t.Errorf("during the lease: %+v", got[0])
		}
		after(40 * time.Second)
		if got := submitter.Submit(t.Context(), only(m)); got[0].State != core.Refreshed || len(s.calls()) != 2 {
			t.Errorf("after the lease: %+v after %q", got[0], s.calls())
		}
	})
}

// steps writes down in which order a tracker and a store are used.
type steps struct {
	core.Store

	taken []string
	errs  []error // that Track answers with first
}

func (s *steps) Track(_ context.Context, _ []core.Message, _ []core.Outcome, _ time.Time) error {
	s.taken = append(s.taken, "track at "+time.Now().UTC().Format("05.0"))
	if len(s.errs) == 0 {
		return nil
	}
	err := s.errs[0]
	s.errs = s.errs[1:]
	return err
}

func (s *steps) Put(ctx context.Context, records []core.Record) ([]string, error) {
	step := "reserve"
	if strings.Contains(string(records[0].Value), `"scopes"`) {
		step = "commit"
	}
	s.taken = append(s.taken, step)
	return s.Store.Put(ctx, records)
}

// A job is followed before its coverage is recorded: a crash in between costs a
// submission, and loses nothing that is to come after the job. A tracker that is
// out for a moment is asked three times, even if the caller has hung up.
func TestSubmitFollowsBeforeItCommits(t *testing.T) {
	t.Parallel()
	down := coded(core.Unavailable, "down")
	for name, test := range map[string]struct {
		errs []error
		want []string
		log  bool
	}{
		"at once":   {nil, []string{"reserve", "track at 00.0", "commit"}, false},
		"the third": {times(2, down), []string{"reserve", "track at 00.0", "track at 00.5", "track at 01.0", "commit"}, false},
		"never":     {times(9, down), []string{"reserve", "track at 00.0", "track at 00.5", "track at 01.0", "commit"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				s := newShop(&platform{submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
					cancel()
					return accepted(b), nil
				}})
				order := &steps{Store: s.store, errs: test.errs}
				s.books, s.follow = order, order
				log := &journal{}
				got := s.submitter(core.SubmitterConfig{Log: slog.New(slog.NewTextHandler(log, nil))}).Submit(ctx, only(message("a", time.Now())))
				if got[0].State != core.Refreshed || !slices.Equal(order.taken, test.want) || contains(log, "jobs are not followed") != test.log {
					t.Errorf("outcome %+v by %q, want %q; log %s", got[0], order.taken, test.want, log)
				}
			})
		})
	}
}

// The tracker learns of every outcome, the time before the call left, and only of
// messages that were submitted themselves.
func TestSubmitTellsWhatItSubmitted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, n := newShop(&platform{submit: func(context.Context, core.Batch) (core.Submission, error) {
			time.Sleep(3 * time.Second)
			return core.Submission{JobID: "j", NotFound: []string{"b"}}, nil
		}}), &notebook{}
		s.follow = n
		began := time.Now()
		s.submitter(core.SubmitterConfig{}).Submit(t.Context(), only(message("a", began), message("b", began), message("a", began)))
		if got := outcomesOf(n.outcomes); !slices.Equal(got, []string{"a refreshed", "b not_found"}) || len(n.messages) != 2 {
			t.Errorf("told of %d messages with outcomes %q", len(n.messages), got)
		}
		if n.outcomes[0].JobID != "j" || !n.submitted[0].Equal(began) {
			t.Errorf("told of job %q, submitted at %v, want j and %v", n.outcomes[0].JobID, n.submitted[0], began)
		}
	})
}

// A job that could not be recorded would take its follow-up with it, so the message
// is not done: it is submitted again. Without a follow-up nothing is lost.
func TestSubmitDoesNotLoseAFollowUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		then core.TaskType
		want []core.OutcomeState // of the first delivery and the second
	}{
		"a preload is to follow": {core.Preload, []core.OutcomeState{core.Failed, core.Refreshed}},
		"nothing is to follow":   {"", []core.OutcomeState{core.Refreshed, core.OutcomeCovered}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(&platform{})
				s.follow = &steps{Store: s.store, errs: times(3, coded(core.Unavailable, "down"))}
				submitter := s.submitter(core.SubmitterConfig{})
				m := message("a", time.Now())
				m.Task.Then = test.then
				for _, want := range test.want {
					if got := submitter.Submit(t.Context(), only(m)); got[0].State != want {
						t.Errorf("got %s (%v), want %s", got[0].State, got[0].Err, want)
					}
				}
			})
		})
	}
}

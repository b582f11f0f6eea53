package core_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// library is a function that knows the media of a platform.
type library func(id string) (core.MediaInfo, error)

func (l library) Media(_ context.Context, id string) (core.MediaInfo, error) { return l(id) }

// desk is a handover that writes down what it is given.
type desk struct{ taken []core.Message }

func (d *desk) HandOver(_ context.Context, messages []core.Message) []core.Outcome {
	d.taken = append(d.taken, messages...)
	all := make([]core.Outcome, len(messages))
	for i, m := range messages {
		all[i] = core.Outcome{Task: m.Task, State: core.Queued}
	}
	return all
}

// intake is one with a rule for TranscodeComplete, at noon.
func intake(t *testing.T, rule core.Rule) (*core.Intake, *desk) {
	t.Helper()
	rule.On = []string{"TranscodeComplete"}
	d := &desk{}
	return &core.Intake{
		Rules: rules(t, rule), Handover: d, Clock: clock.NewFake(noon()), Log: slog.New(slog.DiscardHandler),
	}, d
}

// noon is what the clocks of these tests show.
func noon() time.Time { return time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC) }

func TestTake(t *testing.T) {
	t.Parallel()
	created := func(ago time.Duration) library {
		return func(id string) (core.MediaInfo, error) {
			return core.MediaInfo{ID: id, Created: noon().Add(-ago)}, nil
		}
	}
	refusing := func(err error) library {
		return func(string) (core.MediaInfo, error) { return core.MediaInfo{}, err }
	}
	undated := library(func(id string) (core.MediaInfo, error) { return core.MediaInfo{ID: id}, nil })
	missing, down := coded(core.NotFound, "InvalidVideo.NotFound"), coded(core.Unavailable, "ServiceUnavailable")
	plain, confirm := core.Rule{}, core.Rule{Confirm: true}
	replaced := core.Rule{Replaced: true, MinAge: 6 * time.Hour}
	both := core.Rule{Replaced: true, MinAge: 6 * time.Hour, Confirm: true}
	for name, test := range map[string]struct {
		rule    core.Rule
		library core.Library // nil for none
		want    core.Reason
		kind    core.Kind
	}{
		"no question":                 {plain, refusing(down), core.Wanted, ""},
		"confirmed":                   {confirm, created(0), core.Wanted, ""},
		"confirm, missing":            {confirm, refusing(missing), core.Unconfirmed, ""},
		"confirm, down":               {confirm, refusing(down), "", core.Unavailable},
		"confirm, a stranger":         {confirm, refusing(errors.New("boom")), "", core.Internal},
		"confirm, nobody to ask":      {confirm, nil, "", core.Internal},
		"replaced, old":               {replaced, created(7 * time.Hour), core.Wanted, ""},
		"replaced, just old enough":   {replaced, created(6 * time.Hour), core.Wanted, ""},
		"replaced, a moment short":    {replaced, created(6*time.Hour - 1), core.NotReplaced, ""},
		"replaced, from the future":   {replaced, created(-time.Minute), core.NotReplaced, ""},
		"replaced, undated":           {replaced, undated, core.Wanted, ""},
		"replaced, missing":           {replaced, refusing(missing), core.Wanted, ""},
		"replaced, down":              {replaced, refusing(down), core.Wanted, ""},
		"replaced, nobody to ask":     {replaced, nil, core.Wanted, ""},
		"both, old":                   {both, created(7 * time.Hour), core.Wanted, ""},
		"both, new":                   {both, created(time.Hour), core.NotReplaced, ""},
		"both, missing":               {both, refusing(missing), core.Unconfirmed, ""},
		"both, down":                  {both, refusing(down), "", core.Unavailable},
		"both, nobody to ask":         {both, nil, "", core.Internal},
		"both, without a date":        {both, undated, core.Wanted, ""},
		"no age asked for, and a day": {core.Rule{Replaced: true}, created(0), core.Wanted, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, d := intake(t, test.rule)
			if test.library != nil {
				i.Libraries = map[events.Provider]core.Library{events.Aliyun: test.library}
			}
			taken, err := i.Take(t.Context(), event("TranscodeComplete"), at())
			if core.KindOf(err) != test.kind || taken.Ignored != test.want {
				t.Fatalf("ignored for %q, error %v, want %q and kind %q", taken.Ignored, err, test.want, test.kind)
			}
			handed := err == nil && test.want == core.Wanted
			if handed != (len(d.taken) == 1) || handed != (taken.Outcome.State == core.Queued) {
				t.Errorf("hands over %+v, outcome %+v", d.taken, taken.Outcome)
			}
			want := core.NewMessage(purge("TranscodeComplete"), noon())
			want.Task.Signed = at()
			if handed && d.taken[0] != want {
				t.Errorf("hands over %+v, want %+v", d.taken[0], want)
			}
		})
	}
}

func TestTakeIgnoresWhatNoRuleWants(t *testing.T) {
	t.Parallel()
	i, d := intake(t, core.Rule{Confirm: true})
	for eventType, want := range map[string]core.Reason{
		"FileUploadComplete": core.NoRule, "Novelty": core.UnknownEvent, "SubmitMediaRefreshComplete": core.OwnRefresh,
	} {
		if taken, err := i.Take(t.Context(), event(eventType), at()); err != nil || taken.Ignored != want {
			t.Errorf("%s is ignored for %q, %v, want %q", eventType, taken.Ignored, err, want)
		}
	}
	if len(d.taken) != 0 {
		t.Errorf("hands over %+v", d.taken)
	}
}

func TestTakeDry(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	i, d := intake(t, core.Rule{})
	i.DryRun, i.Log = true, slog.New(slog.NewTextHandler(&lines, nil))
	taken, err := i.Take(t.Context(), event("TranscodeComplete"), at())
	if err != nil || taken.Ignored != core.DryRun || len(d.taken) != 0 {
		t.Errorf("ignored for %q, %v, and hands over %+v", taken.Ignored, err, d.taken)
	}
	if text := lines.String(); !strings.Contains(text, "dry run: not submitted") || !strings.Contains(text, "m1") {
		t.Errorf("logs %q", text)
	}
}

// The answer to a refresh is a hint to whoever follows its job, and nothing else.
func TestTakePassesHintsOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		i, d := intake(t, core.Rule{})
		i.Follow, _ = following(t, p, core.FollowerConfig{})
		track(t, i.Follow, tracked("j1"))
		after(0)
		e := event("SubmitMediaRefreshComplete")
		e.JobIDs = []string{"j0", "j1"}
		if taken, err := i.Take(t.Context(), e, at()); err != nil || taken.Ignored != core.OwnRefresh || len(d.taken) != 0 {
			t.Fatalf("ignored for %q, %v, and hands over %+v", taken.Ignored, err, d.taken)
		}
		after(0)
		if asked := p.questions(); !slices.Equal(asked, []string{"j1"}) {
			t.Errorf("asks about %v, want j1 at once", asked)
		}
	})
}

func TestTakeDelays(t *testing.T) {
	t.Parallel()
	i, d := intake(t, core.Rule{Delay: 5 * time.Minute})
	if _, err := i.Take(t.Context(), event("TranscodeComplete"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if m := d.taken[0]; !m.Due.Equal(noon().Add(5*time.Minute)) || !m.Received.Equal(noon()) || !m.Task.Signed.IsZero() {
		t.Errorf("hands over %+v", m)
	}
}

// A rule with when: replaced spends nothing on a first upload, everything on the
// ones after it, and everything where nobody remembers.
func TestTakeWhenReplaced(t *testing.T) {
	t.Parallel()
	first, second := event("TranscodeComplete"), event("TranscodeComplete")
	second.Time = at().Add(time.Hour)
	type taking struct {
		event events.Event
		want  core.Reason
	}
	for name, test := range map[string]struct {
		age   time.Duration // of the media, for its platform
		store error
		takes []taking
	}{
		"a new media":          {time.Hour, nil, []taking{{first, core.NotReplaced}, {first, core.NotReplaced}, {second, core.Wanted}, {second, core.Wanted}, {first, core.NotReplaced}}},
		"an old one":           {7 * time.Hour, nil, []taking{{first, core.Wanted}, {second, core.Wanted}}},
		"a store that is down": {time.Hour, coded(core.Unavailable, "down"), []taking{{first, core.Wanted}, {second, core.Wanted}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, d := intake(t, core.Rule{Replaced: true, MinAge: 6 * time.Hour})
			i.Libraries = map[events.Provider]core.Library{events.Aliyun: library(func(id string) (core.MediaInfo, error) {
				return core.MediaInfo{ID: id, Created: noon().Add(-test.age)}, nil
			})}
			i.History = &core.History{Store: fault{Store: memory.NewStore(i.Clock), get: test.store}, Clock: i.Clock}
			wanted := 0
			for n, take := range test.takes {
				taken, err := i.Take(t.Context(), take.event, at())
				if err != nil || taken.Ignored != take.want {
					t.Errorf("event %d is ignored for %q, %v, want %q", n, taken.Ignored, err, take.want)
				}
				if take.want == core.Wanted {
					wanted++
				}
			}
			if len(d.taken) != wanted {
				t.Errorf("hands over %d messages, want %d", len(d.taken), wanted)
			}
		})
	}
}

// hungLibrary is a library that never answers.
type hungLibrary struct{}

func (hungLibrary) Media(ctx context.Context, _ string) (core.MediaInfo, error) {
	<-ctx.Done()
	return core.MediaInfo{}, ctx.Err()
}

// hungStore is a store that never answers.
type hungStore struct{ core.Store }

func (hungStore) Get(ctx context.Context, _ []string) ([]core.Record, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Whoever does not answer leaves time for the handover: the sender gives up after
// seconds, and repeats an event twice.
func TestTakeWhenReplacedLeavesTime(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*core.Intake){
		"a platform that hangs": func(i *core.Intake) {
			i.Libraries = map[events.Provider]core.Library{events.Aliyun: hungLibrary{}}
		},
		"a store that hangs": func(i *core.Intake) {
			i.Libraries = map[events.Provider]core.Library{events.Aliyun: hungLibrary{}}
			i.History = &core.History{Store: hungStore{}, Clock: i.Clock}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				i, d := intake(t, core.Rule{Replaced: true, MinAge: 6 * time.Hour})
				change(i)
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				began := time.Now()
				taken, err := i.Take(ctx, event("TranscodeComplete"), at())
				if err != nil || taken.Ignored != core.Wanted || len(d.taken) != 1 {
					t.Errorf("taken %+v, %v, %d handed over", taken, err, len(d.taken))
				}
				if took := time.Since(began); took > 2*time.Second || ctx.Err() != nil {
					t.Errorf("took %v, which leaves too little: %v", took, ctx.Err())
				}
			})
		})
	}
}

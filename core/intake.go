package core

import (
	"context"
	"log/slog"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// Library knows the media of a platform.
type Library interface {
	// Media describes a media; an error of kind NotFound says that there is none.
	Media(ctx context.Context, id string) (MediaInfo, error)
}

// Intake is the way of a verified event into the program: it decides, asks the
// platform where a rule wants that, and hands the task over.
type Intake struct {
	Rules     Rules
	Handover  Handover
	Libraries map[events.Provider]Library // for rules with confirm or when: replaced
	Follow    *Follower                   // told of SubmitMediaRefreshComplete; nil for nobody
	DryRun    bool                        // decide and log, hand nothing over
	Clock     clock.Clock
	Log       *slog.Logger
}

// Taken is what became of an event. Ignored says why it led to no task;
// otherwise Outcome is the task's.
type Taken struct {
	Ignored Reason
	Outcome Outcome
}

// Take deals with one event. An error means that nothing was decided and that
// the platform should send the event again.
func (i *Intake) Take(ctx context.Context, e events.Event) (Taken, error) {
	if e.Kind == events.RefreshSubmitted && i.Follow != nil {
		for _, id := range e.JobIDs {
			i.Follow.Hint(e.Provider, id)
		}
	}
	task, rule, ignored := i.Rules.Decide(e)
	if ignored == Wanted {
		var err error
		if ignored, err = i.check(ctx, rule, task); err != nil {
			return Taken{}, err
		}
	}
	if ignored == Wanted && i.DryRun {
		i.Log.InfoContext(ctx, "dry run: not submitted", "task", task)
		ignored = DryRun
	}
	if ignored != Wanted {
		return Taken{Ignored: ignored}, nil
	}
	return Taken{Outcome: i.Handover.HandOver(ctx, []Task{task})[0]}, nil
}

// check asks the platform about the media, if the rule wants that. Without an
// answer a rule with confirm waits for the event to be repeated; when: replaced
// alone goes on, because wrongly stale is worse than spent.
func (i *Intake) check(ctx context.Context, rule Rule, t Task) (Reason, error) {
	library := i.Libraries[t.Provider]
	switch {
	case rule.Confirm && library == nil:
		return Wanted, Errorf(Internal, "no library of provider %q to confirm media with", t.Provider)
	case !rule.Confirm && !rule.Replaced, library == nil:
		return Wanted, nil
	}
	media, err := library.Media(ctx, t.ID)
	switch {
	case err != nil && rule.Confirm && KindOf(err) == NotFound:
		return Unconfirmed, nil
	case err != nil && rule.Confirm:
		return Wanted, err
	case err != nil:
		i.Log.WarnContext(ctx, "could not ask how old the media is, refreshing it all the same",
			"provider", t.Provider, "media_id", t.ID, "error", err)
		return Wanted, nil
	case rule.Replaced && !media.Created.IsZero() && i.Clock.Now().Sub(media.Created) < rule.MinAge:
		return NotReplaced, nil
	}
	return Wanted, nil
}

package core

import (
	"context"
	"log/slog"
	"time"

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
	History   *History                    // for rules with when: replaced; nil remembers nothing
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

// Take deals with one event that the platform signed at a time (zero if nobody
// knows). An error means that nothing was decided and that the platform should
// send the event again.
func (i *Intake) Take(ctx context.Context, e events.Event, signed time.Time) (Taken, error) {
	message, ignored, err := i.Decide(ctx, e, signed)
	if err != nil || ignored != Wanted {
		return Taken{Ignored: ignored}, err
	}
	return Taken{Outcome: i.Handover.HandOver(ctx, []Message{message})[0]}, nil
}

// Decide is Take without the handover: it returns the message that is to be handed
// over, or why there is none.
func (i *Intake) Decide(ctx context.Context, e events.Event, signed time.Time) (Message, Reason, error) {
	now := i.Clock.Now()
	if e.Kind == events.RefreshSubmitted && i.Follow != nil {
		for _, id := range e.JobIDs {
			i.Follow.Hint(ctx, e.Provider, id)
		}
	}
	task, rule, ignored := i.Rules.Decide(e)
	if ignored == Wanted {
		var err error
		if ignored, err = i.check(ctx, rule, e); err != nil {
			return Message{}, ignored, err
		}
	}
	if ignored == Wanted && i.DryRun {
		i.Log.InfoContext(ctx, "dry run: not submitted", "task", task)
		ignored = DryRun
	}
	if ignored != Wanted {
		return Message{}, ignored, nil
	}
	task.Signed = signed
	message := NewMessage(task, now)
	if rule.Delay > 0 {
		message.Due = now.Add(rule.Delay)
	}
	return message, Wanted, nil
}

// inquiring is how long the store and the platform may take to tell whether a media
// was replaced: the sender waits, and without an answer there is a task to hand over.
const inquiring = 2 * time.Second

// check asks what has to be known of the media before the rule may fire. Without
// an answer a rule with confirm waits for the event to be repeated; when:
// replaced alone goes on, because wrongly stale is worse than spent.
func (i *Intake) check(ctx context.Context, rule Rule, e events.Event) (Reason, error) {
	if !rule.Confirm {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, inquiring)
		defer cancel()
	}
	replaced := !rule.Replaced || i.earlier(ctx, rule, e)
	library := i.Libraries[e.Provider]
	switch {
	case rule.Confirm && library == nil:
		return Wanted, Errorf(Internal, "no library of provider %q to confirm media with", e.Provider)
	case !rule.Confirm && replaced, library == nil:
		return Wanted, nil
	}
	media, err := library.Media(ctx, e.MediaID)
	switch {
	case err != nil && rule.Confirm && KindOf(err) == NotFound:
		return Unconfirmed, nil
	case err != nil && rule.Confirm:
		return Wanted, err
	case err != nil:
		i.Log.WarnContext(ctx, "could not ask how old the media is, refreshing it all the same",
			"provider", e.Provider, "media_id", e.MediaID, "error", err)
		return Wanted, nil
	case !replaced && !media.Created.IsZero() && i.Clock.Now().Sub(media.Created) < rule.MinAge:
		return NotReplaced, nil
	}
	return Wanted, nil
}

// earlier reports whether the media has completed before, or may have because the
// store cannot tell. After the rule's least age that follows from the age of the
// media itself, so nothing has to be remembered for longer than that and a day
// for late callbacks.
func (i *Intake) earlier(ctx context.Context, rule Rule, e events.Event) bool {
	if i.History == nil {
		return false
	}
	const late = 24 * time.Hour
	earlier, err := i.History.Earlier(ctx, e, rule.MinAge+late)
	if err != nil {
		i.Log.WarnContext(ctx, "could not look for earlier events of the media, refreshing it all the same",
			"provider", e.Provider, "media_id", e.MediaID, "error", err)
		return true
	}
	return earlier
}

package core

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// TallyConfig is what a Tally is made of. Only Store is required.
type TallyConfig struct {
	Provider events.Provider
	Region   string         // of the account: each has a count of its own
	Store    Store          // shared by all processes that spend of the same account
	Daily    int            // media or URLs a day, of each task type
	Zone     *time.Location // whose midnight begins the day; default UTC+8
	Clock    clock.Clock    // default: the system's
}

// Tally is the [Meter] of a platform that cannot be asked: it counts in the store
// what is submitted, one for each media and one for each URL, apart for each task
// type and day. Whether Huawei counts a URL as one is documented nowhere. What
// others spend of the account it does not see: the platform's own refusal ends a
// day whatever was counted; see [Spending].
type Tally struct{ cfg TallyConfig }

// NewTally returns a tally; what cfg leaves out has its default.
func NewTally(cfg TallyConfig) *Tally {
	if cfg.Zone == nil {
		cfg.Zone = beijing()
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	return &Tally{cfg}
}

// Quota is what is left by our own count. The error is the store's, or of kind
// Internal if a record holds no number.
func (t *Tally) Quota(ctx context.Context) (Quota, error) {
	now := t.cfg.Clock.Now()
	records, err := t.cfg.Store.Get(ctx, []string{t.key(Refresh, now), t.key(Preload, now)})
	if err != nil {
		return Quota{}, err
	}
	quota := Quota{Provider: t.cfg.Provider, ResetsAt: midnight(now, t.cfg.Zone)}
	for i, allowance := range []*Allowance{&quota.Refresh, &quota.Preload} {
		spent := 0
		if text := string(records[i].Value); text != "" {
			if spent, err = strconv.Atoi(text); err != nil {
				message := "counter " + Quote(records[i].Key) + " holds " + Quote(text) + ", which is no number"
				return Quota{}, &Error{Kind: Internal, Message: message, Err: err}
			}
		}
		*allowance = Allowance{Limit: t.cfg.Daily, Remaining: max(0, t.cfg.Daily-spent)}
	}
	return quota, nil
}

// take counts up to n, and returns how many of them the day has room for when
// keep of it are left alone.
func (t *Tally) take(ctx context.Context, task TaskType, n, keep int) (taken int, err error) {
	now, limit := t.cfg.Clock.Now(), max(0, t.cfg.Daily-keep)
	for n > 0 {
		total, ok, err := Count(ctx, t.cfg.Store, t.key(task, now), n, limit, t.expires(now))
		if err != nil {
			return 0, err
		}
		if ok {
			return n, nil
		}
		n = limit - total // what is left, unless others are faster
	}
	return 0, nil
}

// giveBack undoes a take of n at a time.
func (t *Tally) giveBack(ctx context.Context, task TaskType, n int, taken time.Time) error {
	_, _, err := Count(ctx, t.cfg.Store, t.key(task, taken), -n, NoLimit, t.expires(taken))
	return err
}

// key is where a day's count is in the store.
func (t *Tally) key(task TaskType, now time.Time) string {
	day := now.In(t.cfg.Zone).Format(time.DateOnly)
	return strings.Join([]string{"tally", string(t.cfg.Provider), t.cfg.Region, string(task), day}, "/")
}

// expires is when a count is of no more use.
func (t *Tally) expires(now time.Time) time.Time {
	const margin = 24 * time.Hour
	return midnight(now, t.cfg.Zone).Add(margin)
}

// beijing is where the platforms' days begin, as far as they say.
func beijing() *time.Location { return time.FixedZone("+08:00", 8*60*60) }

// midnight is when the day after now begins.
func midnight(now time.Time, zone *time.Location) time.Time {
	now = now.In(zone)
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, zone)
}

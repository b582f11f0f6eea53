package upload

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// budgetSpan is the time that a budget is for.
const budgetSpan = time.Minute

// countRequest counts a request against a budget, unless the last minute had limit
// of them: then ok is false, and nothing is counted. There is room for the next one
// at free; zero if there is now. The counter holds the times of the requests, so
// that any minute is held to the limit, not only those of the clock.
func countRequest(ctx context.Context, c *sharedCounter, limit int) (ok bool, free time.Time, err error) {
	err = c.change(ctx, func(now time.Time, value []byte) ([]byte, time.Time) {
		times := spentSince(value, now.Add(-budgetSpan))
		if ok = len(times) < limit; ok {
			times = append(times, now)
		}
		if free = (time.Time{}); len(times) >= limit {
			free = times[len(times)-limit].Add(budgetSpan)
		}
		if !ok {
			return nil, time.Time{}
		}
		var text []byte
		for _, t := range times {
			text = strconv.AppendInt(append(text, ' '), t.UnixMilli(), 10)
		}
		return text[1:], now.Add(budgetSpan)
	})
	return ok, free, err
}

// count counts a request for a video. The error is of kind Throttled if that is one
// too many.
func (i *Issuer) count(ctx context.Context, v *video) error {
	ok, free, err := countRequest(ctx, v.budget, i.cfg.Budget)
	if err != nil {
		return err
	}
	i.mu.Lock()
	v.free = free
	i.mu.Unlock()
	if ok {
		return nil
	}
	return i.throttled(free)
}

// spent is an error while the budget of a video is known to have no room.
func (i *Issuer) spent(v *video) error {
	i.mu.Lock()
	free := v.free
	i.mu.Unlock()
	if !i.cfg.Clock.Now().Before(free) {
		return nil
	}
	return i.throttled(free)
}

// throttled is the error for a video whose budget has no room until free.
func (i *Issuer) throttled(free time.Time) error {
	return &core.Error{
		Kind: core.Throttled, RetryAfter: max(time.Millisecond, free.Sub(i.cfg.Clock.Now())),
		Message: fmt.Sprintf("more than %d requests a minute for this video", i.cfg.Budget),
	}
}

// spentSince reads the times after one, the earliest first. What is no time is
// not counted.
func spentSince(value []byte, since time.Time) (times []time.Time) {
	for text := range strings.FieldsSeq(string(value)) {
		milli, err := strconv.ParseInt(text, 10, 64)
		if t := time.UnixMilli(milli); err == nil && t.After(since) {
			times = append(times, t)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

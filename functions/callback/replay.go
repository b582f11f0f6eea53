package callback

import (
	"context"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// remembering is how long the store may take: the platform waits for the answer.
const remembering = time.Second

// replayed reports whether a callback was dealt with before. Where the store
// cannot tell, it was not: coverage keeps a double from being paid for twice.
func (h handler) replayed(ctx context.Context, c received) bool {
	if c.keep == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, remembering)
	defer cancel()
	seen, err := h.Huawei.Replays.Seen(ctx, c.event.MessageID)
	if err != nil {
		h.Log.WarnContext(ctx, "whether a callback is a replay cannot be told, it is taken", "provider", h.provider,
			"error_kind", core.KindOf(err), "error", err)
	}
	return seen
}

// remember keeps a callback that is finished or durable from having an effect
// once more. What was done is to be remembered even if it took all the time.
func (h handler) remember(ctx context.Context, c received) {
	if c.keep == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), remembering)
	defer cancel()
	if err := h.Huawei.Replays.Remember(ctx, c.event.MessageID, h.Clock.Now().Add(c.keep)); err != nil {
		h.Log.WarnContext(ctx, "a callback could not be remembered, a replay of it is taken", "provider", h.provider,
			"error_kind", core.KindOf(err), "error", err)
	}
}

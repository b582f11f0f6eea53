package jetstream

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

func TestGauge(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(time.Unix(1, 0))
	held, looks := 0, 0
	var broken error
	g := &gauge{most: 10, mostBytes: 1 << 20, clock: now, look: func(context.Context) (int, int64, error) {
		looks++
		return held, 0, broken
	}}
	steps := []struct {
		name   string
		before func()
		add    int
		kind   core.Kind
		looks  int
	}{
		{"the first looks", func() {}, 4, "", 1},
		{"a glance is good for a while", func() {}, 4, "", 1},
		{"too much by our count, but others took some", func() { held = 3 }, 7, "", 2},
		{"too much", func() { held = 10 }, 1, core.Unavailable, 3},
		{"still too much", func() {}, 1, core.Unavailable, 4},
		{"others made room", func() { held = 0 }, 1, "", 5},
		{"others filled it, and we look again", func() { held = 10; now.Advance(glance + 1) }, 1, core.Unavailable, 6},
		{"nobody says", func() { held, broken = 0, core.Errorf(core.Internal, "x") }, 1, core.Internal, 7},
		{"nobody says, so nothing has changed", func() {}, 1, core.Internal, 8},
	}
	for _, step := range steps {
		step.before()
		messages := make([]*nats.Msg, step.add)
		for i := range messages {
			messages[i] = &nats.Msg{}
		}
		if err := g.admit(t.Context(), messages); core.KindOf(err) != step.kind {
			t.Errorf("%s: %v, want %q", step.name, err, step.kind)
		}
		if looks != step.looks {
			t.Errorf("%s: %d looks, want %d", step.name, looks, step.looks)
		}
	}
}

package core_test

import (
	"context"
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

func ExampleCoverage() {
	ctx, now := context.Background(), clock.NewFake(time.Date(2026, 3, 4, 12, 0, 1, 0, time.UTC))
	coverage := core.NewCoverage(core.CoverageConfig{Store: memory.NewStore(now), Skew: 2 * time.Second, Clock: now})
	e := events.Event{Provider: events.Aliyun, Type: "TranscodeComplete", MediaID: "a", Time: now.Now().Add(-time.Second)}
	message := core.Message{Received: now.Now(), Task: core.Task{
		Provider: e.Provider, Target: core.Media, ID: e.MediaID, Options: core.Options{TaskType: core.Refresh},
		Event: e.Type, EventTime: e.Time, Identity: core.Identity(e),
	}}
	reservations, err := coverage.Reserve(ctx, []core.Message{message, message}) // the provider sent it twice
	fmt.Println(reservations[0].State, reservations[1].State, err)
	submitted := now.Now()
	// … the call …
	fmt.Println(coverage.Commit(ctx, reservations, submitted))
	reservations, err = coverage.Reserve(ctx, []core.Message{message}) // and once more
	fmt.Println(reservations[0].State, err)
	// Output:
	// reserved joined <nil>
	// <nil>
	// covered <nil>
}

func ExampleCount() {
	ctx, store := context.Background(), memory.NewStore(clock.System{})
	for range 3 {
		total, ok, err := core.Count(ctx, store, "media/a/2026-03-04", 1, 2, time.Time{})
		fmt.Println(total, ok, err)
	}
	// Output:
	// 1 true <nil>
	// 2 true <nil>
	// 2 false <nil>
}

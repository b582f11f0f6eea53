package memory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// A queue that lives by a clock of its own: a delay passes without waiting.
func ExampleNewQueue() {
	ctx, now := context.Background(), time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	queue := memory.NewQueue(memory.Config{Clock: clock.NewFake(now), Lease: time.Minute})
	err := queue.Enqueue(ctx, []core.Message{{Version: core.MessageVersion, Task: core.Task{ID: "a"}, Due: now.Add(time.Hour)}})
	fmt.Println(queue.Depth(ctx))
	got, _ := queue.Receive(ctx, 10, 2*time.Hour)
	fmt.Println(got[0].Message.Task.ID, got[0].Attempt, err)
	// Output:
	// {0 1 0} <nil>
	// a 1 <nil>
}

// Of two writers that read the same revision, the first wins.
func ExampleNewStore() {
	ctx, store := context.Background(), memory.NewStore(clock.System{})
	first, _ := store.Put(ctx, []core.Record{{Key: "a", Value: []byte("one")}})
	second, err := store.Put(ctx, []core.Record{{Key: "a", Value: []byte("two")}})
	fmt.Printf("%q %q %v\n", first, second, err)
	// Output: ["1"] [""] <nil>
}

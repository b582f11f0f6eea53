package jetstream_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "jetstream")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	server, err := jetstream.Start(ctx, jetstream.Config{Dir: dir})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	conn, err := server.Connect() // or jetstream.Connect, for a cluster
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	queue, err := jetstream.OpenQueue(ctx, conn, jetstream.QueueConfig{})
	if err != nil {
		panic(err)
	}
	defer queue.Close()

	task := core.Task{Provider: "aliyun", Target: core.Media, ID: "e1f2", Options: core.Options{TaskType: core.Refresh}}
	if err := queue.Enqueue(ctx, []core.Message{{Version: core.MessageVersion, Task: task}}); err != nil {
		panic(err)
	}
	deliveries, err := queue.Receive(ctx, 20, time.Second)
	if err != nil {
		panic(err)
	}
	for _, d := range deliveries {
		fmt.Println(d.Message.Task.ID, "attempt", d.Attempt)
		if err := queue.Settle(ctx, []core.Settlement{{Delivery: d}}); err != nil {
			panic(err)
		}
	}
	depth, err := queue.Depth(ctx)
	fmt.Printf("%+v %v\n", depth, err)
	// Output:
	// e1f2 attempt 1
	// {Ready:0 Delayed:0 Dead:0} <nil>
}

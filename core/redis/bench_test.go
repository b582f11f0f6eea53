package redis_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
)

// BenchmarkQueue takes one message through the queue per turn, in batches, over
// a backlog of so many others.
func BenchmarkQueue(b *testing.B) {
	const batch = 20
	for _, backlog := range []int{0, 10_000} {
		b.Run(fmt.Sprint("backlog=", backlog), func(b *testing.B) {
			ctx, e := context.Background(), start(b)
			server, err := redis.Connect(ctx, e.url(), redis.Options{})
			if err != nil {
				b.Fatal(err)
			}
			q := server.Queue(redis.QueueConfig{Lease: time.Hour})
			defer q.Close()
			if err := q.Enqueue(ctx, messages(backlog)); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for n := 0; n < b.N; n += batch {
				if err := q.Enqueue(ctx, messages(batch)); err != nil {
					b.Fatal(err)
				}
				got, err := q.Receive(ctx, batch, time.Second)
				if err != nil {
					b.Fatal(err)
				}
				settlements := make([]core.Settlement, len(got))
				for i, d := range got {
					settlements[i].Delivery = d
				}
				if err := q.Settle(ctx, settlements); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package jetstream_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// bench opens a queue and a store on a server of their own.
func bench(b *testing.B) (*jetstream.Queue, *jetstream.Store) {
	b.Helper()
	server, err := jetstream.Start(b.Context(), jetstream.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	conn, err := server.Connect()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _, _ = conn.Close(), server.Close() })
	queue, err := jetstream.OpenQueue(b.Context(), conn, jetstream.QueueConfig{})
	if err != nil {
		b.Fatal(err)
	}
	store, err := jetstream.OpenStore(b.Context(), conn, jetstream.StoreConfig{})
	if err != nil {
		b.Fatal(err)
	}
	return queue, store
}

// BenchmarkEnqueue is one message a call: alone, and from many at once as the
// callbacks of a flood come.
func BenchmarkEnqueue(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			queue, _ := bench(b)
			one := messages(1)
			b.SetParallelism(callers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := queue.Enqueue(b.Context(), one); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkDrain is receiving and settling a message, of a queue that holds few or
// many.
func BenchmarkDrain(b *testing.B) {
	for _, held := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("held=%d", held), func(b *testing.B) {
			queue, _ := bench(b)
			fill(b, queue, held+b.N)
			b.ResetTimer()
			for left := b.N; left > 0; {
				got, err := queue.Receive(b.Context(), min(left, 200), time.Second)
				if err != nil {
					b.Fatal(err)
				}
				settlements := make([]core.Settlement, len(got))
				for i, d := range got {
					settlements[i].Delivery = d
				}
				if err := queue.Settle(b.Context(), settlements); err != nil {
					b.Fatal(err)
				}
				left -= len(got)
			}
		})
	}
}

func fill(b *testing.B, queue *jetstream.Queue, count int) {
	b.Helper()
	for left := count; left > 0; left -= min(left, 1000) {
		if err := queue.Enqueue(b.Context(), messages(min(left, 1000))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPut is a batch of twenty records, written and read back.
func BenchmarkPut(b *testing.B) {
	for _, due := range []time.Time{{}, time.Unix(1_760_000_000, 0)} {
		b.Run(fmt.Sprintf("indexed=%t", !due.IsZero()), func(b *testing.B) {
			_, store := bench(b)
			for i := 0; b.Loop(); i++ {
				records, keys := make([]core.Record, 20), make([]string, 20)
				for j := range records {
					keys[j] = fmt.Sprintf("coverage/aliyun/cn-shanghai/%d-%d/Refresh", i, j)
					records[j] = core.Record{Key: keys[j], Value: make([]byte, 200), Due: due}
				}
				if _, err := store.Put(b.Context(), records); err != nil {
					b.Fatal(err)
				}
				if _, err := store.Get(b.Context(), keys); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package jetstream_test

import (
	"fmt"
	"os"
	"slices"
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
				write(b, store, "job", i*20, 20, core.Record{Value: make([]byte, 200), Due: due})
			}
		})
	}
}

// BenchmarkCover is what a batch of twenty media costs that nobody has heard of:
// each record is read, created and written once more. It is the same whether the
// store holds few or many; scripts/bench growth measures a million. RSS is that of
// the process, so run one size alone:
//
//	go test -run - -bench 'Cover/held=30000$' -benchtime 2000x ./core/jetstream
func BenchmarkCover(b *testing.B) {
	for _, held := range []int{1_000, 30_000} {
		b.Run(fmt.Sprintf("held=%d", held), func(b *testing.B) {
			_, store := bench(b)
			record := core.Record{Value: make([]byte, 250), Expires: time.Now().Add(24 * time.Hour)}
			before := resident(b)
			for i := 0; i < held; i += 500 {
				write(b, store, "held", i, 500, record)
			}
			b.ResetTimer()
			for i := range b.N {
				write(b, store, "new", i*20, 20, record)
				write(b, store, "new", i*20, 20, record)
			}
			b.StopTimer()
			report(b, before, held+20*b.N)
		})
	}
}

// BenchmarkOpen is the start of a process whose store holds many records: each was
// written twice.
func BenchmarkOpen(b *testing.B) {
	const held = 100_000
	dir := b.TempDir()
	open := func() (*jetstream.Store, func()) {
		server, err := jetstream.Start(b.Context(), jetstream.Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		conn, err := server.Connect()
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		store, err := jetstream.OpenStore(b.Context(), conn, jetstream.StoreConfig{})
		b.StopTimer()
		if err != nil {
			b.Fatal(err)
		}
		return store, func() { _, _ = conn.Close(), server.Close() }
	}
	store, end := open()
	record := core.Record{Value: make([]byte, 250), Expires: time.Now().Add(24 * time.Hour)}
	for i := 0; i < held; i += 20 {
		write(b, store, "held", i, 20, record)
		write(b, store, "held", i, 20, record)
	}
	end()
	b.ResetTimer()
	for range b.N {
		_, end := open()
		end()
	}
}

// write reads records and writes them.
func write(b *testing.B, store *jetstream.Store, of string, from, count int, like core.Record) {
	b.Helper()
	keys := make([]string, count)
	for i := range keys {
		keys[i] = fmt.Sprintf("coverage/aliyun/cn-shanghai/Refresh/%s%032d", of, from+i)
	}
	records, err := store.Get(b.Context(), keys)
	if err != nil {
		b.Fatal(err)
	}
	for i, r := range records {
		records[i] = like
		records[i].Key, records[i].Revision = r.Key, r.Revision
	}
	revisions, err := store.Put(b.Context(), records)
	if err != nil || slices.Contains(revisions, "") {
		b.Fatal(revisions, err)
	}
}

// BenchmarkDelay is what a message costs that is due tomorrow: time, and memory
// while it waits.
func BenchmarkDelay(b *testing.B) {
	queue, _ := bench(b)
	before := resident(b)
	b.ResetTimer()
	for left := b.N; left > 0; left -= min(left, 1000) {
		some := messages(min(left, 1000))
		for i := range some {
			some[i].Due = time.Now().Add(24 * time.Hour)
		}
		if err := queue.Enqueue(b.Context(), some); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	report(b, before, b.N)
}

// report adds what a process holds, all in all and for each of count.
func report(b *testing.B, before, count int) {
	b.Helper()
	after := resident(b)
	b.ReportMetric(float64(after-before)/float64(count), "RSS-B/held")
	b.ReportMetric(float64(after)/(1<<20), "RSS-MB")
}

// resident is how many bytes of the process are in memory, where Linux tells.
func resident(b *testing.B) int {
	b.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(data), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * os.Getpagesize()
}

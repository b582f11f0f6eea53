package jetstream_test

import (
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// Pulls and requests once shared an inbox, and a message that came in while
// somebody asked for the depth was taken for the answer.
func TestDepthIsNotAnsweredByMessages(t *testing.T) {
	t.Parallel()
	server, err := jetstream.Start(t.Context(), jetstream.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	q, err := jetstream.OpenQueue(t.Context(), conn, jetstream.QueueConfig{})
	if err != nil {
		t.Fatal(err)
	}
	const messages = 60
	var receiving sync.WaitGroup
	receiving.Go(func() {
		for got := 0; got < messages; {
			deliveries, err := q.Receive(t.Context(), messages, time.Second)
			if err != nil {
				t.Error(err)
				return
			}
			settlements := make([]core.Settlement, len(deliveries))
			for i, d := range deliveries {
				settlements[i] = core.Settlement{Delivery: d}
			}
			if err := q.Settle(t.Context(), settlements); err != nil {
				t.Error(err)
			}
			got += len(deliveries)
		}
	})
	for range messages {
		if err := q.Enqueue(t.Context(), []core.Message{{Version: core.MessageVersion, Task: core.Task{ID: "a"}}}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := q.Depth(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	receiving.Wait()
}

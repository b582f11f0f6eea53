package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// What a shutdown puts back is there for the next process at once: a receiver that
// has given up takes nothing any more.
func TestAReceiverThatGaveUpTakesNothing(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"embedded": "embedded:", "NATS": natsURL(startNATS(t)), "Redis": startRedis(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, load(t, url, "none:"))
			put(t, e.Queue)
			held, err := e.Queue.Receive(t.Context(), 1, 10*time.Second)
			if err != nil || len(held) != 1 {
				t.Fatalf("received %d, %v", len(held), err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if got, err := e.Queue.Receive(ctx, 400, 5*time.Second); len(got) > 0 {
				t.Fatalf("received %+v, %v", got, err)
			}
			if err := e.Queue.Settle(t.Context(), []core.Settlement{{Delivery: held[0], Again: &held[0].Message}}); err != nil {
				t.Fatal(err)
			}
			got, err := e.Queue.Receive(t.Context(), 400, 10*time.Second)
			if err != nil || len(got) != 1 {
				t.Errorf("received %d, %v, want what was put back", len(got), err)
			}
		})
	}
}

// A message on its way is nobody else's answer.
func TestQuestionsWhileMessagesArrive(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"embedded": "embedded:", "NATS": natsURL(startNATS(t)), "Redis": startRedis(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const count = 200
			e := open(t, load(t, url, "none:"))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var asking sync.WaitGroup
			asking.Go(func() {
				for ctx.Err() == nil {
					_, err := e.Queue.Depth(ctx)
					if err == nil {
						_, err = e.Queue.Dead(ctx, 1)
					}
					if err != nil && ctx.Err() == nil {
						t.Error(err)
						return
					}
				}
			})
			asking.Go(func() {
				for range count {
					put(t, e.Queue)
				}
			})
			for received := 0; received < count; {
				got, err := e.Queue.Receive(t.Context(), 1, 10*time.Second)
				if err != nil || len(got) == 0 {
					t.Errorf("received %d and then %d, %v", received, len(got), err)
					break
				}
				received += len(got)
				if err := e.Queue.Settle(t.Context(), []core.Settlement{{Delivery: got[0]}}); err != nil {
					t.Error(err)
				}
			}
			cancel()
			asking.Wait()
		})
	}
}

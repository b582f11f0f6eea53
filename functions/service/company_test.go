package service_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// Instances at work count each other, in each invocation anew, and several
// invocations of one instance at once count as one.
func TestInCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{Latency: time.Second}).function(t, config.FunctionCompute, onRedis)
		for round := range 3 {
			if n := again(h.Accept(t.Context(), events(fmt.Sprintf("m%d", round)))); n != 0 {
				t.Fatalf("%d have to come again", n)
			}
			var running sync.WaitGroup
			for range 3 {
				running.Go(func() {
					if err := h.Drain(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			most := 0
			for range 40 { // as long as a call takes, and the question for the quota before the first
				time.Sleep(50 * time.Millisecond)
				most = max(most, h.peers(t))
			}
			if most != 1 {
				t.Errorf("round %d: %d instances are at work, want 1", round, most)
			}
			running.Wait()
			if n := h.peers(t); n != 0 {
				t.Errorf("round %d: %d instances are at work after it, want none", round, n)
			}
		}
		h.want(t, "Refresh m0", "Refresh m1", "Refresh m2")
		h.queue.Close()
		if err := h.Drain(t.Context()); core.KindOf(err) != core.Unavailable {
			t.Errorf("a queue that is closed: %v", err)
		}
	})
}

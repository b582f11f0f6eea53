package service_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// The next process goes on with the same queue and store.
func TestARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{RefreshTime: time.Hour})
		rules := "RULES=rules: [{on: [TranscodeComplete], do: refresh+preload}]"
		at := time.Now()
		before := p.build(t, rules) // it dies before it works
		before.accepted(t, happened("TranscodeComplete", "a", at), "queued")
		before.want(t)

		second := p.open(t, rules)
		time.Sleep(10 * time.Minute)
		second.want(t, "Refresh a")
		if idle, err := second.Idle(t.Context()); idle || err != nil {
			t.Errorf("idle while a job is under way: %v, %v", idle, err)
		}
		if err := second.stop(); err != nil {
			t.Error(err)
		}

		third := p.open(t, rules)
		third.accepted(t, happened("TranscodeComplete", "a", at), "queued") // a redelivery
		third.rest(t)
		third.want(t, "Refresh a", "Preload a")
		if log := second.log.String(); strings.Contains(log, "no longer followed") {
			t.Error("a job that the store remembers is given up for lost")
		}
	})
}

// SIGTERM finishes the calls under way and puts the rest back.
func TestShutdownLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const count = 200
		p := newPlot(t, vodsim.Config{Latency: 2 * time.Second, RefreshQuota: -1})
		h := p.open(t, "ALIYUN_RATE=1")
		for i := range count {
			h.accepted(t, happened("TranscodeComplete", fmt.Sprintf("m%04d", i), time.Now()), "queued")
		}
		time.Sleep(3 * time.Second)
		started := time.Now()
		if err := h.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(started); took > 25*time.Second {
			t.Errorf("it took %s", took)
		}
		done := len(h.submitted())
		depth, err := h.queue.Depth(t.Context())
		if err != nil || done == 0 || depth.Ready == 0 || depth.Ready+20*done != count {
			t.Errorf("%d calls of 20, and %d left, %v, want %d in all", done, depth.Ready, err, count)
		}
		if w := h.ask(http.MethodGet, "/readyz", ""); w.Code != http.StatusServiceUnavailable {
			t.Errorf("ready after the end: %d", w.Code)
		}
		got, err := h.queue.Receive(t.Context(), 1, 0)
		if err != nil || len(got) != 1 {
			t.Fatalf("what was put back is not to be had at once: %v, %v", got, err)
		}
		if err := h.queue.Settle(t.Context(), []core.Settlement{{Delivery: got[0], Again: &got[0].Message}}); err != nil {
			t.Fatal(err)
		}

		next := p.open(t)
		next.rest(t)
		seen := make(map[string]int)
		for _, call := range next.submitted() {
			for id := range strings.SplitSeq(strings.TrimPrefix(call, "Refresh "), ",") {
				seen[id]++
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s is submitted %d times", id, n)
			}
		}
		if len(seen) != count {
			t.Errorf("%d media are submitted, want %d", len(seen), count)
		}
	})
}

package service_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

func TestOnlyReplacedMedia(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{})
		p.sim.AddMedia(vodsim.Media{ID: "old", Created: time.Now().Add(-7 * time.Hour)})
		p.sim.AddMedia(vodsim.Media{ID: "new"})
		h := p.open(t, "RULES=rules: [{on: [TranscodeComplete], do: refresh, when: replaced, minAge: 6h}]")
		first := happened("TranscodeComplete", "new", time.Now())
		h.accepted(t, happened("TranscodeComplete", "old", time.Now()), "queued")
		h.accepted(t, first, "ignored")
		h.accepted(t, first, "ignored") // the same again replaces nothing
		h.rest(t)
		h.want(t, "Refresh old")
		time.Sleep(time.Hour)
		h.accepted(t, happened("TranscodeComplete", "new", time.Now()), "queued")
		h.rest(t)
		h.want(t, "Refresh old", "Refresh new")
	})
}

func TestConfirmedMedia(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).open(t, "RULES=rules: [{on: [TranscodeComplete], do: refresh, confirm: true}]")
		h.accepted(t, happened("TranscodeComplete", "missing-1", time.Now()), "ignored")
		h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		h.sim.Fault(vodsim.Fault{Action: "GetVideoInfo", Kind: vodsim.FaultServerError})
		if w := h.tell(happened("TranscodeComplete", "b", time.Now())); w.Code != http.StatusServiceUnavailable {
			t.Errorf("not to be confirmed now: got %d %s, want 503", w.Code, w.Body)
		}
		h.rest(t)
		h.want(t, "Refresh a")
	})
}

func TestADelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).open(t, "RULES=rules: [{on: [TranscodeComplete], do: refresh, delay: 30m}]")
		h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		time.Sleep(29 * time.Minute)
		h.holds(t, core.Depth{Delayed: 1})
		h.want(t)
		if emptied, err := h.Emptied(t.Context()); !emptied || err != nil {
			t.Errorf("emptied %v, %v: what is delayed does not count", emptied, err)
		}
		time.Sleep(2 * time.Minute)
		h.rest(t)
		h.want(t, "Refresh a")
	})
}

// Callbacks may spend only so much on one media and day; a person may.
func TestAMediaHasItsShareOfTheDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).open(t, "MEDIA_DAILY=2", "QUOTA_ZONE=+00:00") // it begins at midnight
		for range 4 {
			h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
			h.accepted(t, happened("TranscodeComplete", "b", time.Now().Add(-48*time.Hour)), "queued")
			h.rest(t)
			time.Sleep(time.Hour)
		}
		perMedia := func(id string) (n int) {
			for _, call := range h.submitted() {
				if strings.Contains(call, id) {
					n++
				}
			}
			return n
		}
		if a, b := perMedia(" a"), perMedia("b"); a != 2 || b != 1 {
			t.Errorf("a %d times and b %d times today, want 2 and 1: %q", a, b, h.submitted())
		}
		h.holds(t, core.Depth{Delayed: 2})
		if w := h.ask(http.MethodPost, "/v1/refresh", `{"MediaIds":"a"}`, "wait=5"); w.Code != http.StatusOK {
			t.Errorf("by hand: got %d %s", w.Code, w.Body)
		}
		if a := perMedia(" a"); a != 3 {
			t.Errorf("a %d times, want 3", a)
		}
		time.Sleep(24 * time.Hour)
		h.rest(t)
		h.holds(t, core.Depth{})
	})
}

// What the day has no quota for waits, visibly, over a restart, for the next one.
func TestASpentQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{RefreshQuota: 100}) // 90 of them for callbacks: 30 media of 3 URLs
		h := p.open(t)
		const count = 60
		for i := range count {
			h.accepted(t, happened("TranscodeComplete", fmt.Sprintf("m%02d", i), time.Now()), "queued")
		}
		time.Sleep(10 * time.Minute)
		today := len(h.submitted())
		depth, err := h.queue.Depth(t.Context())
		if err != nil || today == 0 || depth.Delayed == 0 || depth.Ready != 0 {
			t.Errorf("%d calls today, the queue holds %+v, %v", today, depth, err)
		}
		var quotas refresh.Quotas
		w := h.ask(http.MethodGet, "/v1/quota", "")
		if err := json.Unmarshal(w.Body.Bytes(), &quotas); err != nil || len(quotas.Waiting) != 1 || quotas.Queue == nil || quotas.Queue.Delayed != depth.Delayed {
			t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
		}
		midnight := dawn().Add(16 * time.Hour) // in +08:00
		if until := quotas.Waiting[0].Until; !until.Equal(midnight) {
			t.Errorf("it waits until %s, want %s", until, midnight)
		}
		if err := h.stop(); err != nil {
			t.Error(err)
		}
		next := p.open(t)
		time.Sleep(time.Until(midnight) - time.Minute)
		if n := len(next.submitted()); n != today {
			t.Errorf("%d calls before the new day, want %d", n, today)
		}
		time.Sleep(72 * time.Hour)
		next.rest(t)
		seen := make(map[string]bool)
		for _, call := range next.submitted() {
			for id := range strings.SplitSeq(strings.TrimPrefix(call, "Refresh "), ",") {
				seen[id] = true
			}
		}
		if len(seen) != count {
			t.Errorf("%d media are refreshed, want %d", len(seen), count)
		}
		next.holds(t, core.Depth{})
	})
}

func TestARequestByHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).open(t)
		h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		h.rest(t)
		if w := h.ask(http.MethodPost, "/v1/refresh", `{"MediaIds":"a,missing-1"}`); w.Code != http.StatusAccepted {
			t.Errorf("got %d %s, want 202", w.Code, w.Body)
		}
		h.rest(t)
		w := h.ask(http.MethodPost, "/v1/refresh", `{"MediaIds":"a,missing-1"}`, "wait=20")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "not_found") || w.Header().Get("Preference-Applied") != "wait=20" {
			t.Errorf("got %d %s, want 200", w.Code, w.Body)
		}
		h.rest(t)
		h.want(t, "Refresh a", "Refresh a,missing-1", "Refresh a,missing-1") // though it is covered
		h.holds(t, core.Depth{Dead: 1})
	})
}

func TestDryRunQueuesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).open(t, "DRY_RUN=true")
		h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "ignored")
		if w := h.ask(http.MethodPost, "/v1/refresh", `{"MediaIds":"a"}`); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"dry_run":true`) {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		h.holds(t, core.Depth{})
		h.want(t)
	})
}

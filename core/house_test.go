package core_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// TestHouse is one table of what can happen on the way from callbacks to calls.
// coverage_test.go has the same at the level of Coverage; here the calls count
// that reach the platform, failed ones too. In the end the queue has to be empty.
func TestHouse(t *testing.T) {
	t.Parallel()
	const all, hd = "Refresh m", "Refresh HD m"
	for name, test := range map[string]struct {
		run  func(h *house)
		want []string
	}{
		"duplicate x3, one second apart": {func(h *house) {
			a := h.start(0)
			for i := range 3 {
				h.until(time.Duration(i) * s1)
				a.gets(happening{kind: final})
			}
		}, []string{all}},
		"duplicate x3, at once": {func(h *house) {
			a := h.start(0)
			for range 3 {
				a.gets(happening{kind: final})
			}
		}, []string{all}},
		"duplicate x3, to three instances": {func(h *house) {
			for _, i := range []instance{h.start(0), h.start(0), h.start(0)} {
				i.gets(happening{kind: final})
			}
		}, []string{all}},
		"duplicate a day later": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: final})
			h.until(24 * time.Hour)
			a.gets(happening{kind: final})
		}, []string{all}},
		"late old event after a newer refresh": {func(h *house) {
			a := h.start(0)
			h.until(10 * s1)
			a.gets(happening{kind: final, at: 10 * s1})
			h.until(12 * s1)
			a.gets(happening{kind: uploaded, at: 5 * s1})
		}, []string{all}},
		"new event after a refresh": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: uploaded})
			h.until(10 * s1)
			a.gets(happening{kind: final, at: 10 * s1})
		}, []string{all, all}},
		"new event before the call, within the linger": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: uploaded})
			h.until(s1 / 20)
			a.gets(happening{kind: final})
		}, []string{all}},
		"new event during a refresh in flight": {func(h *house) {
			h.platform.submit = slow(5 * s1)
			a, b := h.start(0), h.start(0)
			a.gets(happening{kind: uploaded})
			h.until(s1)
			b.gets(happening{kind: final, at: s1})
		}, []string{all, all}},
		"duplicate during a refresh in flight": {func(h *house) {
			h.platform.submit = slow(5 * s1)
			a, b := h.start(0), h.start(0)
			a.gets(happening{kind: final})
			h.until(s1)
			b.gets(happening{kind: final})
		}, []string{all}},
		"equal seconds": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: uploaded})
			h.until(s1 / 2)
			a.gets(happening{kind: final})
		}, []string{all, all}},
		"equal seconds, submitted beyond doubt": {func(h *house) {
			a := h.start(0)
			h.until(3 * s1)
			a.gets(happening{kind: uploaded})
			h.until(4 * s1)
			a.gets(happening{kind: final})
		}, []string{all}},
		"submit failed (released, submitted again)": {func(h *house) {
			h.platform.submit = answering(times(2, coded(core.Unavailable, "down"))...) // both tries of the first call
			a := h.start(0)
			a.gets(happening{kind: final})
			h.until(s1)
			a.gets(happening{kind: final})
		}, []string{all, all, all}},
		"process killed between reserve and answer": {func(h *house) {
			a := h.start(0)
			h.platform.submit = func(ctx context.Context, b core.Batch) (core.Submission, error) {
				if len(h.calls()) == 1 {
					<-ctx.Done()
				}
				return accepted(b), nil
			}
			a.gets(happening{kind: final})
			h.until(s1)
			go a.kill()
			b := h.start(0)
			h.until(30 * s1)
			b.gets(happening{kind: final}) // meets the lease of the dead
			h.until(39 * s1)
			if calls := h.calls(); len(calls) != 1 {
				h.t.Errorf("during the lease, calls are %q", calls)
			}
			h.until(43 * s1)
			if calls := h.calls(); len(calls) != 2 {
				h.t.Errorf("after the lease, calls are %q", calls)
			}
		}, []string{all, all}},
		"lease expired, and answered late": {func(h *house) {
			h.platform.submit = func(_ context.Context, b core.Batch) (core.Submission, error) {
				if len(h.calls()) == 1 {
					time.Sleep(90 * s1) // whatever its context says
				}
				return accepted(b), nil
			}
			a := h.start(0)
			h.start(0)
			a.gets(happening{kind: final})
			h.until(2 * time.Minute)
			a.gets(happening{kind: final})
		}, []string{all, all}},
		"two workers at once": {func(h *house) {
			h.platform.submit = slow(s1)
			a, b := h.start(0), h.start(0)
			for range 10 {
				a.gets(happening{kind: final})
				b.gets(happening{kind: final})
			}
		}, []string{all}},
		"narrower options after all (dropped)": {func(h *house) {
			a := h.start(0)
			h.until(3 * s1)
			a.gets(happening{kind: final, at: 3 * s1})
			h.until(4 * s1)
			a.gets(happening{kind: stream, at: 2 * s1, stream: "HD"})
		}, []string{all}},
		"all after narrower (submitted)": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: stream, stream: "HD"})
			h.until(4 * s1)
			a.gets(happening{kind: final, at: -2 * s1}) // older, and wider
		}, []string{hd, all}},
		"narrower options that changed later (submitted)": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: final})
			h.until(4 * s1)
			a.gets(happening{kind: stream, at: 4 * s1, stream: "HD"})
		}, []string{all, hd}},
		"changed again, at a receiver 2 s behind": {func(h *house) {
			a, b := h.start(0), h.start(-skew)
			h.until(2 * s1)
			a.gets(happening{kind: uploaded, at: 2 * s1})
			h.until(3 * s1)
			b.gets(happening{kind: final, at: 3 * s1})
		}, []string{all, all}},
		"changed again, at a receiver 2 s ahead": {func(h *house) {
			a, b := h.start(0), h.start(skew)
			b.gets(happening{kind: uploaded})
			h.until(s1)
			a.gets(happening{kind: final, at: s1})
		}, []string{all, all}},
		"duplicate, at receivers 4 s apart": {func(h *house) {
			a, b := h.start(-skew), h.start(skew)
			a.gets(happening{kind: final})
			h.until(s1)
			b.gets(happening{kind: final})
			h.until(10 * s1)
			a.gets(happening{kind: final})
		}, []string{all}},
		"changed within a second, at an instance 2 s ahead": {func(h *house) {
			a := h.start(skew) // it submits at 2.1 s, as it thinks
			a.gets(happening{kind: uploaded})
			h.until(s1 / 2)
			a.gets(happening{kind: final})
		}, []string{all, all}},
		"event time missing": {func(h *house) {
			unknown := func(e *events.Event) { e.Time, e.JobIDs = time.Time{}, nil }
			a := h.start(0)
			for range 2 { // nothing tells the second from another change
				a.gets(happening{kind: untimed, change: unknown})
				h.until(10 * s1)
			}
		}, []string{all, all}},
		"event time missing, but not its jobs": {func(h *house) {
			unknown := func(e *events.Event) { e.Time = time.Time{} }
			a := h.start(0)
			for range 2 {
				a.gets(happening{kind: final, change: unknown})
				h.until(10 * s1)
			}
		}, []string{all}},
		"event time in the future": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: final, at: time.Hour})
			h.until(10 * s1)
			a.gets(happening{kind: final, at: 10 * s1}) // not held back by it
			h.until(time.Hour + s1)
			a.gets(happening{kind: uploaded, at: time.Hour + s1})
		}, []string{all, all, all}},
		"event time forged: earlier, after the truth": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: final})
			h.until(5 * s1)
			a.getsSigned(happening{kind: final, at: -time.Minute}, h.began) // costs nothing
		}, []string{all}},
		"event time forged: earlier, before the truth": {func(h *house) {
			a := h.start(0)
			a.getsSigned(happening{kind: final, at: -time.Minute}, h.began)
			h.until(s1)
			a.gets(happening{kind: uploaded, at: s1}) // not held back by it
		}, []string{all, all}},
		"event time forged: later than it was signed": {func(h *house) {
			a := h.start(0)
			a.getsSigned(happening{kind: final, at: 2 * s1}, h.began)
			h.until(s1)
			a.gets(happening{kind: uploaded, at: s1}) // not held back by it
		}, []string{all, all}},
		"manual request": {func(h *house) {
			a := h.start(0)
			a.gets(happening{kind: final})
			for i := range 2 { // always submitted
				h.until(time.Duration(i+1) * 5 * s1)
				h.asks()
			}
			h.until(20 * s1)
			a.gets(happening{kind: uploaded, at: 6 * s1}) // and it covers
			a.gets(happening{kind: final})
		}, []string{all, all, all}},
		"manual request during a refresh in flight": {func(h *house) {
			h.platform.submit = slow(5 * s1)
			a := h.start(0)
			a.gets(happening{kind: final})
			h.until(s1)
			h.asks()
			h.until(2 * s1)
			if calls := h.calls(); len(calls) != 2 {
				h.t.Errorf("it waits: calls are %q", calls)
			}
		}, []string{all, all}},
		"redrive": {func(h *house) {
			h.platform.submit = answering(coded(core.Invalid, "InvalidParameter"))
			a := h.start(0)
			a.gets(happening{kind: uploaded}) // dies
			h.until(5 * s1)
			a.gets(happening{kind: final, at: 5 * s1})
			h.until(10 * s1)
			if n, err := h.queue.Redrive(h.t.Context(), nil); n != 1 || err != nil {
				h.t.Fatalf("redrives %d, %v", n, err)
			}
			h.until(15 * s1)
			a.gets(happening{kind: uploaded}) // it covers
		}, []string{all, all, all}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				test.run(h)
				after(5 * time.Minute)
				if got := h.calls(); !slices.Equal(got, test.want) {
					t.Errorf("calls are %q, want %q", got, test.want)
				}
				if left := h.left(t); left != (core.Depth{}) {
					t.Errorf("left in the queue: %+v", left)
				}
			})
		})
	}
}

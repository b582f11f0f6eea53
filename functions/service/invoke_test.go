package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// Where queue and store are, in words: what stands on the plot takes their place.
const (
	onAWS   = "QUEUE_URL=sqs://host/123456789012/vod STORE_URL=dynamodb://vod"
	onRedis = "QUEUE_URL=redis://a STORE_URL=redis://a"
)

// function builds the function refresh on a platform, which works only when it is
// called. Without engines it has none.
func (p *plot) function(t *testing.T, platform config.Platform, engines string, environ ...string) *house {
	t.Helper()
	cfg, err := platform.Load(append(append([]string{
		"FUNCTION=refresh", "ALIBABA_CLOUD_ACCESS_KEY_ID=" + accessKey, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + accessSecret,
		"ALIBABA_CLOUD_SECURITY_TOKEN=" + stsToken, "ALIYUN_VOD_ENDPOINT=http://127.0.0.1:1", "ALIYUN_CALLBACK_URLS=" + registered,
		"ALIYUN_CALLBACK_KEYS=" + callbackKey, "API_TOKENS=" + apiToken, "LOG_LEVEL=debug",
	}, strings.Fields(engines)...), environ...))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{sim: p.sim, log: &lockedBuffer{}}
	if engines != "" {
		h.queue, h.store = p.queue, p.store
	}
	h.Service, err = service.New(cfg, service.Options{
		Queue: h.queue, Store: h.store, Log: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: cfg.LogLevel})),
		HTTP: inside{p.platform}, Random: func() float64 { return 0.5 },
	})
	if err != nil {
		t.Fatal(err)
	}
	p.callback = h.Handler
	return h
}

// deliver puts messages about media into the queue and receives them, as a
// platform does.
func (h *house) deliver(t *testing.T, ids ...string) []core.Delivery {
	t.Helper()
	messages := make([]core.Message, len(ids))
	for i, id := range ids {
		messages[i] = core.NewMessage(core.Task{
			Provider: "aliyun", Target: core.Media, ID: id, Event: "TranscodeComplete", EventTime: time.Now(), Identity: "identity of " + id, Options: core.Options{TaskType: core.Refresh},
		}, time.Now())
	}
	if err := h.queue.Enqueue(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	all, err := h.queue.Receive(t.Context(), len(ids), time.Second)
	if err != nil || len(all) != len(ids) {
		t.Fatalf("received %d, %v, want %d", len(all), err, len(ids))
	}
	return all
}

// names are n media.
func names(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%03d", prefix, i)
	}
	return all
}

// events are bodies of callbacks about media.
func events(ids ...string) (bodies [][]byte) {
	for _, id := range ids {
		bodies = append(bodies, []byte(happened("TranscodeComplete", id, time.Now())))
	}
	return bodies
}

// again counts the bodies that have to come again.
func again(errs []error) (n int) {
	for _, err := range errs {
		if err != nil {
			n++
		}
	}
	return n
}

func TestWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ids   []string
		fault vodsim.FaultKind
		want  core.Depth
		calls int
	}{
		"nothing":              {nil, "", core.Depth{}, 0},
		"one":                  {names("a", 1), "", core.Depth{}, 1},
		"some calls' worth":    {names("a", 90), "", core.Depth{}, 5},
		"one of them twice":    {append(names("a", 20), "a000"), "", core.Depth{}, 1},
		"with poison":          {append(names("a", 38), "missing-1", "forbidden-1"), "", core.Depth{Dead: 2}, 2},
		"the platform is down": {names("a", 3), vodsim.FaultServerError, core.Depth{Delayed: 3}, 0},
		"the quota is spent":   {names("a", 3), vodsim.FaultQuota, core.Depth{Delayed: 3}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newPlot(t, vodsim.Config{}).function(t, config.Lambda, onAWS)
				if c.fault != "" {
					h.sim.Fault(vodsim.Fault{Action: "RefreshMediaPlayUrls", Kind: c.fault})
				}
				started := time.Now()
				var deliveries []core.Delivery
				if len(c.ids) > 0 {
					deliveries = h.deliver(t, c.ids...)
				}
				if left := h.Work(t.Context(), deliveries); len(left) != 0 {
					t.Errorf("left %+v", left)
				}
				if took := time.Since(started); took > 20*time.Second {
					t.Errorf("it took %s", took)
				}
				h.holds(t, c.want)
				if n := len(h.submitted()); n != c.calls {
					t.Errorf("%d calls, want %d: %q", n, c.calls, h.submitted())
				}
			})
		})
	}
}

// In a dry run nothing is submitted, not even what was in the queue before: it stays
// there, or comes again.
func TestDryRunLeavesTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{})
		h := p.function(t, config.Lambda, onAWS, "DRY_RUN=true")
		if left := h.Work(t.Context(), h.deliver(t, names("a", 3)...)); len(left) != 3 || left[2].Message.Task.ID != "a002" {
			t.Errorf("left %+v", left)
		}
		if !strings.Contains(h.log.String(), `"msg":"dry run: not submitted, left in the queue","messages":3`) {
			t.Errorf("logged %s", h.log)
		}
		time.Sleep(2 * time.Minute) // the leases have ended

		drained := p.function(t, config.FunctionCompute, onRedis, "DRY_RUN=true")
		if err := drained.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		server := p.open(t, "DRY_RUN=true")
		time.Sleep(time.Minute)
		server.want(t)
		h.holds(t, core.Depth{Ready: 3})
	})
}

// stuck is a queue that settles nothing.
type stuck struct{ core.Queue }

func (stuck) Settle(context.Context, []core.Settlement) error {
	return core.Errorf(core.Unavailable, "the queue is out")
}

// What was not settled comes again, and is covered then if it was submitted; what
// the time was too short for is not begun.
func TestWorkThatIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{})
		h := p.function(t, config.Lambda, onAWS)
		ended, end := context.WithCancel(t.Context())
		end()
		deliveries := h.deliver(t, names("a", 30)...)
		if left := h.Work(ended, deliveries); len(left) != 30 || left[29].Message.Task.ID != "a029" || left[29].Receipt != deliveries[29].Receipt {
			t.Errorf("left %d of what there was no time for", len(left))
		}
		h.want(t)

		p.queue = stuck{p.queue}
		out := p.function(t, config.Lambda, onAWS)
		if left := out.Work(t.Context(), deliveries); len(left) != 30 {
			t.Errorf("left %d of what could not be settled", len(left))
		}
		if n := len(h.submitted()); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
		if left := h.Work(t.Context(), deliveries); len(left) != 0 || len(h.submitted()) != 2 {
			t.Errorf("again: left %d after %d calls in all", len(left), len(h.submitted()))
		}
		h.holds(t, core.Depth{})
	})
}

// peers are the records of the instances at work.
func (h *house) peers(t *testing.T) int {
	t.Helper()
	all, err := h.store.Due(t.Context(), "peer/", time.Now(), 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// Three times 100 messages out of SMQ, five of them poison, cost the calls of one
// time, and nothing has to come again.
func TestAcceptAndDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).function(t, config.FunctionCompute, onRedis)
		bodies := events(names("m", 95)...)
		for i := range 5 {
			bodies = append(bodies, fmt.Appendf(nil, "poison %d", i))
		}
		for range 3 {
			if n := again(h.Accept(t.Context(), bodies)); n != 0 {
				t.Errorf("%d have to come again", n)
			}
			if err := h.Drain(t.Context()); err != nil {
				t.Error(err)
			}
		}
		h.holds(t, core.Depth{Dead: 15})
		if n := len(h.submitted()); n != 5 {
			t.Errorf("%d calls, want 5: %q", n, h.submitted())
		}
		if n := h.Counts.All()[callback.Count{EventType: "TranscodeComplete", Verdict: "queued"}]; n != 3*95 {
			t.Errorf("counted %v", h.Counts.All())
		}
		dead, err := h.Dead(t.Context())
		if err != nil || len(dead) != 15 || dead[0].Message.Body != "poison 0" || !strings.HasPrefix(dead[0].Reason, "cannot be read: ") {
			t.Errorf("dead: %+v, %v", dead, err)
		}
		if n := h.peers(t); n != 0 {
			t.Errorf("%d instances are at work, want none", n)
		}
	})
}

// Without a queue a batch is submitted at once, and only what may get better comes
// again.
func TestAcceptDirectly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).function(t, config.FunctionCompute, "")
		const ofHuawei = `{"v":1,"task":{"provider":"huawei","target":"media","id":"h","options":{"TaskType":"Refresh"}}}`
		ids := append(names("m", 43), "missing-1", "forbidden-1")
		errs := h.Accept(t.Context(), append(events(ids...), []byte("poison"), []byte(ofHuawei)))
		if again(errs) != 1 || core.KindOf(errs[46-1]) == "" {
			t.Errorf("%d have to come again, want the poison alone: %v", again(errs), errs)
		}
		if n := len(h.submitted()); n != 3 {
			t.Errorf("%d calls, want 3: %q", n, h.submitted())
		}
		h.sim.Fault(vodsim.Fault{Action: "RefreshMediaPlayUrls", Kind: vodsim.FaultServerError})
		if n := again(h.Accept(t.Context(), append(events("x", "y"), []byte(happened("StreamTranscodeComplete", "z", time.Now()))))); n != 2 {
			t.Errorf("the platform is down: %d have to come again, want 2", n)
		}
		if err := h.Drain(t.Context()); err != nil {
			t.Errorf("there is nothing to drain: %v", err)
		}
	})
}

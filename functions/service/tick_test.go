package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// moving is a queue whose messages a platform delivers.
type moving struct {
	core.Queue

	moves int
	fails error
}

func (q *moving) Move(context.Context) (int, error) {
	q.moves++
	return 0, q.fails
}

// counted are the calls so far of an action, refused ones included.
func (h *house) counted(action string) (n int) {
	for _, c := range h.sim.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// Everything that a server does by itself waits for the tick of a function.
func TestTick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).function(t, config.FunctionCompute, onRedis,
			"RULES=rules: [{on: [TranscodeComplete], do: refresh+preload, delay: 30s}]")
		if n := again(h.Accept(t.Context(), events("a"))); n != 0 {
			t.Fatalf("%d have to come again", n)
		}
		tick := func() {
			t.Helper()
			if err := h.Tick(t.Context()); err != nil {
				t.Error(err)
			}
		}
		tick()
		h.want(t) // it is not due
		h.holds(t, core.Depth{Delayed: 1})
		time.Sleep(time.Hour)
		h.want(t) // nobody looks
		tick()
		h.want(t, "Refresh a")
		time.Sleep(time.Hour)
		if n := h.counted("GetMediaRefreshJobs"); n != 0 {
			t.Errorf("jobs are asked about between ticks: %d times", n)
		}
		for range 3 {
			tick()
			time.Sleep(time.Minute)
		}
		h.want(t, "Refresh a", "Preload a")
		jobs, err := h.Follower.Jobs(t.Context())
		if err != nil || len(jobs) != 2 || jobs[0].State != core.JobDone || jobs[1].State != core.JobDone {
			t.Errorf("jobs: %+v, %v", jobs, err)
		}
		h.holds(t, core.Depth{})
		if n := h.peers(t); n != 0 {
			t.Errorf("%d instances are at work, want none", n)
		}
	})
}

// quotas are the records of what is left, by task type.
func (h *house) quotas(t *testing.T) map[string][2]int {
	t.Helper()
	all := make(map[string][2]int)
	for line := range strings.Lines(h.log.String()) {
		var r struct {
			Msg, Provider string
			Task          string `json:"task_type"`
			Left, Total   int
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Msg == "quota" {
			all[r.Provider+" "+r.Task] = [2]int{r.Left, r.Total}
		}
	}
	return all
}

func TestTickLogsTheQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{RefreshQuota: 100, PreloadQuota: 50})
		for name, environ := range map[string][]string{"": nil, onRedis: {
			"HUAWEICLOUD_SDK_AK=MadeUpAccessKey", "HUAWEICLOUD_SDK_SK=MadeUpSecretKey", "HUAWEICLOUD_SDK_PROJECT_ID=made-up-project", "HUAWEI_DAILY=7",
		}} {
			h := p.function(t, config.FunctionCompute, name, environ...)
			if err := h.Tick(t.Context()); err != nil {
				t.Error(err)
			}
			got := h.quotas(t)
			if got["aliyun Refresh"] != [2]int{100, 100} || got["aliyun Preload"] != [2]int{50, 50} {
				t.Errorf("%q: logged %v", name, got)
			}
			if left, there := got["huawei Refresh"]; there != (environ != nil) || there && left != [2]int{7, 7} {
				t.Errorf("%q: logged %v of Huawei", name, got)
			}
		}

		p.sim.Fault(vodsim.Fault{Kind: vodsim.FaultServerError})
		h := p.function(t, config.FunctionCompute, "")
		if err := h.Tick(t.Context()); err != nil {
			t.Errorf("a quota that cannot be told is no reason to fail: %v", err)
		}
		if got := h.quotas(t); len(got) != 0 || !strings.Contains(h.log.String(), `"level":"WARN","msg":"what is left of the quota cannot be told","provider":"aliyun","error_kind":"unavailable"`) {
			t.Errorf("logged %v and %s", got, h.log)
		}
	})
}

// A queue whose messages the platform delivers is told to send what is due, and
// emptied by nobody else.
func TestTickOfAQueueThatDelivers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{})
		q := &moving{Queue: p.queue}
		p.queue = q
		h := p.function(t, config.Lambda, onAWS)
		if n := again(h.Accept(t.Context(), events("a"))); n != 0 {
			t.Fatalf("%d have to come again", n)
		}
		if err := errors.Join(h.Tick(t.Context()), h.Drain(t.Context())); err != nil || q.moves != 1 {
			t.Errorf("moved %d times, %v; want once", q.moves, err)
		}
		h.holds(t, core.Depth{Ready: 1})
		h.want(t)
		q.fails = core.Errorf(core.Unavailable, "throttled")
		if err := h.Tick(t.Context()); !errors.Is(err, q.fails) {
			t.Errorf("got %v, want what Move said", err)
		}
		if n := len(h.quotas(t)); n != 2 {
			t.Errorf("%d records of the quota: one part that fails is no reason to leave the others", n)
		}
	})
}

// exploding is a queue that panics when it is to move messages.
type exploding struct{ moving }

func (*exploding) Move(context.Context) (int, error) { panic(apiToken) }

// A panic in a part of a tick ends neither the others nor the process, and shows
// nothing.
func TestTickThatPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{})
		p.queue = &exploding{moving{Queue: p.queue}}
		h := p.function(t, config.Lambda, onAWS)
		err := h.Tick(t.Context())
		if core.KindOf(err) != core.Internal || len(h.quotas(t)) != 2 {
			t.Errorf("got %v, and %d records of the quota", err, len(h.quotas(t)))
		}
		if log := h.log.String(); !strings.Contains(log, `"msg":"panic","panic":"string"`) || strings.Contains(log+err.Error(), apiToken) {
			t.Errorf("%v; logged %s", err, log)
		}
	})
}

// A tick whose queue or time is out says so, and works on nothing.
func TestTickThatCannotBe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{})
		h := p.function(t, config.FunctionCompute, onRedis)
		if n := again(h.Accept(t.Context(), events("a"))); n != 0 {
			t.Fatalf("%d have to come again", n)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		started := time.Now()
		if err := h.Tick(ended); err != nil || time.Since(started) > time.Second {
			t.Errorf("no time: %v after %s", err, time.Since(started))
		}
		h.want(t)
		h.holds(t, core.Depth{Ready: 1})

		p.queue, p.store = broken(t)
		out := p.function(t, config.FunctionCompute, onRedis)
		if err := out.Tick(t.Context()); core.KindOf(err) != core.Unavailable {
			t.Errorf("no queue: %v", err)
		}
	})
}

// TestNoSecretIsShownByFunctions drives what a platform calls besides requests.
func TestNoSecretIsShownByFunctions(t *testing.T) {
	t.Parallel()
	for name, answer := range answers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &cloud{answer: answer}
				p := newPlot(t, vodsim.Config{})
				p.platform = http.Handler(c)
				var shown strings.Builder
				for _, engines := range []string{onRedis, ""} {
					h := p.function(t, config.FunctionCompute, engines, "RULES=rules: [{on: [TranscodeComplete], do: refresh, confirm: true}]")
					for _, err := range h.Accept(t.Context(), append(events("a", "b"), []byte(own(media)), []byte(apiToken), []byte(`{"v":"`+callbackKey+`"}`))) {
						if err != nil {
							shown.WriteString(err.Error())
						}
					}
					if engines != "" {
						h.Work(t.Context(), h.deliver(t, "d"))
					}
					if err := errors.Join(h.Drain(t.Context()), h.Tick(t.Context())); err != nil {
						shown.WriteString(err.Error())
					}
					shown.WriteString(h.log.String())
				}
				if len(c.made()) == 0 || !strings.Contains(shown.String(), `"verdict":"malformed"`) {
					t.Error("it was not driven")
				}
				nothing(t, shown.String(), c)
			})
		})
	}
}

// own is a message of ours about a media.
func own(id string) string {
	return `{"v":1,"task":{"provider":"aliyun","target":"media","id":"` + id + `","options":{"TaskType":"Refresh"}}}`
}

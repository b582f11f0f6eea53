package service_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

func TestAChangeIsPaidForOnce(t *testing.T) {
	t.Parallel()
	for name, tell := range map[string]func(t *testing.T, h *house, at time.Time){
		"at the same moment": func(t *testing.T, h *house, at time.Time) {
			t.Helper()
			for range 3 {
				h.accepted(t, happened("TranscodeComplete", "a", at), "queued")
			}
		},
		"one second apart": func(t *testing.T, h *house, at time.Time) {
			t.Helper()
			for range 3 {
				h.accepted(t, happened("TranscodeComplete", "a", at), "queued")
				time.Sleep(time.Second)
			}
		},
		"after its job": func(t *testing.T, h *house, at time.Time) {
			t.Helper()
			for range 3 {
				h.accepted(t, happened("TranscodeComplete", "a", at), "queued")
				h.rest(t)
			}
		},
		"between its streams": func(t *testing.T, h *house, at time.Time) {
			t.Helper()
			for range 3 {
				h.accepted(t, happened("StreamTranscodeComplete", "a", at), "ignored")
			}
			h.accepted(t, happened("TranscodeComplete", "a", at), "queued")
			h.accepted(t, happened("StreamTranscodeComplete", "a", at), "ignored")
		},
		"an older event, late": func(t *testing.T, h *house, at time.Time) {
			t.Helper()
			h.accepted(t, happened("TranscodeComplete", "a", at), "queued")
			h.rest(t)
			h.accepted(t, happened("FileUploadComplete", "a", at.Add(-time.Minute)), "queued")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newPlot(t, vodsim.Config{}).open(t)
				tell(t, h, time.Now())
				h.rest(t)
				h.want(t, "Refresh a")
				h.holds(t, core.Depth{})
			})
		})
	}
}

func TestANewerChangeIsSubmittedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).open(t)
		h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		h.rest(t)
		time.Sleep(time.Minute)
		h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		h.rest(t)
		h.want(t, "Refresh a", "Refresh a")
	})
}

func TestCallbacksShareACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).open(t, "LINGER=1s")
		var ids []string
		for i := range 20 {
			ids = append(ids, fmt.Sprintf("m%02d", i))
			h.accepted(t, happened("TranscodeComplete", ids[i], time.Now()), "queued")
		}
		h.rest(t)
		h.want(t, "Refresh "+strings.Join(ids, ","))
	})
}

// A preload follows the job, and the platform's own callbacks about both cause
// nothing.
func TestAFollowUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{RefreshTime: time.Minute}).open(t, "RULES=rules: [{on: [TranscodeComplete], do: refresh+preload}]")
		h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		time.Sleep(30 * time.Second)
		h.want(t, "Refresh a")
		h.rest(t)
		h.want(t, "Refresh a", "Preload a")
		if n := h.Counts.All()[callback.Count{EventType: "SubmitMediaRefreshComplete", Verdict: callback.Ignored}]; n != 2 {
			t.Errorf("%d of the platform's own callbacks, want 2", n)
		}
		var list refresh.JobList
		w := h.ask(http.MethodGet, "/v1/jobs", "")
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Jobs) != 2 {
			t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
		}
		first := list.Jobs[1] // the newest come first
		if first.TaskType != core.Refresh || list.Jobs[0].TaskType != core.Preload || first.State != core.JobDone || first.URLs != 3 ||
			first.CallbackToSubmitted < 100 || first.SubmittedToDone < 60_000 || !slices.Equal(first.Targets, []string{"a"}) {
			t.Errorf("got %+v", list.Jobs)
		}
	})
}

// What of a job failed is tried again, alone, and given up in the end.
func TestAFailedJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const good, bad = "https://media.example.com/a/good.mp4", "https://media.example.com/a/broken.mp4"
		p := newPlot(t, vodsim.Config{})
		p.sim.AddMedia(vodsim.Media{ID: "a", Streams: []vodsim.Stream{
			{Format: "mp4", Definition: "HD", URL: good}, {Format: "mp4", Definition: "SD", URL: bad},
		}})
		h := p.open(t)
		h.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		for deadline := time.Now().Add(2 * time.Hour); ; time.Sleep(time.Second) {
			dead, err := h.Dead(t.Context())
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("nothing is given up, %v: %s", err, h.log)
			}
			if len(dead) == 0 {
				continue
			}
			if d := dead[0]; len(dead) != 1 || d.Message.Task.ID != bad || !strings.Contains(d.Reason, "given up after 4 jobs that failed") || !strings.Contains(d.Reason, "5XX") {
				t.Errorf("dead: %+v", dead)
			}
			break
		}
		again := "RefreshVodObjectCaches " + bad
		h.want(t, "Refresh a", again, again, again)

		w := h.ask(http.MethodPost, "/v1/dead/redrive", `{"all":true}`)
		if w.Code != http.StatusOK || w.Body.String() != "{\"redriven\":1}\n" {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		h.rest(t)
		h.want(t, "Refresh a", again, again, again, again)
	})
}

// What another try does not help is dead at once, and says why.
func TestPermanentTroubleIsDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newPlot(t, vodsim.Config{}).open(t)
		for _, id := range []string{"missing-1", "forbidden-1", "a"} {
			h.accepted(t, happened("TranscodeComplete", id, time.Now()), "queued")
		}
		h.rest(t)
		h.holds(t, core.Depth{Dead: 2})
		dead, err := h.Dead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range dead {
			kind, _, _ := strings.Cut(d.Message.Task.ID, "-")
			if want := map[string]string{"missing": "not_found", "forbidden": "forbidden"}[kind]; !strings.HasPrefix(d.Reason, want) {
				t.Errorf("%s: %q, want %s", d.Message.Task.ID, d.Reason, want)
			}
		}
		w := h.ask(http.MethodGet, "/v1/dead?most=1", "")
		var letters refresh.DeadLetters
		if err := json.Unmarshal(w.Body.Bytes(), &letters); err != nil || len(letters.Dead) != 1 || letters.Total != 2 {
			t.Errorf("got %d %s, %v", w.Code, w.Body, err)
		}
	})
}

// Passing trouble of any sort costs time and nothing else.
func TestPassingTroubleLosesNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []vodsim.FaultKind{
		vodsim.FaultThrottle, vodsim.FaultServerError, vodsim.FaultReset, vodsim.FaultHTML, vodsim.FaultIllegalStatus, vodsim.FaultEmpty, vodsim.FaultTruncated,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newPlot(t, vodsim.Config{}).open(t)
				h.sim.Fault(vodsim.Fault{Action: "RefreshMediaPlayUrls", Kind: kind, Times: 25})
				want := make(map[string]bool)
				for i := range 30 {
					id := fmt.Sprintf("m%02d", i)
					want[id] = true
					h.accepted(t, happened("TranscodeComplete", id, time.Now()), "queued")
				}
				for deadline := time.Now().Add(2 * time.Hour); len(want) > 0 && time.Now().Before(deadline); time.Sleep(time.Second) {
					jobs, err := h.Follower.Jobs(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					for _, job := range jobs {
						for _, id := range job.Targets {
							delete(want, id)
						}
					}
				}
				if len(want) > 0 {
					t.Errorf("not refreshed: %v", want)
				}
				h.rest(t)
				h.holds(t, core.Depth{})
			})
		})
	}
}

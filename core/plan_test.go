package core_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// upTo is the limit of a platform that takes n targets a call.
func upTo(n int) func(core.TaskType, core.Target) int {
	return func(core.TaskType, core.Target) int { return n }
}

// tasks are refreshes of media by their IDs.
func tasks(ids ...string) []core.Task {
	all := make([]core.Task, len(ids))
	for i, id := range ids {
		all[i] = core.Task{Provider: events.Aliyun, Target: core.Media, ID: id, Options: core.Options{TaskType: core.Refresh}}
	}
	return all
}

// numbered are n media IDs: m00, m01 and so on.
func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("m%02d", i)
	}
	return ids
}

func TestPlan(t *testing.T) {
	t.Parallel()
	refresh := core.Options{TaskType: core.Refresh}
	preload := core.Options{TaskType: core.Preload}
	task := func(id string, o core.Options) core.Task { return core.Task{Target: core.Media, ID: id, Options: o} }
	batch := func(o core.Options, ids ...string) core.Batch {
		return core.Batch{Target: core.Media, IDs: ids, Options: o}
	}
	url := core.Task{Target: core.URL, ID: "https://a/b", Options: refresh}
	listed := core.Options{TaskType: core.Refresh, Formats: "mp4,ts", Definitions: "HD,SD", StreamType: "audio,video"}
	turned := core.Options{TaskType: core.Refresh, Formats: "ts,mp4", Definitions: "SD,HD", StreamType: "video,audio"}
	for name, test := range map[string]struct {
		tasks []core.Task
		limit int
		want  []core.Batch
	}{
		"nothing":            {nil, 20, nil},
		"one":                {tasks("a"), 20, []core.Batch{batch(refresh, "a")}},
		"order and doubles":  {tasks("c", "a", "c", "b", "a"), 20, []core.Batch{batch(refresh, "c", "a", "b")}},
		"exactly full":       {tasks("a", "b"), 2, []core.Batch{batch(refresh, "a", "b")}},
		"one too many":       {tasks("a", "b", "c"), 2, []core.Batch{batch(refresh, "a", "b"), batch(refresh, "c")}},
		"a double after":     {tasks("a", "b", "c", "a"), 2, []core.Batch{batch(refresh, "a", "b"), batch(refresh, "c")}},
		"no such call":       {tasks("a", "b"), 0, []core.Batch{batch(refresh, "a"), batch(refresh, "b")}},
		"a negative limit":   {tasks("a", "b"), -1, []core.Batch{batch(refresh, "a"), batch(refresh, "b")}},
		"task types":         {[]core.Task{task("a", refresh), task("a", preload), task("b", refresh)}, 20, []core.Batch{batch(refresh, "a", "b"), batch(preload, "a")}},
		"another order":      {[]core.Task{task("a", listed), task("b", turned), task("a", turned)}, 20, []core.Batch{batch(listed, "a", "b")}},
		"an ID and a URL":    {[]core.Task{task("https://a/b", refresh), url}, 20, []core.Batch{batch(refresh, "https://a/b"), {Target: core.URL, IDs: []string{"https://a/b"}, Options: refresh}}},
		"reasons are no use": {[]core.Task{task("a", refresh), {Target: core.Media, ID: "a", Options: refresh, Event: "TranscodeComplete", Then: core.Preload}}, 20, []core.Batch{batch(refresh, "a")}},
		"an unsaid flag": {
			[]core.Task{task("a", refresh), task("b", core.Options{TaskType: core.Refresh, SliceFlag: "false"})},
			20,
			[]core.Batch{batch(refresh, "a"), batch(core.Options{TaskType: core.Refresh, SliceFlag: "false"}, "b")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := core.Plan(test.tasks, upTo(test.limit)); !reflect.DeepEqual(got, test.want) {
				t.Errorf("is %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestPlanAsksForTheLimitOfEachCall(t *testing.T) {
	t.Parallel()
	all := tasks("a", "b", "c", "d")
	for i := range 2 {
		all[i].Options.TaskType = core.Preload
		all[i+2].Target = core.URL
	}
	got := core.Plan(all, func(task core.TaskType, target core.Target) int {
		if task == core.Preload && target == core.Media {
			return 1
		}
		return 2
	})
	if len(got) != 3 || len(got[0].IDs) != 1 || len(got[1].IDs) != 1 || len(got[2].IDs) != 2 {
		t.Errorf("is %+v, want two preloads of one media and one refresh of two URLs", got)
	}
}

func BenchmarkPlan(b *testing.B) {
	ids := make([]string, core.MaxTargets)
	for i := range ids {
		ids[i] = fmt.Sprintf("%032x", i)
	}
	all := tasks(ids...)
	b.ReportAllocs()
	for b.Loop() {
		if got := len(core.Plan(all, upTo(20))); got != core.MaxTargets/20 {
			b.Fatalf("%d batches", got)
		}
	}
}

package core_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vodrefresh/vodrefresh/core"
)

// work is what a call is about: one target with options, whatever order their
// lists have.
type work struct {
	target  core.Target
	id      string
	options core.Options
}

// sorted are the options with their formats in order.
func sorted(o core.Options) core.Options {
	o.Formats = core.NewList(slices.Sorted(slices.Values(o.Formats.Values()))...)
	return o
}

// drawTasks makes tasks of few IDs and few options, so that many of them meet.
func drawTasks(t *rapid.T) []core.Task {
	formats := rapid.SampledFrom([]core.List{"", "mp4", "mp4,ts", "ts,mp4"})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) core.Task {
		return core.Task{
			Target: rapid.SampledFrom([]core.Target{core.Media, core.URL}).Draw(t, "target"),
			ID:     rapid.StringMatching(`[a-h][0-9]?`).Draw(t, "id"),
			Then:   rapid.SampledFrom([]core.TaskType{"", core.Preload}).Draw(t, "then"),
			Options: core.Options{
				TaskType: rapid.SampledFrom([]core.TaskType{core.Refresh, core.Preload}).Draw(t, "task type"),
				Formats:  formats.Draw(t, "formats"),
			},
		}
	}), 0, 200).Draw(t, "tasks")
}

func TestPlanProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := drawTasks(t)
		most := rapid.IntRange(1, 20).Draw(t, "limit")
		var wanted []work // each once, in order of appearance
		sizes := map[work]int{}
		for _, task := range all {
			w := work{task.Target, task.ID, sorted(task.Options)}
			if !slices.Contains(wanted, w) {
				wanted = append(wanted, w)
				sizes[work{w.target, "", w.options}]++
			}
		}

		planned := map[work]int{} // where in its sort's order each comes
		batches := map[work]int{}
		for _, b := range core.Plan(all, upTo(most)) {
			sort := work{b.Target, "", sorted(b.Options)}
			batches[sort]++
			if len(b.IDs) == 0 || len(b.IDs) > most {
				t.Fatalf("a batch of %d, limit %d", len(b.IDs), most)
			}
			for _, id := range b.IDs {
				w := work{b.Target, id, sort.options}
				if _, twice := planned[w]; twice {
					t.Fatalf("%+v goes out twice", w)
				}
				planned[w] = len(planned)
			}
		}
		if len(planned) != len(wanted) {
			t.Fatalf("%d targets go out, want %d", len(planned), len(wanted))
		}
		last := map[work]int{}
		for _, w := range wanted {
			place, ok := planned[w]
			sort := work{w.target, "", w.options}
			if !ok {
				t.Fatalf("%+v is lost", w)
			}
			if place < last[sort] {
				t.Fatalf("%+v goes out before one that came first", w)
			}
			last[sort] = place
		}
		for sort, n := range sizes {
			if fewest := (n + most - 1) / most; batches[sort] != fewest {
				t.Fatalf("%d targets of one sort go out in %d batches, want %d", n, batches[sort], fewest)
			}
		}
	})
}

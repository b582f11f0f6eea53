package core_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestEstimate(t *testing.T) {
	t.Parallel()
	const assumed = "assumed, because no media could be asked about"
	three := []events.Stream{{Format: "m3u8", Definition: "HD"}, {Format: "m3u8", Definition: "SD"}, {Format: "mp4", Definition: "HD"}}
	each := func(streams ...events.Stream) core.Streams {
		return func(context.Context, string) ([]events.Stream, error) { return streams, nil }
	}
	some := func(streams map[string][]events.Stream) core.Streams {
		return func(_ context.Context, id string) ([]events.Stream, error) {
			if found, ok := streams[id]; ok {
				return found, nil
			}
			return nil, coded(core.Unavailable, "down")
		}
	}
	with := func(o core.Options, ids ...string) []core.Task {
		all := tasks(ids...)
		for i := range all {
			all[i].Options = o
		}
		return all
	}
	urls := tasks("https://a/1", "https://a/2", "https://a/1")
	for i := range urls {
		urls[i].Target = core.URL
	}
	sliced := core.Options{TaskType: core.Refresh, SliceFlag: "true"}
	tensliced := core.Options{TaskType: core.Refresh, SliceFlag: "true", SliceCount: 10}
	for name, test := range map[string]struct {
		tasks   []core.Task
		streams core.Streams
		want    core.Cost
	}{
		"nothing":                {nil, nil, core.Cost{Basis: "one URL each"}},
		"URLs":                   {urls, nil, core.Cost{Calls: 1, Min: 2, Max: 2, Basis: "one URL each"}},
		"streams":                {tasks("a", "b", "a"), each(three...), core.Cost{Calls: 1, Min: 6, Max: 6, Basis: "the streams of each media"}},
		"no streams":             {tasks("a"), each(), core.Cost{Calls: 1, Basis: "the streams of each media"}},
		"formats":                {with(core.Options{TaskType: core.Refresh, Formats: "mp4,ts"}, "a"), each(three...), core.Cost{Calls: 1, Min: 1, Max: 1, Basis: "the streams of each media"}},
		"definitions":            {with(core.Options{TaskType: core.Refresh, Definitions: "HD"}, "a"), each(three...), core.Cost{Calls: 1, Min: 2, Max: 2, Basis: "the streams of each media"}},
		"segments":               {with(sliced, "a"), each(three...), core.Cost{Calls: 1, Min: 13, Max: 13, Basis: "the streams of each media"}},
		"more segments":          {with(tensliced, "a"), each(three...), core.Cost{Calls: 1, Min: 23, Max: 23, Basis: "the streams of each media"}},
		"no segments":            {with(core.Options{SliceFlag: "false", SliceCount: 9}, "a"), each(three...), core.Cost{Calls: 1, Min: 3, Max: 3, Basis: "the streams of each media"}},
		"nobody to ask":          {tasks("a", "b"), nil, core.Cost{Calls: 1, Min: 2, Max: 20, Basis: assumed}},
		"nobody answers":         {tasks("a"), some(nil), core.Cost{Calls: 1, Min: 1, Max: 10, Basis: assumed}},
		"nobody knows, segments": {with(tensliced, "a"), nil, core.Cost{Calls: 1, Min: 1, Max: 110, Basis: assumed}},
		"nobody knows, a mix": {
			slices.Concat(urls[:1], tasks("a"), with(sliced, "b")), nil, core.Cost{Calls: 3, Min: 3, Max: 1 + 10 + 60, Basis: assumed},
		},
		"some answer": {
			tasks("a", "b", "c", "d"), some(map[string][]events.Stream{"a": three, "c": three[:1]}),
			core.Cost{Calls: 1, Min: 4 + 2*1, Max: 4 + 2*3, Basis: "the streams of 2 of 4 media"},
		},
		"a sample of 20":    {tasks(numbered(50)...), each(three...), core.Cost{Calls: 3, Min: 150, Max: 150, Basis: "the streams of 20 of 50 media"}},
		"URLs and a sample": {slices.Concat(urls, tasks(numbered(21)...)), each(three[:2]...), core.Cost{Calls: 3, Min: 2 + 42, Max: 2 + 42, Basis: "the streams of 20 of 21 media"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := core.Estimate(t.Context(), test.tasks, upTo(20), test.streams); got != test.want {
				t.Errorf("is %+v, want %+v", got, test.want)
			}
		})
	}
}

// Where a media counts as one, nobody has to be asked.
func TestEstimateTargets(t *testing.T) {
	t.Parallel()
	url := core.Task{Provider: events.Huawei, Target: core.URL, ID: "https://a/1"}
	for name, test := range map[string]struct {
		tasks []core.Task
		want  core.Cost
	}{
		"nothing":    {nil, core.Cost{Basis: "one for each asset"}},
		"assets":     {tasks(numbered(25)...), core.Cost{Calls: 3, Min: 25, Max: 25, Basis: "one for each asset"}},
		"two of one": {tasks("a", "b", "a"), core.Cost{Calls: 1, Min: 2, Max: 2, Basis: "one for each asset"}},
		"URLs":       {[]core.Task{url, url}, core.Cost{Calls: 1, Min: 1, Max: 1, Basis: "assumed one for each URL, which is not documented"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := core.EstimateTargets(test.tasks, upTo(10)); got != test.want {
				t.Errorf("is %+v, want %+v", got, test.want)
			}
		})
	}
}

// However the answers fall out, few questions are asked and the range is one.
func TestEstimateAsksFewTimes(t *testing.T) {
	t.Parallel()
	for every := range 5 {
		t.Run(fmt.Sprint("one in ", every), func(t *testing.T) {
			t.Parallel()
			tries := 0
			got := core.Estimate(t.Context(), tasks(numbered(90)...), upTo(20), func(context.Context, string) ([]events.Stream, error) {
				tries++
				if every == 0 || tries%every != 0 {
					return nil, coded(core.NotFound, "InvalidVideo.NotFound")
				}
				return make([]events.Stream, tries), nil
			})
			if tries != 20 {
				t.Errorf("%d questions, want 20", tries)
			}
			if got.Min < 0 || got.Max < got.Min || got.Calls != 5 {
				t.Errorf("is %+v", got)
			}
		})
	}
}

package core

import (
	"context"
	"fmt"
	"slices"

	"github.com/vodrefresh/vodrefresh/events"
)

// Cost is an estimate of what tasks would take from the day's allowance.
type Cost struct {
	Calls int `json:"calls"`
	// Min and Max are URLs (aliyun) or assets (huawei). Where a media's streams are
	// not known, one URL and ten streams are taken as its bounds.
	Min   int    `json:"min"`
	Max   int    `json:"max"`
	Basis string `json:"basis"` // what the numbers rest on, in words
}

const (
	assumedStreams = 10 // most streams of a media that nobody could ask about
	sampled        = 20 // media asked about; the others are assumed to be like them
	defaultSlices  = 5  // TS segments per m3u8 stream, if SliceCount is not given
)

// Streams lists the streams of a media, as the platform plays them.
type Streams func(ctx context.Context, mediaID string) ([]events.Stream, error)

// Estimate says what tasks would cost. It never fails: what cannot be found out
// widens the range. At most 20 media are asked about, and the streams of the
// others are taken to lie between the fewest and the most found.
func Estimate(ctx context.Context, tasks []Task, limit func(TaskType, Target) int, streams Streams) Cost {
	cost := Cost{Calls: len(Plan(tasks, limit))}
	distinct := make(map[outcomeKey]bool, len(tasks))
	var tries, asked, media, low, high, widest int
	for _, t := range tasks {
		if distinct[t.key()] {
			continue
		}
		distinct[t.key()] = true
		if t.Target == URL {
			cost.Min++
			cost.Max++
			continue
		}
		media++
		widest += assumedStreams * perStream("m3u8", t.Options)
		if tries >= sampled || streams == nil {
			continue
		}
		tries++
		found, err := streams(ctx, t.ID)
		if err != nil {
			continue
		}
		fewest, most := urls(found, t.Options)
		if asked == 0 || fewest < low {
			low = fewest
		}
		high = max(high, most)
		cost.Min += fewest
		cost.Max += most
		asked++
	}
	rest := media - asked
	switch {
	case media == 0:
		cost.Basis = "one URL each"
	case asked == media:
		cost.Basis = "the streams of each media"
	case asked > 0:
		cost.Basis = fmt.Sprintf("the streams of %d of %d media", asked, media)
		cost.Min += rest * low
		cost.Max += rest * high
	default:
		cost.Basis = "assumed, because no media could be asked about"
		cost.Min += rest
		cost.Max += widest
	}
	return cost
}

// EstimateTargets says what tasks cost where a media counts as one, however many
// streams it has (huawei). That a URL counts as one as well is assumed: the
// documentation does not say.
func EstimateTargets(tasks []Task, limit func(TaskType, Target) int) Cost {
	cost := Cost{Calls: len(Plan(tasks, limit)), Basis: "one for each asset"}
	distinct := make(map[outcomeKey]bool, len(tasks))
	for _, t := range tasks {
		distinct[t.key()] = true
		if t.Target == URL {
			cost.Basis = "assumed one for each URL, which is not documented"
		}
	}
	cost.Min, cost.Max = len(distinct), len(distinct)
	return cost
}

// urls counts the URLs that options mean of all streams of a media. Nothing
// tells which streams are audio only, so with StreamType none may be meant.
func urls(streams []events.Stream, o Options) (fewest, most int) {
	latest := make(map[events.Stream]bool, len(streams))
	for _, s := range streams {
		kind := events.Stream{Format: s.Format, Definition: s.Definition}
		if !has(o.Formats, s.Format) || !has(o.Definitions, s.Definition) || latest[kind] && o.ResultType != "Multiple" {
			continue
		}
		latest[kind] = true
		most += perStream(s.Format, o)
	}
	if o.StreamType != "" {
		return 0, most
	}
	return most, most
}

// perStream is one URL, and those of the segments that options name.
func perStream(format string, o Options) int {
	if o.SliceFlag != NewFlag(true) || format != "m3u8" {
		return 1
	}
	if o.SliceCount == 0 {
		return 1 + defaultSlices
	}
	return 1 + o.SliceCount
}

// has reports whether a filter lets a value through; empty lets all through.
func has(filter List, value string) bool {
	return filter == "" || slices.Contains(filter.Values(), value)
}

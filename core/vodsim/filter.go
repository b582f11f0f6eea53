package vodsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// filter chooses streams of a media and names their URLs. Its JSON is the
// FilterPolicy of jobs and callbacks.
type filter struct {
	SliceFlag   bool   `json:"SliceFlag"`
	SliceCount  int    `json:"SliceCount,omitempty"`
	ResultType  string `json:"ResultType"`
	Formats     string `json:"Formats,omitempty"`
	Definitions string `json:"Definitions,omitempty"`
	StreamType  string `json:"StreamType,omitempty"`
}

// newFilter reads the filter out of legal parameters.
func newFilter(q request) filter {
	f := filter{
		SliceFlag:   q.get("SliceFlag") == "true",
		ResultType:  cmp.Or(q.get("ResultType"), "Single"),
		Formats:     q.get("Formats"),
		Definitions: q.get("Definitions"),
		StreamType:  q.get("StreamType"),
	}
	if f.SliceFlag {
		f.SliceCount = 5
		if n, err := strconv.Atoi(q.get("SliceCount")); err == nil {
			f.SliceCount = n
		}
	}
	return f
}

// policy is the filter as FilterPolicy has it: JSON as text.
func (f filter) policy() string {
	text, _ := json.Marshal(f)
	return string(text)
}

// streams are those that match, in order; of equal definition and format only
// the latest if the result is Single.
func (f filter) streams(m Media) []Stream {
	var chosen []Stream
	for _, st := range m.Streams {
		if !in(f.Formats, st.Format) || !in(f.Definitions, st.Definition) || !in(f.StreamType, st.Type) {
			continue
		}
		if f.ResultType == "Single" {
			chosen = slices.DeleteFunc(chosen, func(older Stream) bool {
				return older.Format == st.Format && older.Definition == st.Definition
			})
		}
		chosen = append(chosen, st)
	}
	return chosen
}

// urls are the play URLs that match, each m3u8 followed by its first slices if
// these are wanted.
func (f filter) urls(m Media) []string {
	var urls []string
	for _, st := range f.streams(m) {
		urls = append(urls, st.URL)
		if !f.SliceFlag || st.Format != "m3u8" {
			continue
		}
		for n := range f.SliceCount {
			urls = append(urls, fmt.Sprintf("%s-%05d.ts", strings.TrimSuffix(st.URL, ".m3u8"), n+1))
		}
	}
	return urls
}

// in reports whether value is in a comma list; the empty list has everything.
func in(list, value string) bool {
	return list == "" || slices.Contains(split(list, ","), value)
}

package core

import (
	"encoding/json"
	"slices"
	"strings"
)

// TaskType says whether cached copies are thrown away or fetched in advance.
type TaskType string

// The task types, spelt as the API spells them.
const (
	Refresh TaskType = "Refresh" // purge: the next viewer gets the new bytes
	Preload TaskType = "Preload" // warm: the edges fetch the bytes now
)

// Options are the parameters of RefreshMediaPlayUrls that say what is done to
// which play URLs of a media, each under its own name. The zero value of a
// field leaves the parameter out, so that the provider's default holds. Options
// compare with ==; tasks of equal options share a call.
//
// Source: RefreshMediaPlayUrls, ApsaraVideo VOD API 2017-03-21.
type Options struct {
	TaskType    TaskType `json:"TaskType" validate:"required,oneof=Refresh Preload"`
	Formats     List     `json:"Formats,omitempty" validate:"each=mp4 m3u8 mp3 flv webm ts"`
	Definitions List     `json:"Definitions,omitempty" validate:"each=FD LD SD HD 2K 4K OD SQ HQ AUTO"`
	StreamType  List     `json:"StreamType,omitempty" validate:"each=video audio"`
	// ResultType Single means the latest stream of each definition and format
	// (the provider's default), Multiple all streams.
	ResultType string `json:"ResultType,omitempty" validate:"omitempty,oneof=Single Multiple"`
	// SliceFlag also names the first SliceCount TS segments of each m3u8 stream
	// (1 to 20, the provider's default is 5).
	SliceFlag  Flag `json:"SliceFlag,omitempty" validate:"omitempty,oneof=true false"`
	SliceCount int  `json:"SliceCount,omitempty" validate:"omitempty,min=1,max=20"`
	// UserData is a JSON object that the provider passes through; at most
	// [MaxUserData] bytes.
	UserData string `json:"UserData,omitempty" validate:"omitempty,userdata"`
}

// MaxUserData is the most bytes that UserData may have.
const MaxUserData = 1024

// List is a list parameter as the wire has it: values with commas between,
// without blanks, empty for "all".
type List string

// NewList joins values, trimmed, without empty ones and doubles, in the order
// given. A value with a comma in it is several.
func NewList(values ...string) List {
	return List(strings.Join(distinct(strings.Split(strings.Join(values, ","), ",")), ","))
}

// distinct trims values and drops empty ones and doubles, keeping the order.
func distinct(values []string) []string {
	seen := make(map[string]bool, len(values))
	kept := make([]string, 0, len(values))
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" && !seen[v] {
			seen[v] = true
			kept = append(kept, v)
		}
	}
	return kept
}

// Values returns the single values; nil for an empty list.
func (l List) Values() []string {
	if l == "" {
		return nil
	}
	return strings.Split(string(l), ",")
}

// sorted is the list with its values in order, so that equal sets are equal.
func (l List) sorted() List {
	if !strings.Contains(string(l), ",") {
		return l
	}
	values := l.Values()
	if slices.IsSorted(values) {
		return l
	}
	slices.Sort(values)
	return List(strings.Join(values, ","))
}

// UnmarshalJSON takes a comma string or an array of strings.
func (l *List) UnmarshalJSON(data []byte) error {
	var values []string
	if err := json.Unmarshal(data, &values); err != nil {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		values = []string{text}
	}
	*l = NewList(values...)
	return nil
}

// Flag is an optional yes or no: "true", "false", or empty for unsaid.
type Flag string

// NewFlag returns the flag for b.
func NewFlag(b bool) Flag {
	if b {
		return "true"
	}
	return "false"
}

// MarshalJSON writes a JSON boolean, or null for unsaid.
func (f Flag) MarshalJSON() ([]byte, error) {
	if f == "" {
		return []byte("null"), nil
	}
	return []byte(f), nil
}

// UnmarshalJSON takes a JSON boolean; null leaves the flag unsaid.
func (f *Flag) UnmarshalJSON(data []byte) error {
	var b *bool
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	*f = ""
	if b != nil {
		*f = NewFlag(*b)
	}
	return nil
}

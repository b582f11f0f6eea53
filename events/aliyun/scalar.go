package aliyun

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/events"
)

// The types of this file are the leaves of a callback. The same field comes as
// a string in one event and as a number in another, and the documented types
// are not always the sent ones; so a leaf takes what it can use and leaves the
// rest alone, but never fails the decoding of its neighbours. Words of a fixed
// vocabulary become constants without an allocation.

// text takes a string, or a number or boolean as it is written.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	if s, ok := scalar(data); ok {
		*t = text(s)
	}
	return nil
}

// status takes the words of the three vocabularies: success|fail,
// Success|Failed and Succeed|Failed.
type status events.Status

func (s *status) UnmarshalJSON(data []byte) error {
	word, ok := scalar(data)
	switch {
	case !ok:
	case len(word) == 0:
		*s = status(events.StatusAbsent)
	case fold(word, "success", "succeed") != "":
		*s = status(events.Success)
	case fold(word, "fail", "failed") != "":
		*s = status(events.Failure)
	default:
		*s = status(events.StatusUnknown)
	}
	return nil
}

// definition takes HD as well as HD-MP4, the form with the suffix of a preset
// or narrowband template, and drops what the Definitions filter does not know.
type definition string

func (d *definition) UnmarshalJSON(data []byte) error {
	if word, ok := scalar(data); ok {
		head, _, _ := strings.Cut(string(word), "-")
		*d = definition(fold([]byte(head), "FD", "LD", "SD", "HD", "2K", "4K", "OD", "SQ", "HQ", "AUTO"))
	}
	return nil
}

// format drops what the Formats filter does not know.
type format string

func (f *format) UnmarshalJSON(data []byte) error {
	if word, ok := scalar(data); ok {
		*f = format(fold(word, "mp4", "m3u8", "mp3", "flv", "webm", "ts"))
	}
	return nil
}

// stamp takes RFC 3339, and 2022-10-20T10:29:46:540Z, the form with a colon
// before the milliseconds that AIMediaAuditComplete has. Anything else is the
// zero time.
type stamp time.Time

func (t *stamp) UnmarshalJSON(data []byte) error {
	const (
		seconds = len("2006-01-02T15:04:05")
		longest = len("2006-01-02T15:04:05.999999999+08:00")
	)
	var buf [longest]byte
	word, ok := scalar(data)
	if !ok || len(word) > longest {
		return nil
	}
	n := copy(buf[:], word)
	if buf[seconds] == ':' {
		buf[seconds] = '.'
	}
	var at time.Time
	if at.UnmarshalText(buf[:n]) == nil {
		*t = stamp(at.UTC())
	}
	return nil
}

// passthrough takes a string as it is, and anything else as compact JSON text.
type passthrough string

func (p *passthrough) UnmarshalJSON(data []byte) error {
	switch s, ok := scalar(data); {
	case ok:
		*p = passthrough(s)
	case data[0] != 'n':
		*p = passthrough(compact(data))
	}
	return nil
}

// scalar returns the text of a JSON string, number or boolean: a part of data
// itself if it can. There is none for null, an object or an array. The data is
// valid JSON, as every UnmarshalJSON may assume.
func scalar(data []byte) (word []byte, ok bool) {
	switch data[0] {
	case 'n', '{', '[':
		return nil, false
	case '"':
		if inner := data[1 : len(data)-1]; plain(inner) {
			return inner, true
		}
		var s string
		err := json.Unmarshal(data, &s)
		return []byte(s), err == nil
	default:
		return data, true
	}
}

// plain reports whether the inside of a JSON string stands for itself.
func plain(inner []byte) bool {
	for _, c := range inner {
		if c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// fold returns the one of the known words that word is, whatever its case, or
// nothing.
func fold(word []byte, known ...string) string {
	for _, k := range known {
		if strings.EqualFold(k, string(word)) {
			return k
		}
	}
	return ""
}

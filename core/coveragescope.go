package core

import "slices"

// scope is which of a media's play URLs a task means, and what is to be done with
// them afterwards: its options, but for those that only pass through, and its
// follow-up, which a submission without one would lose. Equal sets have equal scopes.
type scope struct {
	Formats     List `json:"formats,omitempty"` // empty for all
	Definitions List `json:"definitions,omitempty"`
	Streams     List `json:"streams,omitempty"`
	Multiple    bool `json:"multiple,omitempty"` // all streams, not the latest of each sort only
	Slices      int  `json:"slices,omitempty"`   // TS segments of each m3u8 stream

	Then TaskType `json:"then,omitempty"` // follows once the job has ended well
}

// scopeOf reads a task. What its options leave out is the provider's default: Single,
// no segments, and 5 of them if the flag stands alone.
func scopeOf(task Task) scope {
	o := task.Options.canonical()
	s := scope{Formats: o.Formats, Definitions: o.Definitions, Streams: o.StreamType, Multiple: o.ResultType == "Multiple", Then: task.Then}
	if o.SliceFlag == NewFlag(true) {
		if s.Slices = o.SliceCount; s.Slices == 0 {
			s.Slices = defaultSlices
		}
	}
	return s
}

// covers reports whether every URL that t means is one that s means too, with the
// same to follow: in each dimension s is as wide as t or wider.
func (s scope) covers(t scope) bool {
	return holdsAll(s.Formats, t.Formats) && holdsAll(s.Definitions, t.Definitions) && holdsAll(s.Streams, t.Streams) &&
		(s.Multiple || !t.Multiple) && s.Slices >= t.Slices && (s.Then == t.Then || t.Then == "")
}

// holdsAll reports whether filter a lets through whatever filter b does.
func holdsAll(a, b List) bool {
	if a == "" || b == "" {
		return a == ""
	}
	return !slices.ContainsFunc(b.Values(), func(value string) bool { return !has(a, value) })
}

// width orders scopes so that one comes before those that it covers.
func (s scope) width() int {
	const all = 1000 // more than any list has values
	n := s.Slices
	for _, l := range []List{s.Formats, s.Definitions, s.Streams} {
		if l == "" {
			n += all
		}
		n += len(l.Values())
	}
	if s.Multiple {
		n++
	}
	if s.Then != "" {
		n++
	}
	return n
}

package huawei

import (
	"strings"

	"github.com/vodrefresh/vodrefresh/events"
)

// known is an event type and what it means.
type known struct {
	name string
	kind events.Kind
}

// table is sorted by name. What is cut, joined or extracted is a new asset, of
// which nothing is cached; a cover or snapshot is no stream. Whether they are a
// reason to refresh is for the rules to say, so they count as Other.
func table() [9]known {
	return [...]known{
		{"audioExtractComplete", events.Other},
		{"concatComplete", events.Other},
		{"coverComplete", events.Other},
		{"createComplete", events.Uploaded},
		{"cutComplete", events.Other},
		{"parseComplete", events.Other},
		{"reviewComplete", events.Reviewed},
		{"thumbnailComplete", events.Other},
		{"transcodeComplete", events.Transcoded},
	}
}

// Types returns the event types of the VOD user guide, sorted. Two of them,
// concatComplete and cutComplete, are in its edition of 2021 only. There is none
// for a deletion, nor for the end of a refresh or preheating.
func Types() []string {
	var types []string
	for _, known := range table() {
		types = append(types, known.name)
	}
	return types
}

// Kind returns what an event type means, or [events.Unknown] for one that is not
// in [Types]. The case does not matter: the user guide itself has both
// transcodeComplete and TranscodeComplete.
func Kind(eventType string) events.Kind {
	_, kind := lookUp(eventType)
	return kind
}

// lookUp returns the canonical spelling of an event type and what it means. An
// unknown one stays as it is.
func lookUp(eventType string) (name string, kind events.Kind) {
	for _, known := range table() {
		if strings.EqualFold(known.name, eventType) {
			return known.name, known.kind
		}
	}
	return eventType, events.Unknown
}

package vodsim

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// param is what an action says of one of its parameters: whether a call must
// have it, and which values are legal.
type param struct {
	required bool
	legal    func(value string) bool
}

func required(legal func(string) bool) param { return param{required: true, legal: legal} }
func optional(legal func(string) bool) param { return param{legal: legal} }

// checkParams refuses a call that lacks a parameter, has an illegal value, or
// a parameter that the action does not know. The platform ignores the last.
func checkParams(known map[string]param, params url.Values) *refusal {
	for _, name := range slices.Sorted(maps.Keys(known)) {
		value := params.Get(name)
		switch {
		case known[name].required && strings.TrimSpace(value) == "":
			return missingParameter(name)
		case value != "" && !known[name].legal(value):
			return invalidParameter(name)
		}
	}
	protocol := protocolParams()
	for _, name := range slices.Sorted(maps.Keys(params)) {
		_, ofProtocol := protocol[name]
		_, ofAction := known[name]
		if !ofProtocol && !ofAction {
			return invalidParameter(name)
		}
	}
	return nil
}

func anyText(string) bool { return true }

func oneOf(allowed ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(allowed, value) }
}

// each takes a comma list whose members are all allowed.
func each(allowed ...string) func(string) bool {
	return func(value string) bool {
		for member := range strings.SplitSeq(value, ",") {
			if !slices.Contains(allowed, strings.TrimSpace(member)) {
				return false
			}
		}
		return true
	}
}

// atMost takes a list of 1 to n members, doubles counted.
func atMost(n int, separator string) func(string) bool {
	return func(value string) bool {
		return len(split(value, separator)) > 0 && strings.Count(strings.Trim(value, separator), separator) < n
	}
}

// upTo takes a number from 1 to most.
func upTo(most int) func(string) bool {
	return func(value string) bool {
		n, err := strconv.Atoi(value)
		return err == nil && 1 <= n && n <= most
	}
}

// jsonObject takes the text of a JSON object.
func jsonObject(value string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(value), &object) == nil && object != nil
}

func formats() func(string) bool { return each("mp4", "m3u8", "mp3", "flv", "webm", "ts") }

func definitions() func(string) bool {
	return each("FD", "LD", "SD", "HD", "2K", "4K", "OD", "SQ", "HQ", "AUTO")
}

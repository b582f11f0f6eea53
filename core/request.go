package core

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/events"
)

// MaxTargets is the most media IDs or URLs that one request may name.
const MaxTargets = 2000

// MaxURL is the most characters that a URL may have, the larger of the two
// providers' limits.
const MaxURL = 10240

// Request is what a person or program asks for by hand: any number of media or
// URLs up to [MaxTargets], all with the same options.
type Request struct {
	Provider events.Provider `json:"provider"`
	MediaIDs []string        `json:"MediaIds" validate:"max=2000,dive,mediaid"` // asset_id_list of huawei
	URLs     []string        `json:"urls" validate:"max=2000,dive,playurl"`
	Options  Options         `json:"-"`
	DryRun   bool            `json:"dryRun"` // say what it would cost, submit nothing
}

// ParseRequest reads a request from JSON: the parameters of the provider's refresh
// API under their own names, MediaIds (aliyun) or asset_id_list (huawei, which has
// no options) as a comma string or an array, or urls instead. Provider defaults to
// aliyun, TaskType to Refresh; known are the providers that it may name. The error
// is of kind Invalid and names every wrong field.
func ParseRequest(data []byte, known ...events.Provider) (Request, error) {
	r := Request{Provider: events.Aliyun, Options: Options{TaskType: Refresh}}
	var ids struct{ aliyun, huawei List }
	members := object{
		"provider":      {&r.Provider, "a string"},
		"MediaIds":      {&ids.aliyun, "a comma-separated string or an array of strings"},
		"asset_id_list": {&ids.huawei, "a comma-separated string or an array of strings"},
		"urls":          {&r.URLs, "an array of strings"},
		"TaskType":      {&r.Options.TaskType, "a string"},
		"dryRun":        {&r.DryRun, "true or false"},
	}
	maps.Copy(members, optionFields(&r.Options))
	wrong := members.decode(data, "body", "a JSON object")
	foreign := ids.huawei
	r.MediaIDs = ids.aliyun.Values()
	if r.Provider == events.Huawei {
		foreign, r.MediaIDs = ids.aliyun, ids.huawei.Values()
	}
	r.URLs = distinct(r.URLs)
	if !slices.ContainsFunc(wrong, func(w FieldError) bool { return w.Field == "body" }) {
		more := append(r.problems(foreign), r.wrongProvider(known)...)
		if slices.ContainsFunc(wrong, func(w FieldError) bool { return w.Field == "urls" }) {
			more = slices.DeleteFunc(more, func(m FieldError) bool { return m.Field == r.ids() }) // urls are given
		}
		wrong = MergeFields(wrong, more)
	}
	if len(wrong) > 0 {
		return Request{}, &Error{Kind: Invalid, Message: "invalid request", Fields: wrong}
	}
	return r, nil
}

// wrongProvider is an error unless the provider is one of the known.
func (r Request) wrongProvider(known []events.Provider) []FieldError {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return oneOf("provider", string(r.Provider), names...)
}

// ids is what the provider calls the field with media IDs.
func (r Request) ids() string {
	if r.Provider == events.Huawei {
		return "asset_id_list"
	}
	return "MediaIds"
}

// problems are what is wrong with the values of a request; foreign are IDs under
// the name that another provider has for them.
func (r Request) problems(foreign List) []FieldError {
	wrong := fieldErrors(r)
	for i := range wrong {
		if wrong[i].Field == "MediaIds" {
			wrong[i].Field = r.ids()
		}
	}
	switch {
	case foreign != "" && r.Provider == events.Huawei:
		wrong = append(wrong, FieldError{Field: "MediaIds", Value: Shorten(string(foreign)), Detail: "is aliyun's name for it, with provider huawei use asset_id_list"})
	case foreign != "":
		wrong = append(wrong, FieldError{
			Field: "asset_id_list", Value: Shorten(string(foreign)), Detail: `is huawei's name for it, set "provider": "huawei" as well, or use MediaIds`,
		})
	case len(r.MediaIDs) == 0 && len(r.URLs) == 0:
		wrong = append(wrong, FieldError{Field: r.ids(), Value: "", Detail: "needs 1 to 2000 media IDs, or urls instead"})
	case len(r.MediaIDs) > 0 && len(r.URLs) > 0:
		wrong = append(wrong, FieldError{Field: "urls", Value: r.URLs[0], Detail: "cannot be given together with " + r.ids()})
	}
	switch {
	case r.Provider == events.Huawei:
		wrong = append(wrong, r.Options.set("is an option of aliyun's, huawei has none")...)
	case len(r.URLs) > 0 && len(r.MediaIDs) == 0:
		wrong = append(wrong, r.Options.set("applies to MediaIds, not to urls")...)
	}
	return wrong
}

// set names the options that are set, TaskType aside, with what is wrong about
// that.
func (o Options) set(detail string) []FieldError {
	var wrong []FieldError
	for _, option := range []struct {
		name  string
		value any
		set   bool
	}{
		{"Formats", o.Formats, o.Formats != ""},
		{"Definitions", o.Definitions, o.Definitions != ""},
		{"StreamType", o.StreamType, o.StreamType != ""},
		{"ResultType", o.ResultType, o.ResultType != ""},
		{"SliceFlag", o.SliceFlag, o.SliceFlag != ""},
		{"SliceCount", o.SliceCount, o.SliceCount != 0},
		{"UserData", o.UserData, o.UserData != ""},
	} {
		if option.set {
			wrong = append(wrong, FieldError{Field: option.name, Value: option.value, Detail: detail})
		}
	}
	return wrong
}

// Tasks are the request's targets as single tasks.
func (r Request) Tasks() []Task {
	target, ids := Media, r.MediaIDs
	if len(r.URLs) > 0 {
		target, ids = URL, r.URLs
	}
	tasks := make([]Task, len(ids))
	for i, id := range ids {
		tasks[i] = Task{Provider: r.Provider, Target: target, ID: id, Options: r.Options}
	}
	return tasks
}

// validURL accepts absolute http and https URLs without blanks or line breaks,
// which separate URLs on the wire.
func validURL(text string) bool {
	if utf8.RuneCountInString(text) > MaxURL || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

package core

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// Action is what a rule does.
type Action string

// The actions.
const (
	DoRefresh        Action = "refresh"
	DoPreload        Action = "preload"
	DoRefreshPreload Action = "refresh+preload" // preload once the refresh has ended well
)

// Rule says what to do with events of certain types. An event fires a rule
// when it reports success; a review fires it when it ends in Blocked.
type Rule struct {
	On       []string        // event types, in the provider's words
	Provider events.Provider // aliyun if empty
	Do       Action
	// Changed narrows the task to the formats and definitions that the event
	// names; an event that names none means all.
	Changed bool
	Options Options // without TaskType, which follows from Do
	// Replaced spends quota only when something can be stale: the store remembers
	// an earlier event of the same sort, or the media was created longer ago than
	// MinAge.
	Replaced bool
	MinAge   time.Duration
	Delay    time.Duration // how long to wait before the task is due
	Confirm  bool          // ask the provider whether the media exists first
}

// Reason says why an event leads to no task; empty if it leads to one. It is
// fit for a metric label.
type Reason string

// The reasons.
const (
	Wanted       Reason = ""
	UnknownEvent Reason = "unknown_event" // a type that this version does not know
	NoRule       Reason = "no_rule"       // no rule wants the type
	OwnRefresh   Reason = "own_refresh"   // the answer to our own refresh
	NotSuccess   Reason = "not_success"   // the event reports a failure, or nothing readable
	NotBlocked   Reason = "not_blocked"   // the review did not end in Blocked
	NoMedia      Reason = "no_media"      // the event names no media, or an impossible one
	NotReplaced  Reason = "not_replaced"  // nothing can be stale yet
	Unconfirmed  Reason = "unconfirmed"   // the provider knows no such media
	DryRun       Reason = "dry_run"       // it would have led to a task
)

// Rules decide which events lead to which tasks. They are safe for concurrent
// use. The zero value wants nothing.
type Rules struct{ byType map[ruleKey]Rule }

type ruleKey struct {
	provider  events.Provider
	eventType string
}

// NewRules indexes rules. An event type that is named twice for a provider is
// an error of kind Invalid, because only one of the rules could ever fire.
func NewRules(rules ...Rule) (Rules, error) {
	byType := make(map[ruleKey]Rule)
	for i, r := range rules {
		r.Provider = cmp.Or(r.Provider, events.Aliyun)
		for _, t := range r.On {
			key := ruleKey{r.Provider, t}
			if _, taken := byType[key]; taken {
				return Rules{}, &Error{Kind: Invalid, Message: "rules", Fields: []FieldError{
					{Field: fmt.Sprintf("rules[%d].on", i), Value: t, Detail: "is named before; an event type can be in one rule of a provider"},
				}}
			}
			byType[key] = r
		}
	}
	return Rules{byType}, nil
}

// DefaultRules purge all streams whenever a source file has arrived or all
// streams of a media are transcoded. StreamTranscodeComplete is left out: a
// TranscodeComplete follows. Of Huawei, covers, snapshots and extracted audio
// count as well, because a redo keeps their URLs, and a review that ends in BLOCK,
// which takes the asset off the edges. parseComplete is left out: it follows a
// createComplete and changes nothing.
func DefaultRules() Rules {
	rules, err := NewRules(
		Rule{
			On:       []string{"TranscodeComplete", "FileUploadComplete", "UploadByURLComplete"},
			Provider: events.Aliyun,
			Do:       DoRefresh,
		},
		Rule{
			On: []string{
				"audioExtractComplete", "coverComplete", "createComplete", "reviewComplete", "thumbnailComplete", "transcodeComplete",
			},
			Provider: events.Huawei,
			Do:       DoRefresh,
		},
	)
	if err != nil {
		panic(err) // the list above would have to name a type twice
	}
	return rules
}

// All returns every rule once for each event type that it is for, in the order
// of providers and types.
func (r Rules) All() []Rule {
	all := make([]Rule, 0, len(r.byType))
	for key, rule := range r.byType {
		rule.On = []string{key.eventType}
		all = append(all, rule)
	}
	slices.SortFunc(all, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.On[0], b.On[0]))
	})
	return all
}

// Decide returns the task that e leads to and the rule that says so, or the
// reason why there is none.
func (r Rules) Decide(e events.Event) (Task, Rule, Reason) {
	if e.Kind == events.RefreshSubmitted {
		return Task{}, Rule{}, OwnRefresh
	}
	rule, ok := r.byType[ruleKey{e.Provider, e.Type}]
	switch {
	case e.Kind == events.Unknown:
		return Task{}, Rule{}, UnknownEvent
	case !ok:
		return Task{}, Rule{}, NoRule
	case e.Status != events.Success:
		return Task{}, Rule{}, NotSuccess
	case e.Kind == events.Reviewed && e.Review != events.Blocked:
		return Task{}, Rule{}, NotBlocked
	case !validMediaID(e.MediaID):
		return Task{}, Rule{}, NoMedia
	}
	return rule.task(e), rule, Wanted
}

// task is what the rule makes of an event that fires it.
func (r Rule) task(e events.Event) Task {
	t := Task{
		Provider: e.Provider, Target: Media, ID: e.MediaID, Options: r.Options,
		Event: e.Type, EventTime: e.Time, Identity: Identity(e),
	}
	t.Options.TaskType = Refresh
	switch r.Do {
	case DoRefresh:
	case DoPreload:
		t.Options.TaskType = Preload
	case DoRefreshPreload:
		t.Then = Preload
	}
	if r.Changed {
		t.Options.Formats, t.Options.Definitions = changed(e.Streams)
	}
	_, t.URLs = urls(e.Streams, t.Options)
	return t
}

// changed are the formats and definitions of the streams that succeeded. A
// stream whose format or definition is no filter value leaves that filter open.
func changed(streams []events.Stream) (formats, definitions List) {
	var f, d []string
	for _, s := range streams {
		if s.Status == events.Failure {
			continue
		}
		f, d = append(f, s.Format), append(d, s.Definition)
	}
	return filter(f), filter(d)
}

// filter is the list of values in order, or empty, for all, if one is unknown.
func filter(values []string) List {
	if slices.Contains(values, "") {
		return ""
	}
	return NewList(values...).sorted()
}

package core

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// Vocabulary is what a provider's events are called, for checking a rule file.
type Vocabulary struct {
	Types []string                 // every known event type
	Kind  func(string) events.Kind // what kind of event a type is
}

// defaultMinAge is how old a media must be to count as replaced, unless the
// rule says otherwise.
const defaultMinAge = 6 * time.Hour

// ParseRules reads a rule file (YAML, or JSON, which is YAML too). It replaces
// the built-in rules as a whole. Unknown names, event types that no provider
// has, and a rule on the answer to our own refresh are errors of kind Invalid
// that name the rule, the field, the value and what is allowed. So are aliases, a
// second document, and more than [MaxRules] bytes.
func ParseRules(text []byte, known map[events.Provider]Vocabulary) (Rules, error) {
	data, err := rulesJSON(text)
	if err != nil {
		return Rules{}, err
	}
	var list []rawObject
	wrong := object{"rules": {&list, "a list of rules"}}.decode(data, "rules", "in a mapping, as rules: and a list")
	if len(wrong) == 0 && len(list) == 0 {
		wrong = []FieldError{{Field: "rules", Value: "", Detail: "needs at least one rule"}}
	}
	parsed := make([]Rule, 0, len(list))
	for i, raw := range list {
		rule, bad := parseRule(raw, known)
		wrong = append(wrong, under(fmt.Sprintf("rules[%d]", i), bad)...)
		parsed = append(parsed, rule)
	}
	if len(wrong) > 0 {
		return Rules{}, &Error{Kind: Invalid, Message: "rules", Fields: wrong}
	}
	return NewRules(parsed...)
}

// under puts the name of an object before those of the fields in it. An error
// about the object itself has no field name of its own.
func under(object string, wrong []FieldError) []FieldError {
	for i, w := range wrong {
		wrong[i].Field = strings.TrimSuffix(object+"."+w.Field, ".")
	}
	return wrong
}

// rawObject keeps a member's JSON text for a second look.
type rawObject []byte

func (r *rawObject) UnmarshalJSON(data []byte) error {
	*r = slices.Clone(data)
	return nil
}

// parseRule reads one rule and says what is wrong with it.
func parseRule(raw rawObject, known map[events.Provider]Vocabulary) (Rule, []FieldError) {
	r := Rule{Provider: events.Aliyun, MinAge: defaultMinAge}
	streams, when := "all", "always"
	var options rawObject
	wrong := object{
		"on":       {&r.On, "a list of event types"},
		"provider": {&r.Provider, "a string"},
		"do":       {&r.Do, "a string"},
		"streams":  {&streams, "a string"},
		"options":  {&options, "a mapping"},
		"when":     {&when, "a string"},
		"minAge":   {&duration{&r.MinAge}, "a duration such as 6h"},
		"delay":    {&duration{&r.Delay}, "a duration such as 30s"},
		"confirm":  {&r.Confirm, "true or false"},
	}.decode(raw, "", "a mapping")
	if options != nil {
		wrong = append(wrong, under("options", optionFields(&r.Options).decode(options, "", "a mapping"))...)
	}
	if len(wrong) > 0 && wrong[0].Field == "" {
		return r, wrong
	}
	r.Changed, r.Replaced = streams == "changed", when == "replaced"
	return r, MergeFields(wrong, slices.Concat(
		oneOf("do", string(r.Do), string(DoRefresh), string(DoPreload), string(DoRefreshPreload)),
		oneOf("streams", streams, "all", "changed"),
		oneOf("when", when, "always", "replaced"),
		r.wrongEvents(known),
		r.wrongOptions(),
	))
}

// wrongEvents checks the provider and the event types of a rule.
func (r Rule) wrongEvents(known map[events.Provider]Vocabulary) []FieldError {
	vocabulary, ok := known[r.Provider]
	if !ok {
		var names []string
		for p := range known {
			names = append(names, string(p))
		}
		slices.Sort(names)
		return oneOf("provider", string(r.Provider), names...)
	}
	if len(r.On) == 0 {
		return []FieldError{{Field: "on", Value: "", Detail: "needs at least one event type"}}
	}
	var wrong []FieldError
	for _, t := range r.On {
		switch {
		case vocabulary.Kind(t) == events.RefreshSubmitted:
			wrong = append(wrong, FieldError{Field: "on", Value: t, Detail: "reports our own refresh and can never lead to another one"})
		case !slices.Contains(vocabulary.Types, t):
			wrong = append(wrong, oneOf("on", t, vocabulary.Types...)...)
		}
	}
	return wrong
}

// wrongOptions checks the options of a rule as they would go out.
func (r Rule) wrongOptions() []FieldError {
	o := r.Options
	o.TaskType = Refresh
	wrong := under("options", fieldErrors(o))
	if r.Provider == events.Huawei {
		wrong = under("options", o.set("is an option of aliyun's, huawei refreshes an asset as a whole"))
		if r.Changed {
			wrong = append(wrong, FieldError{Field: "streams", Value: "changed", Detail: "must be all, huawei refreshes an asset as a whole"})
		}
		return wrong
	}
	if r.Changed && (o.Formats != "" || o.Definitions != "") {
		wrong = append(wrong, FieldError{Field: "streams", Value: "changed", Detail: "cannot be given together with options Formats or Definitions"})
	}
	return wrong
}

// oneOf is an error unless value is one of the words.
func oneOf(name, value string, words ...string) []FieldError {
	if slices.Contains(words, value) {
		return nil
	}
	return []FieldError{{Field: name, Value: value, Detail: "must be one of " + strings.Join(words, ", ")}}
}

// duration reads a Go duration that is not negative.
type duration struct{ d *time.Duration }

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	if parsed < 0 {
		return Errorf(Invalid, "negative duration")
	}
	*d.d = parsed
	return nil
}

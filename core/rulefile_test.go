package core_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// vocabulary is what the providers' events are called.
func vocabulary() map[events.Provider]core.Vocabulary {
	return map[events.Provider]core.Vocabulary{
		events.Aliyun: {Types: aliyun.Types(), Kind: aliyun.Kind}, events.Huawei: {Types: huawei.Types(), Kind: huawei.Kind},
	}
}

func TestParseRules(t *testing.T) {
	t.Parallel()
	const documented = `
rules:
  - on: [TranscodeComplete]        # provider event types
    provider: aliyun
    do: refresh                    # refresh | preload | refresh+preload
    streams: changed               # all (default) | changed
    options: {ResultType: Single, SliceFlag: true, SliceCount: 5}
    when: replaced                 # always (default) | replaced
    minAge: 6h
    delay: 0s
    confirm: false
`
	least := core.Rule{On: []string{"FileUploadComplete"}, Provider: events.Aliyun, Do: core.DoPreload, MinAge: 6 * time.Hour}
	full := core.Rule{
		On: []string{"FileUploadComplete"}, Provider: events.Aliyun, Do: core.DoRefreshPreload, Replaced: true, Confirm: true,
		MinAge: 90 * time.Minute, Delay: 30 * time.Second,
		Options: core.Options{
			Formats: "mp4,ts", Definitions: "HD,SD", StreamType: "video", ResultType: "Multiple",
			SliceFlag: "false", SliceCount: 20, UserData: `{"Extend":"x"}`,
		},
	}
	for name, test := range map[string]struct {
		text string
		want []core.Rule
	}{
		"the documented one": {documented, []core.Rule{{
			On: []string{"TranscodeComplete"}, Provider: events.Aliyun, Do: core.DoRefresh, Changed: true, Replaced: true, MinAge: 6 * time.Hour,
			Options: core.Options{ResultType: "Single", SliceFlag: "true", SliceCount: 5},
		}}},
		"the least":         {"rules: [{on: [FileUploadComplete], do: preload}]", []core.Rule{least}},
		"JSON":              {`{"rules":[{"on":["FileUploadComplete"],"do":"preload","options":null}]}`, []core.Rule{least}},
		"a document marker": {"---\nrules:\n- on: [FileUploadComplete]\n  do: preload\n", []core.Rule{least}},
		"everything": {`
rules:
  - {on: [FileUploadComplete], do: refresh+preload, when: replaced, minAge: 1h30m, delay: 30s, confirm: true, streams: all,
     options: {Formats: "mp4, ts", Definitions: [HD, SD], StreamType: video, ResultType: Multiple, SliceFlag: false, SliceCount: 20, UserData: {Extend: x}}}
`, []core.Rule{full}},
		"a review": {"rules: [{on: [CreateAuditComplete, AIMediaAuditComplete], do: refresh}]", []core.Rule{
			{On: []string{"AIMediaAuditComplete"}, Provider: events.Aliyun, Do: core.DoRefresh, MinAge: 6 * time.Hour},
			{On: []string{"CreateAuditComplete"}, Provider: events.Aliyun, Do: core.DoRefresh, MinAge: 6 * time.Hour},
		}},
		"huawei": {"rules: [{on: [coverComplete, reviewComplete], provider: huawei, do: refresh+preload, when: replaced, confirm: true, streams: all, options: {}}]", []core.Rule{
			{On: []string{"coverComplete"}, Provider: events.Huawei, Do: core.DoRefreshPreload, Replaced: true, Confirm: true, MinAge: 6 * time.Hour},
			{On: []string{"reviewComplete"}, Provider: events.Huawei, Do: core.DoRefreshPreload, Replaced: true, Confirm: true, MinAge: 6 * time.Hour},
		}},
		"an anchor that nobody names": {"rules: &all\n- on: [FileUploadComplete]\n  do: preload", []core.Rule{least}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := core.ParseRules([]byte(test.text), vocabulary())
			if err != nil {
				t.Fatal(err)
			}
			if all := got.All(); !reflect.DeepEqual(all, test.want) {
				t.Errorf("are %+v, want %+v", all, test.want)
			}
		})
	}
}

func TestParseRulesNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const (
		members = "is unknown; known are confirm, delay, do, minAge, on, options, provider, streams, when, not "
		options = "is unknown; known are Definitions, Formats, ResultType, SliceCount, SliceFlag, StreamType, UserData, not "
		own     = `rules[0].on: reports our own refresh and can never lead to another one, not "SubmitMediaRefreshComplete"`
		doing   = "rules[0].do: must be one of refresh, preload, refresh+preload, not "
		none    = `rules: needs at least one rule, not ""`
		shape   = "rules: must be in a mapping, as rules: and a list, not "
	)
	types := strings.Join(aliyun.Types(), ", ")
	rule := func(members string) string { return "rules: [{on: [TranscodeComplete], do: refresh, " + members + "}]" }
	for text, want := range map[string][]string{
		"":                        {shape + `"null"`},
		"# nothing but a comment": {shape + `"null"`},
		"just text":               {shape + `"just text"`},
		"- on: [A]":               {shape + `"[{\"on\":[\"A\"]}]"`},
		"rules:":                  {none},
		"rules: []":               {none},
		"rules: {}":               {`rules: must be a list of rules, not "{}"`},
		"rule: []\nrules: []":     {`rule: is unknown; known are rules, not "[]"`},
		"rules: [5]":              {`rules[0]: must be a mapping, not "5"`},
		"rules: [null]":           {`rules[0]: must be a mapping, not "null"`},
		"rules: [{}]":             {doing + `""`, `rules[0].on: needs at least one event type, not ""`},
		rule("provider: tencent"): {`rules[0].provider: must be one of aliyun, huawei, not "tencent"`},
		rule("provider: huawei"):  {`rules[0].on: must be one of ` + strings.Join(huawei.Types(), ", ") + `, not "TranscodeComplete"`},
		"rules: [{on: [coverComplete], do: refresh}]": {`rules[0].on: must be one of ` + types + `, not "coverComplete"`},
		"rules: [{on: [coverComplete], do: refresh, provider: huawei, streams: changed, options: {Formats: avi, SliceCount: 3}}]": {
			`rules[0].options.Formats: is an option of aliyun's, huawei refreshes an asset as a whole, not "avi"`,
			`rules[0].options.SliceCount: is an option of aliyun's, huawei refreshes an asset as a whole, not 3`,
			`rules[0].streams: must be all, huawei refreshes an asset as a whole, not "changed"`,
		},
		rule("provider: 5"):        {`rules[0].provider: must be a string, not "5"`},
		rule("streams: some"):      {`rules[0].streams: must be one of all, changed, not "some"`},
		rule("streams: [changed]"): {`rules[0].streams: must be a string, not "[\"changed\"]"`},
		rule("when: never"):        {`rules[0].when: must be one of always, replaced, not "never"`},
		rule("minAge: 6"):          {`rules[0].minAge: must be a duration such as 6h, not "6"`},
		rule("minAge: six hours"):  {`rules[0].minAge: must be a duration such as 6h, not "six hours"`},
		rule("minAge: -6h"):        {`rules[0].minAge: must be a duration such as 6h, not "-6h"`},
		rule("delay: -1s"):         {`rules[0].delay: must be a duration such as 30s, not "-1s"`},
		rule("confirm: yes"):       {`rules[0].confirm: must be true or false, not "yes"`},
		rule("Confirm: true"):      {`rules[0].Confirm: ` + members + `"true"`},
		rule("options: []"):        {`rules[0].options: must be a mapping, not "[]"`},
		rule("options: {TaskType: Preload}"): {
			`rules[0].options.TaskType: ` + options + `"Preload"`,
		},
		rule("options: {SliceCount: 0, Formats: avi, StreamType: {}}"): {
			`rules[0].options.SliceCount: must be a whole number between 1 and 20, not "0"`,
			`rules[0].options.StreamType: must be a comma-separated string or an array of strings, not "{}"`,
			`rules[0].options.Formats: each value must be one of mp4, m3u8, mp3, flv, webm, ts, not "avi"`,
		},
		rule("streams: changed, options: {Formats: mp4}"): {
			`rules[0].streams: cannot be given together with options Formats or Definitions, not "changed"`,
		},
		rule("streams: changed, options: {Definitions: HD}"): {
			`rules[0].streams: cannot be given together with options Formats or Definitions, not "changed"`,
		},
		"rules: [{on: [SubmitMediaRefreshComplete], do: refresh}]":                    {own},
		"rules: [{on: [TranscodeComplete, SubmitMediaRefreshComplete], do: preload}]": {own},
		"rules: [{on: TranscodeComplete, do: refresh}]":                               {`rules[0].on: must be a list of event types, not "TranscodeComplete"`},
		"rules: [{on: [], do: refresh}]":                                              {`rules[0].on: needs at least one event type, not ""`},
		"rules: [{on: [TranscodeCompleted, ALL], do: refresh}]": {
			`rules[0].on: must be one of ` + types + `, not "TranscodeCompleted"`, `rules[0].on: must be one of ` + types + `, not "ALL"`,
		},
		"rules: [{on: [TranscodeComplete], do: purge}]":                      {doing + `"purge"`},
		"rules: [{on: [TranscodeComplete], do: true}]":                       {`rules[0].do: must be a string, not "true"`},
		"rules: [{on: [TranscodeComplete, TranscodeComplete], do: preload}]": {`rules[0].on: is named before; an event type can be in one rule of a provider, not "TranscodeComplete"`},
		"rules:\n- {on: [TranscodeComplete], do: preload}\n- {on: [X], do: y}": {
			`rules[1].do: must be one of refresh, preload, refresh+preload, not "y"`, `rules[1].on: must be one of ` + types + `, not "X"`,
		},
	} {
		t.Run(fmt.Sprintf("%.70s", text), func(t *testing.T) {
			t.Parallel()
			got, err := core.ParseRules([]byte(text), vocabulary())
			if named := fields(t, err); !reflect.DeepEqual(named, want) {
				t.Errorf("names\n  %s\nwant\n  %s", strings.Join(named, "\n  "), strings.Join(want, "\n  "))
			}
			if len(got.All()) != 0 {
				t.Errorf("returns %+v all the same", got.All())
			}
		})
	}
}

// What YAML allows and a rule file does not need.
func TestParseRulesRefusesText(t *testing.T) {
	t.Parallel()
	var laughs strings.Builder
	laughs.WriteString("a0: &a0 [x, x]\n")
	for i := range 9 {
		fmt.Fprintf(&laughs, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	for name, test := range map[string]struct{ text, want string }{
		"no YAML":                {"rules: [", "rules: not readable as YAML: "},
		"a key twice":            {"rules: []\nrules: []", "rules: not readable as YAML: "},
		"a list as key":          {"{rules: [], ? [a] : b}", "rules: not readable as YAML: "},
		"a billion laughs":       {laughs.String(), "rules: line 2 has an alias; write the value out"},
		"an alias of itself":     {"rules: &r [*r]", "rules: line 1 has an alias; write the value out"},
		"a merge":                {"a: &a {b: c}\nrules:\n- <<: *a", "rules: line 3 has an alias; write the value out"},
		"an alias of nothing":    {"rules: *none", "rules: line 1 has an alias; write the value out"},
		"a merge of a number":    {"<<: 5", "rules: not readable as YAML: "},
		"a second document":      {"rules: []\n---\nrules: []", "rules: a file may have one document, not 2"},
		"no number":              {"rules: .nan", "rules: holds a value that JSON cannot: "},
		"too long":               {strings.Repeat("#", core.MaxRules+1), "rules: a file may have at most 65536 bytes, not 65537"},
		"brackets, open":         {strings.Repeat("[", core.MaxRules), "rules: a file may have at most 1000 brackets and dashes, not 65536"},
		"brackets, closed":       {strings.Repeat("[", 600) + strings.Repeat("{", 500), "rules: a file may have at most 1000 brackets and dashes, not 1100"},
		"lists in lists":         {strings.Repeat("- ", core.MaxRules/2), "rules: a file may have at most 1000 brackets and dashes, not 32768"},
		"bytes that are no text": {"\xff\xfe\x00", "rules: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := core.ParseRules([]byte(test.text), vocabulary())
			if core.KindOf(err) != core.Invalid || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error is %v, want %s", err, test.want)
			}
		})
	}
}

// FuzzParseRules looks for rule files that end in a panic, or that make a
// refresh of the answer to a refresh.
func FuzzParseRules(f *testing.F) {
	for _, seed := range []string{
		"", "rules:", "rules: [{}]", "rules: [{on: [TranscodeComplete], do: refresh}]",
		"rules:\n- on: [TranscodeComplete]\n  do: refresh+preload\n  streams: changed\n  when: replaced\n  minAge: 6h\n  options: {SliceFlag: true}\n",
		`{"rules":[{"on":["SubmitMediaRefreshComplete"],"do":"refresh"}]}`, "a: &a [*a]", "rules: !!binary aGk=", "? a\n: b\n---\n", "{'\": |",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := core.ParseRules(text, vocabulary())
		if err != nil {
			if core.KindOf(err) != core.Invalid {
				t.Errorf("kind is %q: %v", core.KindOf(err), err)
			}
			return
		}
		if len(r.All()) == 0 {
			t.Error("no error, and no rules either")
		}
		for _, rule := range r.All() {
			e := event(rule.On[0])
			if rule.Provider == events.Huawei {
				e.Provider, e.Kind = events.Huawei, huawei.Kind(rule.On[0])
			}
			e.Review = events.Blocked
			task, _, reason := r.Decide(e)
			if e.Kind == events.RefreshSubmitted || reason != core.Wanted {
				t.Errorf("%s passed the check and is of no use: %q", e.Type, reason)
			}
			if err := task.Options.Validate(); err != nil {
				t.Errorf("%s leads to a task that the API would refuse: %v", e.Type, err)
			}
		}
		if task, _, reason := r.Decide(event("SubmitMediaRefreshComplete")); reason != core.OwnRefresh {
			t.Errorf("the answer to a refresh leads to %+v", task)
		}
	})
}

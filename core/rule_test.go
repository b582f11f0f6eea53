package core_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// at is when the events of these tests happened.
func at() time.Time { return time.Date(2026, 3, 20, 7, 49, 17, 0, time.UTC) }

// event is a successful event of a type about the media m1.
func event(eventType string) events.Event {
	return events.Event{
		Provider: events.Aliyun, Type: eventType, Kind: aliyun.Kind(eventType),
		MediaID: "m1", Time: at(), Status: events.Success,
	}
}

// purge is the task that the built-in rules make of event.
func purge(eventType string) core.Task {
	return core.Task{
		Provider: events.Aliyun, Target: core.Media, ID: "m1",
		Options: core.Options{TaskType: core.Refresh}, Event: eventType, EventTime: at(),
		Identity: core.Identity(event(eventType)),
	}
}

// rules indexes rules that are known to be right.
func rules(t *testing.T, list ...core.Rule) core.Rules {
	t.Helper()
	indexed, err := core.NewRules(list...)
	if err != nil {
		t.Fatal(err)
	}
	return indexed
}

func TestDefaultRules(t *testing.T) {
	t.Parallel()
	wanted := []string{"FileUploadComplete", "TranscodeComplete", "UploadByURLComplete"}
	for _, eventType := range append(aliyun.Types(), "", "SomethingNew", "transcodecomplete", "AIVideoCensorComplete") {
		for _, status := range []events.Status{events.Success, events.Failure, events.StatusUnknown, events.StatusAbsent} {
			t.Run(eventType+" "+string(status), func(t *testing.T) {
				t.Parallel()
				e := event(eventType)
				e.Status, e.Review = status, events.Blocked
				want := core.NoRule
				switch {
				case eventType == "SubmitMediaRefreshComplete":
					want = core.OwnRefresh
				case !slices.Contains(aliyun.Types(), eventType):
					want = core.UnknownEvent
				case slices.Contains(wanted, eventType) && status == events.Success:
					want = core.Wanted
				case slices.Contains(wanted, eventType):
					want = core.NotSuccess
				}
				task, _, got := core.DefaultRules().Decide(e)
				if got != want {
					t.Fatalf("reason is %q, want %q", got, want)
				}
				if want == core.Wanted && task != purge(eventType) {
					t.Errorf("leads to %+v, want %+v", task, purge(eventType))
				}
				if want != core.Wanted && task != (core.Task{}) {
					t.Errorf("leads to %+v, want no task", task)
				}
			})
		}
	}
}

// Each of Huawei's events that may leave something stale refreshes its asset; a
// review does only if it takes the asset down.
func TestDefaultRulesForHuawei(t *testing.T) {
	t.Parallel()
	wanted := []string{"audioExtractComplete", "coverComplete", "createComplete", "reviewComplete", "thumbnailComplete", "transcodeComplete"}
	for _, eventType := range append(huawei.Types(), "deleteComplete") {
		for _, status := range []events.Status{events.Success, events.Failure, events.StatusUnknown, events.StatusAbsent} {
			for _, review := range []events.Review{events.ReviewAbsent, events.Blocked, events.Passed, events.Undecided} {
				e := events.Event{
					Provider: events.Huawei, Type: eventType, Kind: huawei.Kind(eventType), MediaID: "m1", Time: at(),
					Status: status, Review: review, MessageID: "smn/1",
				}
				want := core.Wanted
				switch {
				case eventType == "deleteComplete":
					want = core.UnknownEvent
				case !slices.Contains(wanted, eventType):
					want = core.NoRule
				case status != events.Success:
					want = core.NotSuccess
				case eventType == "reviewComplete" && review != events.Blocked:
					want = core.NotBlocked
				}
				task, _, got := core.DefaultRules().Decide(e)
				if got != want {
					t.Errorf("%s %q %q: reason is %q, want %q", eventType, status, review, got, want)
				}
				if want == core.Wanted && (task.Provider != events.Huawei || task.ID != "m1" || task.Options != (core.Options{TaskType: core.Refresh}) || task.Identity == "") {
					t.Errorf("%s leads to %+v", eventType, task)
				}
			}
		}
	}
}

func TestDefaultRulesAreForOneProvider(t *testing.T) {
	t.Parallel()
	e := event("TranscodeComplete")
	e.Provider = events.Huawei
	if _, _, reason := core.DefaultRules().Decide(e); reason != core.NoRule {
		t.Errorf("reason is %q, want %q", reason, core.NoRule)
	}
}

// However a rule for it came to be, the answer to a refresh starts no other one.
func TestOwnRefreshLeadsNowhere(t *testing.T) {
	t.Parallel()
	for _, do := range []core.Action{core.DoRefresh, core.DoPreload, core.DoRefreshPreload} {
		r := rules(t, core.Rule{On: []string{"SubmitMediaRefreshComplete"}, Provider: events.Aliyun, Do: do})
		for _, status := range []events.Status{events.Success, events.Failure, events.StatusAbsent} {
			e := event("SubmitMediaRefreshComplete")
			e.Status = status
			if task, _, reason := r.Decide(e); reason != core.OwnRefresh || task.ID != "" {
				t.Errorf("%s on %q leads to %+v, reason %q", do, status, task, reason)
			}
		}
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	on := func(eventType string, r core.Rule) core.Rule {
		r.On = []string{eventType}
		return r
	}
	task := func(set func(*core.Task)) core.Task {
		want := purge("TranscodeComplete")
		set(&want)
		return want
	}
	slices5 := core.Options{ResultType: "Single", SliceFlag: "true", SliceCount: 5}
	streams := []events.Stream{
		{Format: "mp4", Definition: "SD"}, {Format: "mp4", Definition: "HD"}, {Format: "m3u8", Definition: "HD"}, {Format: "mp4", Definition: "SD"},
	}
	for name, test := range map[string]struct {
		rule  core.Rule
		event func(*events.Event)
		want  core.Task
	}{
		"no provider is aliyun": {core.Rule{Do: core.DoRefresh}, nil, purge("TranscodeComplete")},
		"preload":               {core.Rule{Do: core.DoPreload}, nil, task(func(w *core.Task) { w.Options.TaskType = core.Preload })},
		"refresh, then preload": {core.Rule{Do: core.DoRefreshPreload}, nil, task(func(w *core.Task) { w.Then = core.Preload })},
		"options go along": {core.Rule{Do: core.DoRefresh, Options: slices5}, nil, task(func(w *core.Task) {
			w.Options = slices5
			w.Options.TaskType = core.Refresh
		})},
		"no event time":           {core.Rule{Do: core.DoRefresh}, func(e *events.Event) { e.Time = time.Time{} }, task(func(w *core.Task) { w.EventTime, w.Identity = time.Time{}, "" })},
		"as many URLs as streams": {core.Rule{Do: core.DoRefresh}, func(e *events.Event) { e.Streams = streams }, task(func(w *core.Task) { w.URLs = 3 })},
		"every stream of each sort": {core.Rule{Do: core.DoRefresh, Options: core.Options{ResultType: "Multiple"}}, func(e *events.Event) { e.Streams = streams }, task(func(w *core.Task) {
			w.URLs, w.Options.ResultType = 4, "Multiple"
		})},
		"those of the segments too": {core.Rule{Do: core.DoRefresh, Options: slices5}, func(e *events.Event) { e.Streams = streams }, task(func(w *core.Task) {
			w.URLs, w.Options = 3+5, slices5
			w.Options.TaskType = core.Refresh
		})},
		"those that the options mean": {core.Rule{Do: core.DoRefresh, Options: core.Options{Formats: "mp4"}}, func(e *events.Event) { e.Streams = streams }, task(func(w *core.Task) {
			w.URLs, w.Options.Formats = 2, "mp4"
		})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule, e := on("TranscodeComplete", test.rule), event("TranscodeComplete")
			if test.event != nil {
				test.event(&e)
			}
			got, fired, reason := rules(t, rule).Decide(e)
			rule.Provider = events.Aliyun
			if got != test.want || reason != core.Wanted || !reflect.DeepEqual(fired, rule) {
				t.Errorf("leads to %+v by %+v, reason %q, want %+v", got, fired, reason, test.want)
			}
		})
	}
}

func TestReviewsFireOnBlocked(t *testing.T) {
	t.Parallel()
	for _, eventType := range []string{"CreateAuditComplete", "AIMediaAuditComplete"} {
		r := rules(t, core.Rule{On: []string{eventType}, Do: core.DoRefresh})
		for review, want := range map[events.Review]core.Reason{
			events.Blocked: core.Wanted, events.Passed: core.NotBlocked,
			events.Undecided: core.NotBlocked, events.ReviewAbsent: core.NotBlocked,
		} {
			e := event(eventType)
			e.Review = review
			if _, _, got := r.Decide(e); got != want {
				t.Errorf("%s that ends in %q: reason is %q, want %q", eventType, review, got, want)
			}
		}
		failed := event(eventType)
		failed.Status, failed.Review = events.Failure, events.Blocked
		if _, _, got := r.Decide(failed); got != core.NotSuccess {
			t.Errorf("%s that failed: reason is %q", eventType, got)
		}
	}
}

func TestDecideLooksAtTheMediaID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]core.Reason{
		"43q91jdh7df":                          core.Wanted,
		"~!":                                   core.Wanted,
		strings.Repeat("x", core.MaxMediaID):   core.Wanted,
		strings.Repeat("x", core.MaxMediaID+1): core.NoMedia,
		"":                                     core.NoMedia,
		"a,b":                                  core.NoMedia,
		"a b":                                  core.NoMedia,
		" a":                                   core.NoMedia,
		"a\n":                                  core.NoMedia,
		"a\x7f":                                core.NoMedia,
		"é":                                    core.NoMedia,
	} {
		e := event("TranscodeComplete")
		e.MediaID = id
		if task, _, got := core.DefaultRules().Decide(e); got != want || want == core.Wanted && task.ID != id {
			t.Errorf("media %q: reason is %q with %+v, want %q", id, got, task, want)
		}
	}
}

func TestChangedNamesTheStreamsOfTheEvent(t *testing.T) {
	t.Parallel()
	ok := func(format, definition string) events.Stream {
		return events.Stream{Format: format, Definition: definition, Status: events.Success}
	}
	for name, test := range map[string]struct {
		streams              []events.Stream
		formats, definitions core.List
	}{
		"none":                     {nil, "", ""},
		"one":                      {[]events.Stream{ok("mp4", "HD")}, "mp4", "HD"},
		"several, each once":       {[]events.Stream{ok("mp4", "SD"), ok("m3u8", "HD"), ok("mp4", "HD")}, "m3u8,mp4", "HD,SD"},
		"a failed one is left out": {[]events.Stream{ok("mp4", "SD"), {Format: "ts", Definition: "4K", Status: events.Failure}}, "mp4", "SD"},
		"one of unknown status":    {[]events.Stream{ok("mp4", "SD"), {Format: "ts", Definition: "4K", Status: events.StatusUnknown}}, "mp4,ts", "4K,SD"},
		"all failed":               {[]events.Stream{{Format: "ts", Definition: "4K", Status: events.Failure}}, "", ""},
		"no definition":            {[]events.Stream{ok("mp4", "SD"), ok("m3u8", "")}, "m3u8,mp4", ""},
		"no format":                {[]events.Stream{ok("", "SD"), ok("m3u8", "LD")}, "", "LD,SD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := event("TranscodeComplete")
			e.Streams = test.streams
			r := core.Rule{On: []string{"TranscodeComplete"}, Do: core.DoRefresh, Changed: true}
			task, _, _ := rules(t, r).Decide(e)
			if task.Options.Formats != test.formats || task.Options.Definitions != test.definitions {
				t.Errorf("formats %q, definitions %q, want %q and %q", task.Options.Formats, task.Options.Definitions, test.formats, test.definitions)
			}
			r.Changed = false
			want := purge("TranscodeComplete")
			want.URLs = len(test.streams)
			if task, _, _ := rules(t, r).Decide(e); task != want {
				t.Errorf("without changed, leads to %+v, want %+v", task, want)
			}
		})
	}
}

func TestNewRulesTakesATypeOncePerProvider(t *testing.T) {
	t.Parallel()
	upload, either := []string{"FileUploadComplete"}, []string{"TranscodeComplete", "FileUploadComplete"}
	for name, test := range map[string]struct {
		list []core.Rule
		want []string
	}{
		"two rules":          {[]core.Rule{{On: upload}, {On: either}}, []string{`rules[1].on: is named before; an event type can be in one rule of a provider, not "FileUploadComplete"`}},
		"one rule":           {[]core.Rule{{On: []string{"A", "A"}}}, []string{`rules[0].on: is named before; an event type can be in one rule of a provider, not "A"`}},
		"said and unsaid":    {[]core.Rule{{On: upload}, {On: upload, Provider: events.Aliyun}}, []string{`rules[1].on: is named before; an event type can be in one rule of a provider, not "FileUploadComplete"`}},
		"different provider": {[]core.Rule{{On: upload}, {On: upload, Provider: events.Huawei}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := core.NewRules(test.list...)
			if test.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if got := fields(t, err); !slices.Equal(got, test.want) {
				t.Errorf("names %q, want %q", got, test.want)
			}
		})
	}
}

func TestAllIsInOrder(t *testing.T) {
	t.Parallel()
	all := rules(t,
		core.Rule{On: []string{"B", "C"}, Provider: events.Huawei},
		core.Rule{On: []string{"D", "A"}, Do: core.DoPreload},
	).All()
	var got []string
	for _, r := range all {
		got = append(got, string(r.Provider)+strings.Join(r.On, "+")+string(r.Do))
	}
	if want := []string{"aliyunApreload", "aliyunDpreload", "huaweiB", "huaweiC"}; !slices.Equal(got, want) {
		t.Errorf("are %q, want %q", got, want)
	}
	if none := (core.Rules{}).All(); len(none) != 0 {
		t.Errorf("the zero value has %+v", none)
	}
}

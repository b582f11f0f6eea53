package core_test

import (
	"context"
	"fmt"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

func ExampleParseRequest() {
	request, err := core.ParseRequest([]byte(`{"MediaIds": "a, b", "TaskType": "Preload", "SliceFlag": true}`), events.Aliyun)
	fmt.Println(request.MediaIDs, request.Options.TaskType, request.Options.SliceFlag, err)
	_, err = core.ParseRequest([]byte(`{"MediaIds": "a", "TaskType": "Purge", "SliceCount": 21}`), events.Aliyun)
	fmt.Println(err)
	// Output:
	// [a b] Preload true <nil>
	// invalid request: TaskType: must be one of Refresh, Preload, not "Purge"; SliceCount: must be between 1 and 20, not 21
}

func ExamplePlan() {
	refresh, preload := core.Options{TaskType: core.Refresh}, core.Options{TaskType: core.Preload}
	batches := core.Plan([]core.Task{
		{Target: core.Media, ID: "a", Options: refresh},
		{Target: core.Media, ID: "b", Options: preload},
		{Target: core.Media, ID: "c", Options: refresh},
		{Target: core.Media, ID: "a", Options: refresh},
		{Target: core.Media, ID: "d", Options: refresh},
	}, func(core.TaskType, core.Target) int { return 2 })
	for _, b := range batches {
		fmt.Println(b.Options.TaskType, b.IDs)
	}
	// Output:
	// Refresh [a c]
	// Preload [b]
	// Refresh [d]
}

func ExampleRules_Decide() {
	rules := core.DefaultRules()
	for _, e := range []events.Event{
		{Provider: events.Aliyun, Type: "TranscodeComplete", Kind: events.Transcoded, MediaID: "a", Status: events.Success},
		{Provider: events.Aliyun, Type: "TranscodeComplete", Kind: events.Transcoded, MediaID: "b", Status: events.Failure},
		{Provider: events.Aliyun, Type: "SubmitMediaRefreshComplete", Kind: events.RefreshSubmitted, MediaID: "a", Status: events.Success},
	} {
		task, _, reason := rules.Decide(e)
		fmt.Printf("%s: %q %q %q\n", e.Type, task.Options.TaskType, task.ID, reason)
	}
	// Output:
	// TranscodeComplete: "Refresh" "a" ""
	// TranscodeComplete: "" "" "not_success"
	// SubmitMediaRefreshComplete: "" "" "own_refresh"
}

func ExampleRefresher() {
	provider := &platform{submit: func(context.Context, core.Batch) (core.Submission, error) {
		return core.Submission{JobID: "job-1", NotFound: []string{"b"}}, nil
	}}
	refresher := core.NewRefresher(core.RefresherConfig{Provider: provider})
	for _, o := range refresher.Refresh(context.Background(), tasks("a", "b")) {
		fmt.Println(o.Task.ID, o.State, o.JobID)
	}
	// Output:
	// a refreshed job-1
	// b not_found
}

func ExampleParseRules() {
	known := map[events.Provider]core.Vocabulary{events.Aliyun: {Types: aliyun.Types(), Kind: aliyun.Kind}}
	rules, err := core.ParseRules([]byte(`
rules:
  - on: [TranscodeComplete]
    do: refresh+preload
    streams: changed
`), known)
	fmt.Println(len(rules.All()), err)
	_, err = core.ParseRules([]byte("rules: [{on: [SubmitMediaRefreshComplete], do: refresh}]"), known)
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// rules: rules[0].on: reports our own refresh and can never lead to another one, not "SubmitMediaRefreshComplete"
}

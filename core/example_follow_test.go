package core_test

import (
	"context"
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

func ExampleSubmitter() {
	ctx, now := context.Background(), clock.NewFake(time.Date(2026, 3, 4, 12, 0, 5, 0, time.UTC))
	submitter := core.NewSubmitter(core.SubmitterConfig{
		Refreshers: map[events.Provider]*core.Refresher{
			events.Aliyun: core.NewRefresher(core.RefresherConfig{Provider: &platform{}, Clock: now}),
		},
		Coverage: core.NewCoverage(core.CoverageConfig{Store: memory.NewStore(now), Skew: 2 * time.Second, Clock: now}),
		Clock:    now,
	})
	task, _, _ := core.DefaultRules().Decide(events.Event{
		Provider: events.Aliyun, Type: "TranscodeComplete", Kind: events.Transcoded, MediaID: "a", Status: events.Success,
		Time: now.Now().Add(-time.Second),
	})
	message := core.NewMessage(task, now.Now())
	for range 2 { // the provider sends it twice
		for _, o := range submitter.Submit(ctx, []core.Message{message}) {
			fmt.Printf("%s %s %q\n", o.Task.ID, o.State, o.JobID)
		}
	}
	// Output:
	// a refreshed "job-a"
	// a covered ""
}

func ExampleFollower() {
	ctx, now := context.Background(), clock.NewFake(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	follower := core.NewFollower(core.FollowerConfig{
		Providers: map[events.Provider]core.Provider{events.Aliyun: &platform{}}, Store: memory.NewStore(now), Clock: now,
	})
	message := core.NewMessage(tasks("a")[0], now.Now())
	now.Advance(1500 * time.Millisecond) // in the queue
	submitted := []core.Outcome{{Task: message.Task, State: core.Refreshed, JobID: "job-a"}}
	fmt.Println(follower.Track(ctx, []core.Message{message}, submitted, now.Now()))
	jobs, err := follower.Jobs(ctx)
	fmt.Println(jobs[0].ID, jobs[0].State, jobs[0].Targets, jobs[0].CallbackToSubmitted, err)
	// Output:
	// <nil>
	// job-a running [a] 1500 <nil>
}

func ExampleHistory_Earlier() {
	ctx, now := context.Background(), clock.NewFake(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	history := core.History{Store: memory.NewStore(now), Clock: now}
	for _, at := range []string{"first upload", "sent again", "replaced"} {
		e := events.Event{Provider: events.Aliyun, Type: "FileUploadComplete", MediaID: "a", Time: now.Now()}
		if at == "replaced" {
			e.Time = e.Time.Add(time.Hour)
		}
		earlier, err := history.Earlier(ctx, e, 24*time.Hour)
		fmt.Println(at, earlier, err)
	}
	// Output:
	// first upload false <nil>
	// sent again false <nil>
	// replaced true <nil>
}

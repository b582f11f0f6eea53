package core_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestDirect(t *testing.T) {
	t.Parallel()
	aliyun := &platform{submit: func(_ context.Context, b core.Batch) (core.Submission, error) {
		return core.Submission{JobID: "ali", NotFound: b.IDs[1:]}, nil
	}}
	huawei := &platform{submit: func(context.Context, core.Batch) (core.Submission, error) {
		return core.Submission{JobID: "hua"}, nil
	}}
	direct := core.Direct{
		Refreshers: map[events.Provider]*core.Refresher{
			events.Aliyun: core.NewRefresher(core.RefresherConfig{Provider: aliyun}),
			events.Huawei: core.NewRefresher(core.RefresherConfig{Provider: huawei}),
		},
		Follow: core.NewFollower(core.FollowerConfig{Providers: map[events.Provider]core.Provider{
			events.Aliyun: aliyun, events.Huawei: huawei,
		}}),
	}
	all := tasks("a", "b", "c", "d", "e")
	all[1].Provider, all[3].Provider = events.Huawei, "tencent"
	got := direct.HandOver(t.Context(), all)
	for i, want := range []core.Outcome{
		{Task: all[0], State: core.Refreshed, JobID: "ali"},
		{Task: all[1], State: core.Refreshed, JobID: "hua"},
		{Task: all[2], State: core.OutcomeNotFound},
		{Task: all[3], State: core.Failed, Err: core.Errorf(core.Invalid, `provider "tencent" is not set up`)},
		{Task: all[4], State: core.OutcomeNotFound},
	} {
		if !reflect.DeepEqual(got[i], want) {
			t.Errorf("outcome %d is %+v, want %+v", i, got[i], want)
		}
	}
	if len(aliyun.submitted()) != 1 || len(huawei.submitted()) != 1 {
		t.Errorf("%d and %d calls, want one to each provider", len(aliyun.submitted()), len(huawei.submitted()))
	}
	if n := direct.Follow.Pending(); n != 2 {
		t.Errorf("%d jobs are followed, want 2", n)
	}
}

func TestDirectWithoutFollower(t *testing.T) {
	t.Parallel()
	direct := core.Direct{Refreshers: map[events.Provider]*core.Refresher{
		events.Aliyun: core.NewRefresher(core.RefresherConfig{Provider: &platform{}}),
	}}
	if got := direct.HandOver(t.Context(), tasks("a")); got[0].State != core.Refreshed {
		t.Errorf("outcome is %+v", got[0])
	}
	if got := direct.HandOver(t.Context(), nil); len(got) != 0 {
		t.Errorf("of nothing, outcomes are %+v", got)
	}
}

package core_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// A media that failed as a whole goes out again as one, beside URLs of others that
// failed or not; what went well does not.
func TestFailedMediaAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		urls []core.URLResult
		want []string // task type, ID
	}{
		"alone":           {[]core.URLResult{play("b.mp4", core.JobDone, "")}, []string{"Preload m2", "Preload m3", "Refresh m1"}},
		"beside a URL":    {[]core.URLResult{play("b.mp4", core.JobFailed, "source 404")}, []string{"Refresh https://media.example.com/b.mp4", "Refresh m1"}},
		"without any URL": {nil, []string{"Preload m2", "Preload m3", "Refresh m1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, d := &platform{}, &nextDesk{}
				p.job = func(_ context.Context, id string) (core.Job, error) {
					return core.Job{
						Provider: events.Aliyun, ID: id, State: core.JobFailed, URLs: test.urls, Error: "m1: InternalError; m9: gone",
						FailedMedia: []core.MediaFailure{{ID: "m1", Detail: "InternalError"}, {ID: "m9", Detail: "gone"}},
					}, nil
				}
				f, _ := following(t, p, core.FollowerConfig{Handover: d, Retries: 1})
				job(t, f, func(m *core.Message) { m.FailedJobs = 1 }, "m1", "m2", "m3")
				after(15 * time.Second)
				taken := d.taken()
				if len(taken) != 1 {
					t.Fatalf("hands over %+v", taken)
				}
				var got []string
				for _, m := range taken[0] {
					got = append(got, string(m.Task.Options.TaskType)+" "+m.Task.ID)
					if m.Task.ID == "m1" && m.GiveUp != "given up after 2 jobs that failed, the last of them j1: InternalError" {
						t.Errorf("m1 is given up for %q", m.GiveUp)
					}
				}
				slices.Sort(got)
				if !slices.Equal(got, test.want) {
					t.Errorf("hands over %q, want %q", got, test.want)
				}
			})
		})
	}
}

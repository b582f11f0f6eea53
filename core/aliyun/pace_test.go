package aliyun_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// TestAFullJobIsNotThrottled asks for the largest job that there is, with one
// CDN task for each stream of 20 media, at a platform that enforces its rate.
func TestAFullJobIsNotThrottled(t *testing.T) {
	t.Parallel()
	sim := vodsim.New(vodsim.Config{
		AccessKeyID: "id", AccessKeySecret: secret.New("secret"), AnyMedia: true, SubmitTime: time.Millisecond, RefreshTime: time.Millisecond,
	})
	endpoint, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	client, err := aliyun.New(aliyun.Config{Endpoint: endpoint, Credentials: func(context.Context) (aliyun.Credentials, error) {
		return aliyun.Credentials{AccessKeyID: "id", AccessKeySecret: secret.New("secret")}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	full := core.Batch{Target: core.Media, Options: core.Options{TaskType: core.Refresh}}
	for i := range 20 {
		full.IDs = append(full.IDs, fmt.Sprintf("media%02d", i))
	}
	submission, err := client.Submit(t.Context(), full)
	if err != nil {
		t.Fatal(err)
	}
	for {
		job, err := client.Job(t.Context(), submission.JobID)
		if err != nil {
			t.Fatal(err)
		}
		if job.State == core.JobDone {
			if len(job.URLs) < 50 {
				t.Errorf("the job has %d URLs, too few for this test to mean anything", len(job.URLs))
			}
			return
		}
	}
}

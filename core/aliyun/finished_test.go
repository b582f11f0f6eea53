package aliyun_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// TestALargeJobIsKnownInTheEnd gives each look at a job too little time for all
// of its tasks: the looks add up.
func TestALargeJobIsKnownInTheEnd(t *testing.T) {
	t.Parallel()
	const many = 60
	list := "1"
	for id := 2; id <= many; id++ {
		list += fmt.Sprintf(",%d", id)
	}
	s := serve(t, map[string]http.HandlerFunc{
		"DescribeVodRefreshTasks": func(w http.ResponseWriter, r *http.Request) {
			id := r.URL.Query().Get("TaskId")
			fmt.Fprintf(w, `{"RequestId":"R","TotalCount":1,"Tasks":{"Task":[%s]}}`, record(id, "https://cdn.example.com/"+id, "Complete"))
		},
	})
	c := client(t, s.URL)
	for look := 1; ; look++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		job, err := c.Job(ctx, list)
		cancel()
		if err == nil {
			if look == 1 || job.State != core.JobDone || len(job.URLs) != many {
				t.Errorf("look %d: %s with %d URLs", look, job.State, len(job.URLs))
			}
			break
		}
		if look > 20 {
			t.Fatalf("after %d looks: %v", look, err)
		}
	}
	if asked := len(s.asked("DescribeVodRefreshTasks")); asked > many+8 {
		t.Errorf("asked %d times about %d tasks", asked, many)
	}
}

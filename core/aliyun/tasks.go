package aliyun

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"
	"golang.org/x/sync/errgroup"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

const (
	// recordLife is how long the CDN keeps the record of a task.
	// Source: DescribeVodRefreshTasks, StartTime.
	recordLife = 3 * 24 * time.Hour

	taskPage  = 50 // the most that PageSize takes
	taskPages = 40 // the most pages of one task; a call of 1,000 URLs fills 20
	taskCalls = 4  // tasks asked for at the same time
	taskRate  = 20 // questions a second: a full job has 60 tasks and more, and the limit is not documented
)

// tasks asks what became of each task; a task that the CDN has no record of has
// an empty list.
func (c *Client) tasks(ctx context.Context, ids []string) ([][]vod.Task, error) {
	records := make([][]vod.Task, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(taskCalls)
	for i, id := range ids {
		group.Go(func() (err error) {
			records[i], err = c.task(ctx, id)
			return err
		})
	}
	return records, group.Wait()
}

// task is DescribeVodRefreshTasks for one task, page by page.
func (c *Client) task(ctx context.Context, id string) ([]vod.Task, error) {
	if records, ok := c.finished.of(id); ok {
		return records, nil
	}
	var all []vod.Task
	for page := 1; page <= taskPages; page++ {
		if err := c.taskPace.Wait(ctx); err != nil {
			return nil, &core.Error{
				Kind: core.Throttled, Op: "DescribeVodRefreshTasks", Message: "the question's turn did not come in time", Err: err,
			}
		}
		request := vod.CreateDescribeVodRefreshTasksRequest()
		request.TaskId = id
		request.PageNumber = requests.NewInteger(page)
		request.PageSize = requests.NewInteger(taskPage)
		response := vod.CreateDescribeVodRefreshTasksResponse()
		if err := c.call(ctx, c.central, request, response); err != nil {
			return nil, err
		}
		all = append(all, response.Tasks.Task...)
		if len(response.Tasks.Task) == 0 || int64(len(all)) >= response.TotalCount {
			c.finished.note(id, all)
			return all, nil
		}
	}
	return nil, &core.Error{
		Kind: core.Internal, Op: "DescribeVodRefreshTasks",
		Message: fmt.Sprintf("task %s has more than %d pages of URLs", wire.Token(id), taskPages),
	}
}

// urlResults lists what became of the URLs, task by task. The map names the URL
// of a task that the CDN has no record of, and created when it began.
func (c *Client) urlResults(ids []string, records [][]vod.Task, urls map[string]string, created time.Time) []core.URLResult {
	var results []core.URLResult
	for i, id := range ids {
		for _, record := range records[i] {
			results = append(results, urlResult(record))
		}
		if len(records[i]) == 0 {
			results = append(results, c.unrecorded(id, urls[id], created))
		}
	}
	return results
}

// urlResult reads the CDN's record of a URL. A status that is not documented
// counts as running.
func urlResult(record vod.Task) core.URLResult {
	result := core.URLResult{URL: record.ObjectPath, TaskID: record.TaskId, State: core.JobRunning, Detail: record.Process}
	switch strings.ToLower(record.Status) {
	case "complete":
		result.State = core.JobDone
	case "failed":
		result.State = core.JobFailed
		result.Detail = record.Description
	}
	return result
}

// unrecorded is a task that the CDN says nothing of: one that it has not
// written down yet, or one so old that its record is gone. Nothing is left to
// wait for then, and nothing says that it failed.
func (c *Client) unrecorded(id, url string, created time.Time) core.URLResult {
	result := core.URLResult{URL: url, TaskID: id, State: core.JobRunning, Detail: "no record yet"}
	if !created.IsZero() && c.clock.Now().Sub(created) > recordLife {
		result.State = core.JobDone
		result.Detail = "no record any more: the CDN keeps it for three days"
	}
	return result
}

// isTaskList reports whether an ID has the form of a list of task IDs, which
// are numbers. The ID of a media job has letters in it.
func isTaskList(id string) bool {
	for part := range strings.SplitSeq(id, ",") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}

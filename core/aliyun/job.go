package aliyun

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
	"github.com/vodrefresh/vodrefresh/events"
)

// Job asks how far a job has come: GetMediaRefreshJobs says for each media
// whether its URLs were handed to the CDN and as which tasks, and
// DescribeVodRefreshTasks what became of each task. A job of a batch of URLs is
// its tasks alone. An ID that neither knows is a NotFound error.
func (c *Client) Job(ctx context.Context, id string) (core.Job, error) {
	if id == "" {
		return core.Job{}, missing("Job", "ID")
	}
	if strings.Contains(id, ",") && isTaskList(id) {
		return c.taskJob(ctx, id) // too long for a question that would find nothing
	}
	entries, err := c.mediaEntries(ctx, id)
	switch kind := core.KindOf(err); {
	case err == nil && len(entries) > 0:
		return c.mediaJob(ctx, id, entries)
	case err != nil && kind != core.NotFound && kind != core.Invalid:
		return core.Job{}, err
	case isTaskList(id):
		return c.taskJob(ctx, id)
	}
	return core.Job{}, unknownJob(err)
}

// mediaEntries is GetMediaRefreshJobs: one entry for each media of the job.
func (c *Client) mediaEntries(ctx context.Context, id string) ([]vod.MediaRefreshJob, error) {
	request := vod.CreateGetMediaRefreshJobsRequest()
	request.MediaRefreshJobId = id
	response := vod.CreateGetMediaRefreshJobsResponse()
	if err := c.call(ctx, c.media, request, response); err != nil {
		return nil, err
	}
	return response.MediaRefreshJobs, nil
}

// mediaJob puts a job together from its media and their tasks. Those of a media that
// failed are left out: it goes out again as a whole, and one of them that failed
// as well would go out twice.
func (c *Client) mediaJob(ctx context.Context, id string, entries []vod.MediaRefreshJob) (core.Job, error) {
	job := core.Job{Provider: events.Aliyun, ID: id}
	var taskIDs, failures []string // failures in words
	var states []core.JobState
	urls := make(map[string]string)
	for _, entry := range entries {
		state := entryState(entry.Status)
		states = append(states, state)
		if state == core.JobFailed {
			failed := failureOf(entry)
			failures = append(failures, strings.Trim(failed.ID+": "+failed.Detail, ": "))
			if failed.ID != "" { // or it may be any of them
				job.FailedMedia = append(job.FailedMedia, failed)
			}
		}
	}
	for _, entry := range entries {
		if job.TaskType == "" {
			job.TaskType = taskType(entry.TaskType)
		}
		job.CreatedAt = earlier(job.CreatedAt, parseTime(entry.GmtCreate))
		job.MediaIDs = appendNew(job.MediaIDs, entry.MediaId)
		if slices.ContainsFunc(job.FailedMedia, func(f core.MediaFailure) bool { return f.ID == entry.MediaId }) {
			continue
		}
		tasks, played := split(entry.TaskIds), split(entry.SuccessPlayUrls)
		taskIDs = appendNew(taskIDs, tasks...)
		if len(tasks) == len(played) { // documented as one task for each URL
			for i, task := range tasks {
				urls[task] = played[i]
			}
		}
	}
	records, err := c.tasks(ctx, taskIDs)
	if err != nil {
		return core.Job{}, err
	}
	job.URLs = c.urlResults(taskIDs, records, urls, job.CreatedAt)
	for _, result := range job.URLs {
		states = append(states, result.State)
	}
	job.State = overall(states)
	job.Error = strings.Join(failures, "; ")
	return job, nil
}

// taskJob is a job of the operations on URLs: its ID is the list of its tasks.
func (c *Client) taskJob(ctx context.Context, id string) (core.Job, error) {
	job := core.Job{Provider: events.Aliyun, ID: id}
	taskIDs := appendNew(nil, split(id)...)
	records, err := c.tasks(ctx, taskIDs)
	if err != nil {
		return core.Job{}, err
	}
	found := slices.Concat(records...)
	if len(found) == 0 {
		return core.Job{}, unknownJob(nil)
	}
	for _, record := range found {
		if job.TaskType == "" {
			job.TaskType = taskType(record.ObjectType)
		}
		job.CreatedAt = earlier(job.CreatedAt, parseTime(record.CreationTime))
	}
	job.URLs = c.urlResults(taskIDs, records, nil, job.CreatedAt)
	var states []core.JobState
	for _, result := range job.URLs {
		states = append(states, result.State)
	}
	job.State = overall(states)
	return job, nil
}

// entryState reads the status of a media in a job: success or fail once its
// URLs were handed to the CDN. A word for "not yet" is not documented, so any
// other one counts as that.
func entryState(status string) core.JobState {
	switch strings.ToLower(status) {
	case "success", "succeed":
		return core.JobDone
	case "fail", "failed":
		return core.JobFailed
	}
	return core.JobRunning
}

// failureOf says what the provider holds against a media of a job.
func failureOf(entry vod.MediaRefreshJob) core.MediaFailure {
	parts := []string{wire.Token(entry.ErrorCode), redact(entry.ErrorMessage, Credentials{})}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return core.MediaFailure{ID: entry.MediaId, Detail: strings.Join(parts, ": ")}
}

// overall is the state of a whole: running while any part is, then failed if
// any part did.
func overall(parts []core.JobState) core.JobState {
	switch {
	case slices.Contains(parts, core.JobRunning):
		return core.JobRunning
	case slices.Contains(parts, core.JobFailed):
		return core.JobFailed
	}
	return core.JobDone
}

// taskType reads what a job does from the words of the two operations: Refresh
// or Preload in any case, and file, directory or preload.
func taskType(word string) core.TaskType {
	switch strings.ToLower(word) {
	case "preload":
		return core.Preload
	case "refresh", "file", "directory":
		return core.Refresh
	}
	return ""
}

// unknownJob is the error for an ID that nobody knows; cause, if not nil, is
// the provider's refusal of it.
func unknownJob(cause error) error {
	return &core.Error{Kind: core.NotFound, Op: "Job", Message: "no such job, or its record has expired", Err: cause}
}

// missing is the error for an empty parameter.
func missing(op, field string) error {
	return &core.Error{
		Kind: core.Invalid, Op: op, Message: "a parameter is missing",
		Fields: []core.FieldError{{Field: field, Value: "", Detail: "not empty"}},
	}
}

// appendNew appends the values that are not empty and not yet in the list.
func appendNew(list []string, values ...string) []string {
	for _, value := range values {
		if value != "" && !slices.Contains(list, value) {
			list = append(list, value)
		}
	}
	return list
}

// earlier is the earlier of two times, where zero stands for unknown.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// parseTime reads a time of the API, UTC; zero if it is missing or unreadable.
func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

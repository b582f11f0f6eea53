package huawei

import (
	"context"
	"slices"
	"strings"

	vod "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1/model"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// Job asks how far a task has come (ShowRefreshResult, ShowPreheatingAsset). The
// ID does not say which of the two knows it. A task that this client made is
// looked for where it belongs; any other one among the refreshes first, then
// among the preloads. An ID that neither knows is a NotFound error.
//
// The platform tells the URLs and their states, no reason of a failure, and
// neither the assets nor when the task was made. What it answers for an ID that
// it does not know is not documented: an error or an empty list is taken for
// that. A task that it knows is running as long as it lists no URLs.
func (c *Client) Job(ctx context.Context, id string) (core.Job, error) {
	if id == "" {
		return core.Job{}, missing("Job", "ID")
	}
	if do, ok := c.made.of(id); ok {
		own, err := c.find(ctx, do, id)
		switch {
		case err != nil:
			return core.Job{}, err
		case !own.taken():
			return core.Job{}, unknownJob(own.refused)
		}
		return own.job(id), nil
	}
	refreshed, err := c.find(ctx, core.Refresh, id)
	switch {
	case err != nil:
		return core.Job{}, err
	case len(refreshed.results) > 0:
		return refreshed.job(id), nil
	}
	preloaded, err := c.find(ctx, core.Preload, id)
	switch {
	case err != nil:
		return core.Job{}, err
	case len(preloaded.results) > 0, preloaded.taken() && !refreshed.taken():
		return preloaded.job(id), nil
	case refreshed.taken() && !preloaded.taken():
		return refreshed.job(id), nil
	}
	return core.Job{}, unknownJob(refreshed.refused)
}

// finding is what came of looking for a task among those of a type.
type finding struct {
	do      core.TaskType
	results []result
	refused error // what the platform has against the ID, if anything
}

// taken reports whether the platform has nothing against the ID.
func (f finding) taken() bool { return f.refused == nil }

// find looks for a task among those of a type. A refusal that may mean that
// there is no such task is no error.
func (c *Client) find(ctx context.Context, do core.TaskType, id string) (finding, error) {
	results, err := c.results(ctx, do, id)
	switch core.KindOf(err) {
	case core.NotFound, core.Invalid:
		return finding{do: do, refused: err}, nil
	default:
		return finding{do: do, results: results}, err
	}
}

// result is what the platform tells of one URL of a task.
type result struct{ url, status string }

// results asks for the URLs of a task of a type.
func (c *Client) results(ctx context.Context, do core.TaskType, id string) ([]result, error) {
	var all []result
	if do == core.Preload {
		response, _, err := call(ctx, c, "ShowPreheatingAsset", func(client *vod.VodClient) (*model.ShowPreheatingAssetResponse, error) {
			return client.ShowPreheatingAsset(&model.ShowPreheatingAssetRequest{TaskId: id})
		})
		if err != nil || response.PreheatingResults == nil {
			return nil, err
		}
		for _, r := range *response.PreheatingResults {
			all = append(all, newResult(r.Url, r.Status))
		}
		return all, nil
	}
	response, _, err := call(ctx, c, "ShowRefreshResult", func(client *vod.VodClient) (*model.ShowRefreshResultResponse, error) {
		return client.ShowRefreshResult(&model.ShowRefreshResultRequest{TaskId: id})
	})
	if err != nil || response.RefreshResults == nil {
		return nil, err
	}
	for _, r := range *response.RefreshResults {
		all = append(all, newResult(r.Url, r.Status))
	}
	return all, nil
}

// newResult reads a result of the SDK, whose status is a type of its own for
// each operation.
func newResult[S any, P interface {
	*S
	Value() string
}](url *string, status P) result {
	r := result{url: text(url)}
	if status != nil {
		r.status = status.Value()
	}
	return r
}

// job puts a job together from its URLs: running while any of them is or there
// are none yet, then failed if any of them did.
func (f finding) job(id string) core.Job {
	j := core.Job{Provider: events.Huawei, ID: id, TaskType: f.do, State: core.JobRunning}
	var states []core.JobState
	for _, r := range f.results {
		u := core.URLResult{URL: r.url, TaskID: id, State: stateOf(r.status)}
		if u.State == core.JobFailed {
			u.Detail = "the platform gives no reason"
		}
		j.URLs = append(j.URLs, u)
		states = append(states, u.State)
	}
	switch {
	case len(states) == 0 || slices.Contains(states, core.JobRunning):
	case slices.Contains(states, core.JobFailed):
		j.State = core.JobFailed
	default:
		j.State = core.JobDone
	}
	return j
}

// stateOf reads the status of a URL. The platform writes it in upper case and in
// lower case; a word that is not documented counts as running.
func stateOf(status string) core.JobState {
	switch {
	case strings.EqualFold(status, "SUCCEED"):
		return core.JobDone
	case strings.EqualFold(status, "FAILED"):
		return core.JobFailed
	}
	return core.JobRunning
}

// unknownJob is the error for an ID that nobody knows; cause, if not nil, is
// the platform's refusal of it.
func unknownJob(cause error) error {
	return &core.Error{Kind: core.NotFound, Op: "Job", Message: "no such task, or its record has expired", Err: cause}
}

// missing is the error for an empty parameter.
func missing(op, field string) error {
	return &core.Error{
		Kind: core.Invalid, Op: op, Message: "a parameter is missing",
		Fields: []core.FieldError{{Field: field, Value: "", Detail: "not empty"}},
	}
}

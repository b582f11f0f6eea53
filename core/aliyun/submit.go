package aliyun

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// Submit makes one call for the batch: RefreshMediaPlayUrls for media,
// RefreshVodObjectCaches or PreloadVodObjectCaches for URLs. Of the options, a
// field that is not set is a parameter that is not sent; the operations on URLs
// have no parameter for any of them, and TaskType chooses the operation.
//
// The job of a batch of URLs is named by the task IDs that the CDN gave it,
// with commas between.
func (c *Client) Submit(ctx context.Context, batch core.Batch) (core.Submission, error) {
	if err := c.check(batch); err != nil {
		return core.Submission{}, err
	}
	switch {
	case batch.Target == core.Media:
		return c.submitMedia(ctx, batch)
	case batch.Options.TaskType == core.Refresh:
		return c.refreshURLs(ctx, batch.IDs)
	default:
		return c.preloadURLs(ctx, batch.IDs)
	}
}

// check refuses a batch that has no call, or whose members would be read as
// other ones on the wire.
func (c *Client) check(batch core.Batch) error {
	limit := c.Limit(batch.Options.TaskType, batch.Target)
	wrong := func(field string, value any, detail string) error {
		return &core.Error{
			Kind: core.Invalid, Op: "Submit", Message: "the batch has no call",
			Fields: []core.FieldError{{Field: field, Value: value, Detail: detail}},
		}
	}
	switch {
	case limit == 0:
		return wrong("TaskType", string(batch.Options.TaskType)+" of a "+string(batch.Target), "Refresh or Preload, of a media or a URL")
	case len(batch.IDs) == 0 || len(batch.IDs) > limit:
		return wrong("IDs", len(batch.IDs), fmt.Sprintf("1 to %d", limit))
	}
	separators := " ,\t\r\n"
	if batch.Target == core.URL {
		separators = "\r\n"
	}
	for i, id := range batch.IDs {
		if at := strings.IndexAny(id, separators); id == "" || at >= 0 {
			return wrong(fmt.Sprintf("IDs[%d]", i), id[max(at, 0):min(at+1, len(id))], "a text without separators")
		}
	}
	return nil
}

// submitMedia is RefreshMediaPlayUrls. HTTP 200 may still mean that some of the
// media, or all, were not accepted.
func (c *Client) submitMedia(ctx context.Context, batch core.Batch) (core.Submission, error) {
	request := vod.CreateRefreshMediaPlayUrlsRequest()
	request.MediaIds = strings.Join(batch.IDs, ",")
	request.TaskType = string(batch.Options.TaskType)
	request.Formats = string(batch.Options.Formats)
	request.Definitions = string(batch.Options.Definitions)
	request.StreamType = string(batch.Options.StreamType)
	request.ResultType = batch.Options.ResultType
	request.SliceFlag = requests.Boolean(batch.Options.SliceFlag)
	if batch.Options.SliceCount != 0 {
		request.SliceCount = requests.NewInteger(batch.Options.SliceCount)
	}
	request.UserData = batch.Options.UserData

	response := vod.CreateRefreshMediaPlayUrlsResponse()
	if err := c.call(ctx, c.media, request, response); err != nil {
		return core.Submission{}, err
	}
	s := core.Submission{
		JobID:     strings.TrimSpace(response.MediaRefreshJobId),
		NotFound:  split(response.NonExistMediaIds),
		Forbidden: split(response.ForbiddenMediaIds),
		RequestID: response.RequestId,
	}
	accepted := func(id string) bool { return !slices.Contains(s.NotFound, id) && !slices.Contains(s.Forbidden, id) }
	if s.JobID == "" && slices.ContainsFunc(batch.IDs, accepted) {
		return core.Submission{}, noJobID(request, response.RequestId)
	}
	return s, nil
}

func (c *Client) refreshURLs(ctx context.Context, urls []string) (core.Submission, error) {
	request := vod.CreateRefreshVodObjectCachesRequest()
	request.ObjectPath = strings.Join(urls, "\n")
	response := vod.CreateRefreshVodObjectCachesResponse()
	if err := c.call(ctx, c.central, request, response); err != nil {
		return core.Submission{}, err
	}
	return urlJob(request, response.RefreshTaskId, response.RequestId)
}

func (c *Client) preloadURLs(ctx context.Context, urls []string) (core.Submission, error) {
	request := vod.CreatePreloadVodObjectCachesRequest()
	request.ObjectPath = strings.Join(urls, "\n")
	response := vod.CreatePreloadVodObjectCachesResponse()
	if err := c.call(ctx, c.central, request, response); err != nil {
		return core.Submission{}, err
	}
	return urlJob(request, response.PreloadTaskId, response.RequestId)
}

// urlJob names the job of a call on URLs after its tasks.
func urlJob(request requests.AcsRequest, taskIDs, requestID string) (core.Submission, error) {
	ids := split(taskIDs)
	if len(ids) == 0 {
		return core.Submission{}, noJobID(request, requestID)
	}
	return core.Submission{JobID: strings.Join(ids, ","), RequestID: requestID}, nil
}

func noJobID(request requests.AcsRequest, requestID string) error {
	return &core.Error{
		Kind: core.Internal, Op: request.GetActionName(), RequestID: wire.Token(requestID),
		Message: "accepted without a job ID, so that nobody can follow it",
	}
}

// split reads a comma list of the wire; blanks around the values do not count.
func split(list string) []string {
	var values []string
	for value := range strings.SplitSeq(list, ",") {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}

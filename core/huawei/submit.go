package huawei

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	vod "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1/model"

	"github.com/vodrefresh/vodrefresh/core"
)

// Submit makes one call for the batch: RefreshAsset to refresh, by
// asset_id_list or urls, CreatePreheatingAsset to preload, by asset_id or urls.
// The platform takes all members or refuses the call, so a submission rejects
// none of them. Of the options only TaskType has a meaning here; others are not
// sent.
//
// The job's ID is the task's, as the platform gave it.
func (c *Client) Submit(ctx context.Context, batch core.Batch) (core.Submission, error) {
	if err := c.check(batch); err != nil {
		return core.Submission{}, err
	}
	if batch.Options.TaskType == core.Refresh {
		return c.refresh(ctx, batch)
	}
	return c.preload(ctx, batch)
}

// check refuses a batch that has no call, and members that the platform is known
// to refuse or would read as other ones.
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
	for i, id := range batch.IDs {
		field := fmt.Sprintf("IDs[%d]", i)
		if length := utf8.RuneCountInString(id); length == 0 || length > core.MaxURL {
			return wrong(field, length, fmt.Sprintf("1 to %d characters", core.MaxURL))
		}
		if !utf8.ValidString(id) { // JSON would have other characters in their place
			return wrong(field, "other bytes", "valid UTF-8")
		}
		if at := strings.IndexFunc(id, separates); at >= 0 && batch.Target == core.Media {
			return wrong(field, id[at:at+1], "an asset ID without blanks, commas and control characters")
		}
		if strings.ContainsFunc(id, unicode.IsControl) {
			return wrong(field, "control characters", "a URL without them")
		}
	}
	return nil
}

// separates reports whether a character cannot be in an asset ID.
func separates(r rune) bool { return r == ',' || unicode.IsSpace(r) || unicode.IsControl(r) }

// refresh is CreateRefreshTask, called RefreshAsset by the SDK.
func (c *Client) refresh(ctx context.Context, batch core.Batch) (core.Submission, error) {
	const op = "RefreshAsset"
	body := &model.RefreshTaskReq{}
	if batch.Target == core.Media {
		body.AssetIdList = &batch.IDs
	} else {
		body.Urls = &batch.IDs
	}
	response, requestID, err := call(ctx, c, op, func(client *vod.VodClient) (*model.RefreshAssetResponse, error) {
		return client.RefreshAsset(&model.RefreshAssetRequest{Body: body})
	})
	if err != nil {
		return core.Submission{}, err
	}
	return c.accepted(op, core.Refresh, response.TaskId, requestID)
}

func (c *Client) preload(ctx context.Context, batch core.Batch) (core.Submission, error) {
	const op = "CreatePreheatingAsset"
	body := &model.CreatePreheatingAssetReq{}
	if batch.Target == core.Media {
		body.AssetId = &batch.IDs[0]
	} else {
		body.Urls = &batch.IDs
	}
	response, requestID, err := call(ctx, c, op, func(client *vod.VodClient) (*model.CreatePreheatingAssetResponse, error) {
		return client.CreatePreheatingAsset(&model.CreatePreheatingAssetRequest{Body: body})
	})
	if err != nil {
		return core.Submission{}, err
	}
	return c.accepted(op, core.Preload, response.TaskId, requestID)
}

// accepted is the submission of a call that was accepted. Without a task nobody
// can follow what it does.
func (c *Client) accepted(op string, do core.TaskType, taskID *string, requestID string) (core.Submission, error) {
	if id := strings.TrimSpace(text(taskID)); id != "" {
		c.made.note(id, do)
		return core.Submission{JobID: id, RequestID: requestID}, nil
	}
	return core.Submission{}, &core.Error{
		Kind: core.Internal, Op: op, RequestID: requestID,
		Message: "accepted without a task ID, so that nobody can follow it",
	}
}

// text is a member of an answer, empty if it is missing.
func text(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

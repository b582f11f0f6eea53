package huawei

import (
	"context"
	"strings"

	vod "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1/model"

	"github.com/vodrefresh/vodrefresh/core"
)

// Media asks what is known of an asset (ShowAssetMeta). Status is the platform's
// word, such as PUBLISHED or DELETED: an asset that was deleted is known, and
// refreshing it makes its copies vanish. One that never was is a NotFound error.
// An unreadable creation time is zero.
func (c *Client) Media(ctx context.Context, id string) (core.MediaInfo, error) {
	const op = "ShowAssetMeta"
	if id == "" {
		return core.MediaInfo{}, missing(op, "asset_id")
	}
	response, requestID, err := call(ctx, c, op, func(client *vod.VodClient) (*model.ShowAssetMetaResponse, error) {
		return client.ShowAssetMeta(&model.ShowAssetMetaRequest{AssetId: &[]string{id}})
	})
	if err != nil {
		return core.MediaInfo{}, err
	}
	none := &core.Error{Kind: core.NotFound, Op: op, RequestID: requestID, Message: "no such asset"}
	if response.AssetInfoArray == nil || len(*response.AssetInfoArray) == 0 {
		return core.MediaInfo{}, none
	}
	asset := (*response.AssetInfoArray)[0]
	status := text(asset.Status)
	switch {
	case text(asset.AssetId) != id:
		return core.MediaInfo{}, &core.Error{
			Kind: core.Internal, Op: op, RequestID: requestID, Message: "the answer is not about the asset that was asked for",
		}
	case strings.EqualFold(status, "UNCREATED"), strings.EqualFold(status, "NO_ASSET"):
		return core.MediaInfo{}, none
	}
	info := core.MediaInfo{ID: id, Status: status}
	if asset.BaseInfo != nil {
		info.Created = parseTime(text(asset.BaseInfo.CreateTime))
	}
	return info, nil
}

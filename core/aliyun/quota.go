package aliyun

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
	"github.com/vodrefresh/vodrefresh/events"
)

// Quota asks what is left of the day's allowance, in URLs
// (DescribeVodRefreshQuota). An answer without the numbers of URLs to refresh
// and to preload is an Internal error. ResetsAt is the next midnight at +08:00:
// the hour at which the day turns is not documented, but that is how it is
// known to be.
func (c *Client) Quota(ctx context.Context) (core.Quota, error) {
	request := vod.CreateDescribeVodRefreshQuotaRequest()
	response := vod.CreateDescribeVodRefreshQuotaResponse()
	if err := c.call(ctx, c.central, request, response); err != nil {
		return core.Quota{}, err
	}
	var failed *core.Error
	number := func(field, text string) int {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if failed == nil && (err != nil || n < 0) {
			failed = &core.Error{
				Kind: core.Internal, Op: request.GetActionName(), RequestID: wire.Token(response.RequestId),
				Message: "the answer has no number in " + field,
			}
		}
		return n
	}
	quota := core.Quota{Provider: events.Aliyun, ResetsAt: nextDay(c.clock.Now())}
	quota.Refresh.Limit = number("UrlQuota", response.UrlQuota)
	quota.Refresh.Remaining = number("UrlRemain", response.UrlRemain)
	quota.Preload.Limit = number("PreloadQuota", response.PreloadQuota)
	quota.Preload.Remaining = number("PreloadRemain", response.PreloadRemain)
	if response.DirQuota != "" {
		quota.Directory.Limit = number("DirQuota", response.DirQuota)
		quota.Directory.Remaining = number("DirRemain", response.DirRemain)
	}
	if failed != nil {
		return core.Quota{}, failed
	}
	return quota, nil
}

// nextDay is the first midnight at +08:00 after t.
func nextDay(t time.Time) time.Time {
	t = t.In(time.FixedZone("+08:00", 8*60*60))
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
}

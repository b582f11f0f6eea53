package aliyun

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
	"github.com/vodrefresh/vodrefresh/events"
)

// Media asks what is known of a media (GetVideoInfo). An unreadable creation
// time is zero.
func (c *Client) Media(ctx context.Context, id string) (core.MediaInfo, error) {
	request := vod.CreateGetVideoInfoRequest()
	if id == "" {
		return core.MediaInfo{}, missing(request.GetActionName(), "VideoId")
	}
	request.VideoId = id
	response := vod.CreateGetVideoInfoResponse()
	if err := c.call(ctx, c.media, request, response); err != nil {
		return core.MediaInfo{}, err
	}
	if response.Video.VideoId != id {
		return core.MediaInfo{}, otherMedia(request.GetActionName(), response.RequestId)
	}
	return core.MediaInfo{ID: id, Status: response.Video.Status, Created: parseTime(response.Video.CreationTime)}, nil
}

// Streams asks for all streams of a media (GetPlayInfo with ResultType
// Multiple), older ones of the same format and definition included. Their URLs
// come without the signature of a protected domain.
func (c *Client) Streams(ctx context.Context, id string) ([]events.Stream, error) {
	request := vod.CreateGetPlayInfoRequest()
	if id == "" {
		return nil, missing(request.GetActionName(), "VideoId")
	}
	request.VideoId = id
	request.ResultType = "Multiple"
	response := vod.CreateGetPlayInfoResponse()
	if err := c.call(ctx, c.media, request, response); err != nil {
		return nil, err
	}
	if response.VideoBase.VideoId != "" && response.VideoBase.VideoId != id {
		return nil, otherMedia(request.GetActionName(), response.RequestId)
	}
	var streams []events.Stream
	for _, info := range response.PlayInfoList.PlayInfo {
		streams = append(streams, events.Stream{
			Format:     strings.ToLower(info.Format),
			Definition: definition(info.Definition),
			Status:     streamStatus(info.Status),
			JobID:      info.JobId,
			URL:        withoutAuthKey(info.PlayURL),
		})
	}
	return streams, nil
}

// otherMedia is the error for an answer about another media than asked for.
func otherMedia(op, requestID string) error {
	return &core.Error{
		Kind: core.Internal, Op: op, RequestID: wire.Token(requestID),
		Message: "the answer is not about the media that was asked for",
	}
}

// definition is the word that a filter takes: upper case, without the suffix of
// a preset template (HD-MP4), empty if no filter knows it.
//
// Source: parameters for media assets, Definition.
func definition(word string) string {
	word, _, _ = strings.Cut(strings.ToUpper(word), "-")
	known := []string{"FD", "LD", "SD", "HD", "2K", "4K", "OD", "SQ", "HQ", "AUTO"}
	if !slices.Contains(known, word) {
		return ""
	}
	return word
}

// streamStatus reads Normal, the one documented word for a stream that plays.
func streamStatus(word string) events.Status {
	switch strings.ToLower(word) {
	case "":
		return events.StatusAbsent
	case "normal":
		return events.Success
	}
	return events.StatusUnknown
}

// withoutAuthKey drops the signature that GetPlayInfo adds where URL signing is
// on. A text that is no URL is dropped whole.
func withoutAuthKey(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	if query := u.Query(); query.Has("auth_key") {
		query.Del("auth_key")
		u.RawQuery = query.Encode()
	}
	return u.String()
}

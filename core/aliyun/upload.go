package aliyun

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// RefreshUpload asks for new credentials of an upload (RefreshUploadVideo).
// They let their holder write the source of that video. The two texts are
// returned as the provider gave them; if either is not the base64 of a JSON
// object, or they are another video's, that is an Internal error.
func (c *Client) RefreshUpload(ctx context.Context, videoID string) (core.Credentials, error) {
	request := vod.CreateRefreshUploadVideoRequest()
	op := request.GetActionName()
	if videoID == "" {
		return core.Credentials{}, missing(op, "VideoId")
	}
	request.VideoId = videoID
	response := vod.CreateRefreshUploadVideoResponse()
	if err := c.call(ctx, c.media, request, response); err != nil {
		return core.Credentials{}, err
	}
	malformed := func(field string) error {
		return &core.Error{
			Kind: core.Internal, Op: op, RequestID: token(response.RequestId),
			Message: "the answer's " + field + " is not the base64 of a JSON object",
		}
	}
	switch {
	case response.VideoId != videoID:
		return core.Credentials{}, otherMedia(op, response.RequestId)
	case !isEncodedObject(response.UploadAddress):
		return core.Credentials{}, malformed("UploadAddress")
	case !isEncodedObject(response.UploadAuth):
		return core.Credentials{}, malformed("UploadAuth")
	}
	return core.Credentials{
		RequestID:     response.RequestId,
		VideoID:       response.VideoId,
		UploadAddress: secret.New(response.UploadAddress),
		UploadAuth:    secret.New(response.UploadAuth),
	}, nil
}

// isEncodedObject reports whether a text is the base64 of a JSON object with
// something in it.
func isEncodedObject(text string) bool {
	data, err := base64.StdEncoding.DecodeString(text)
	var object map[string]json.RawMessage
	return err == nil && json.Unmarshal(data, &object) == nil && len(object) > 0
}

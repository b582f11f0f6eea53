package aliyun

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/core/wire"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

var _ upload.Platform = (*Client)(nil)

// RefreshUpload asks for new credentials of an upload (RefreshUploadVideo).
// They let their holder write the source of that video. The two texts and the
// answer around them are returned as the provider gave them; if a text is not the
// base64 of a JSON object, or they are another video's, that is an Internal error.
// A damaged video is NotReady: it is what the request is about, and no fault of the
// request.
func (c *Client) RefreshUpload(ctx context.Context, videoID string) (upload.Credentials, error) {
	request := vod.CreateRefreshUploadVideoRequest()
	op := request.GetActionName()
	if videoID == "" {
		return upload.Credentials{}, missing(op, "VideoId")
	}
	request.VideoId = videoID
	response := vod.CreateRefreshUploadVideoResponse()
	if err := c.call(ctx, c.media, request, response); err != nil {
		if e, ok := errors.AsType[*core.Error](err); ok && e.Code == "InvalidVideo.Damaged" {
			e.Kind = core.NotReady
		}
		return upload.Credentials{}, err
	}
	// The SDK takes members of any case, and numbers for texts. A client does not.
	var text map[string]any
	raw := response.GetHttpContentString()
	_ = json.Unmarshal([]byte(raw), &text) // the call has read it already
	member := func(name string) string { value, _ := text[name].(string); return value }
	address, auth := member("UploadAddress"), member("UploadAuth")
	malformed := func(field string) error {
		return &core.Error{
			Kind: core.Internal, Op: op, RequestID: wire.Token(response.RequestId),
			Message: "the answer's " + field + " is not the base64 of a JSON object",
		}
	}
	switch {
	case member("VideoId") != videoID:
		return upload.Credentials{}, otherMedia(op, response.RequestId)
	case !isEncodedObject(address):
		return upload.Credentials{}, malformed("UploadAddress")
	case !isEncodedObject(auth):
		return upload.Credentials{}, malformed("UploadAuth")
	}
	return upload.Credentials{
		RequestID:     member("RequestId"),
		VideoID:       videoID,
		UploadAddress: secret.New(address),
		UploadAuth:    secret.New(auth),
		Answer:        secret.New(raw),
	}, nil
}

// isEncodedObject reports whether a text is the base64 of a JSON object with
// something in it.
func isEncodedObject(text string) bool {
	data, err := base64.StdEncoding.DecodeString(text)
	var object map[string]json.RawMessage
	return err == nil && json.Unmarshal(data, &object) == nil && len(object) > 0
}

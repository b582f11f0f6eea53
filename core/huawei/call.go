package huawei

import (
	"context"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	vod "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// userAgent is what the SDK adds to its own name. If it is empty, the SDK looks
// at the machine and writes an ID of its own into the home directory.
const userAgent = "vodrefresh"

// call sends a request once, by an operation of the SDK's client, and returns
// the response with its request ID. Its errors are [*core.Error] values that
// quote nothing of the SDK's.
func call[T any](ctx context.Context, c *Client, op string, send func(*vod.VodClient) (*T, error)) (*T, string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.line.Timeout())
	defer cancel()
	keys, err := c.keys(ctx, op)
	if err != nil {
		return nil, "", err
	}
	x := c.line.Exchange(ctx, c.endpoint, maxAnswer)
	client, err := c.newSDKClient(x, keys)
	if err != nil {
		return nil, "", &core.Error{Kind: core.Internal, Op: op, Message: "the SDK refused its configuration"}
	}
	var response *T
	err = wire.Guard(func() (err error) {
		response, err = send(client)
		return err
	})
	answer, failed := x.Answer(op, err)
	if failed != nil {
		return nil, "", failed
	}
	if refused := refusal(answer, op, keys, c.clock.Now()); refused != nil {
		return nil, "", refused
	}
	if err != nil {
		e := wire.Undecoded(op, err)
		e.RequestID = requestID(answer)
		return nil, "", e
	}
	return response, requestID(answer), nil
}

// keys asks for the credentials of a call.
func (c *Client) keys(ctx context.Context, op string) (Credentials, error) {
	keys, err := c.line.Keys(ctx, op)
	switch {
	case err != nil:
		return Credentials{}, err
	case keys.AccessKey == "" || keys.SecretKey.Empty():
		return Credentials{}, &core.Error{Kind: core.Unauthenticated, Op: op, Message: "the credentials lack an access key or its secret key"}
	}
	return keys, nil
}

// newSDKClient makes a client for one call. It has an endpoint but no region, a
// project ID, both keys and a user agent: where one of these is missing, the SDK
// goes looking for it.
func (c *Client) newSDKClient(x *wire.Exchange, keys Credentials) (*vod.VodClient, error) {
	signer, err := basic.NewCredentialsBuilder().
		WithAk(keys.AccessKey).
		WithSk(keys.SecretKey.Reveal()).
		WithSecurityToken(keys.SecurityToken.Reveal()).
		WithProjectId(c.project).
		SafeBuild()
	if err != nil {
		return nil, err
	}
	client, err := vod.VodClientBuilder().
		WithEndpoint(c.endpoint.String()).
		WithCredential(signer).
		WithHttpConfig(config.DefaultHttpConfig().
			WithHttpRoundTripper(x).
			WithTimeout(0). // the context bounds the call: a second limit could end it first, without saying why
			WithUserAgent(userAgent)).
		SafeBuild()
	if err != nil {
		return nil, err
	}
	const basicDate = "20060102T150405Z"
	client.WithExtraHeaders(map[string]string{"X-Sdk-Date": c.clock.Now().UTC().Format(basicDate)})
	return vod.NewVodClient(client), nil
}

// parseTime reads a time of the API, 14 digits in UTC; zero if it is missing or
// unreadable.
func parseTime(text string) time.Time {
	t, err := time.Parse("20060102150405", text)
	if err != nil {
		return time.Time{}
	}
	return t
}

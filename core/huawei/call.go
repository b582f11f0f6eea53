package huawei

import (
	"context"
	"fmt"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	vod "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1"

	"github.com/vodrefresh/vodrefresh/core"
)

// userAgent is what the SDK adds to its own name. If it is empty, the SDK looks
// at the machine and writes an ID of its own into the home directory.
const userAgent = "vodrefresh"

// call sends a request once, by an operation of the SDK's client, and returns
// the response with its request ID. Its errors are [*core.Error] values that
// quote nothing of the SDK's.
func call[T any](ctx context.Context, c *Client, op string, send func(*vod.VodClient) (*T, error)) (*T, string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	keys, err := c.keys(ctx, op)
	if err != nil {
		return nil, "", err
	}
	x := &exchange{ctx: ctx, next: c.transport, to: c.endpoint}
	client, err := c.newSDKClient(x, keys)
	if err != nil {
		return nil, "", &core.Error{Kind: core.Internal, Op: op, Message: "the SDK refused its configuration"}
	}
	response, err := do(client, send)
	switch {
	case x.err != nil:
		return nil, "", noAnswer(ctx, op, x.err)
	case x.answer == nil:
		return nil, "", &core.Error{Kind: core.Internal, Op: op, Message: "the SDK sent no request" + panicNote(err)}
	}
	if refused := x.answer.refusal(op, keys, c.clock.Now()); refused != nil {
		return nil, "", refused
	}
	if err != nil {
		return nil, "", &core.Error{
			Kind: core.Internal, Op: op, RequestID: x.answer.requestID(),
			Message: "the answer has not the documented shape" + panicNote(err),
		}
	}
	return response, x.answer.requestID(), nil
}

// keys asks for the credentials of a call.
func (c *Client) keys(ctx context.Context, op string) (Credentials, error) {
	if ctx.Err() != nil {
		return Credentials{}, noAnswer(ctx, op, ctx.Err())
	}
	keys, err := c.credentials(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return Credentials{}, noAnswer(ctx, op, err)
	case err != nil:
		return Credentials{}, &core.Error{Kind: core.Unauthenticated, Op: op, Message: "no credentials could be had", Err: err}
	case keys.AccessKey == "" || keys.SecretKey.Empty():
		return Credentials{}, &core.Error{Kind: core.Unauthenticated, Op: op, Message: "the credentials lack an access key or its secret key"}
	}
	return keys, nil
}

// newSDKClient makes a client for one call. It has an endpoint but no region, a
// project ID, both keys and a user agent: where one of these is missing, the SDK
// goes looking for it.
func (c *Client) newSDKClient(x *exchange, keys Credentials) (*vod.VodClient, error) {
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
		WithEndpoint(x.to.scheme + "://" + x.to.host).
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

// panicked is what do makes of a panic. The value is not kept, only its type:
// its text may quote the answer.
type panicked struct{ sort string }

func (p panicked) Error() string { return "panic with " + p.sort }

// do lets the SDK sign, send and decode.
func do[T any](client *vod.VodClient, send func(*vod.VodClient) (*T, error)) (response *T, err error) {
	defer func() {
		if value := recover(); value != nil {
			response, err = nil, panicked{fmt.Sprintf("%T", value)}
		}
	}()
	return send(client)
}

// panicNote tells of a panic, and nothing of any other error of the SDK.
func panicNote(err error) string {
	if p, ok := err.(panicked); ok { //nolint:errorlint // do returns it bare
		return ": " + p.Error()
	}
	return ""
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

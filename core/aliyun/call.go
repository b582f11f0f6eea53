package aliyun

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"

	"github.com/vodrefresh/vodrefresh/core"
)

// call sends a request once and fills the response. Its errors are
// [*core.Error] values that quote nothing of the SDK's.
func (c *Client) call(ctx context.Context, to endpoint, request requests.AcsRequest, response responses.AcsResponse) error {
	op := request.GetActionName()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	keys, err := c.keys(ctx, op)
	if err != nil {
		return err
	}
	x := &exchange{ctx: ctx, next: c.transport, to: to}
	client, err := newSDKClient(x, keys, c.timeout)
	if err != nil {
		return &core.Error{Kind: core.Internal, Op: op, Message: "the SDK refused its configuration"}
	}
	err = do(client, request, response)
	switch {
	case x.err != nil:
		return noAnswer(ctx, op, x.err)
	case x.answer == nil:
		return &core.Error{Kind: core.Internal, Op: op, Message: "the SDK sent no request" + panicNote(err)}
	}
	if refused := x.answer.refusal(op, keys, c.clock.Now()); refused != nil {
		return refused
	}
	if err != nil {
		return &core.Error{Kind: core.Internal, Op: op, Message: "the answer has not the documented shape" + panicNote(err)}
	}
	return nil
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
	case keys.AccessKeyID == "" || keys.AccessKeySecret.Empty():
		return Credentials{}, &core.Error{Kind: core.Unauthenticated, Op: op, Message: "the credentials lack an access key ID or its secret"}
	}
	return keys, nil
}

// newSDKClient makes a client for one call. It is not vod.Client: making that
// one writes to a package variable without a lock.
func newSDKClient(x *exchange, keys Credentials, timeout time.Duration) (*sdk.Client, error) {
	config := sdk.NewConfig().
		WithScheme(strings.ToUpper(x.to.scheme)).
		WithAutoRetry(false).
		WithMaxRetryTime(0).
		WithTimeout(2 * timeout) // the context ends first, and says why
	config.Transport = x
	var signer auth.Credential = credentials.NewAccessKeyCredential(keys.AccessKeyID, keys.AccessKeySecret.Reveal())
	if !keys.SecurityToken.Empty() {
		signer = credentials.NewStsTokenCredential(keys.AccessKeyID, keys.AccessKeySecret.Reveal(), keys.SecurityToken.Reveal())
	}
	client := &sdk.Client{Domain: x.to.host}
	if err := client.InitWithOptions(x.to.region, config, signer); err != nil {
		return nil, err
	}
	client.SetCloseTrace(true)
	// The transport knows the proxies. The SDK would read the same variables,
	// take NO_PROXY for regular expressions and fail on what is none.
	client.SetHttpProxy("http://unused.invalid")
	client.SetHttpsProxy("http://unused.invalid")
	client.SetNoProxy("^$")
	return client, nil
}

// panicked is what do makes of a panic. The value is not kept, only its type:
// its text may quote the answer.
type panicked struct{ sort string }

func (p panicked) Error() string { return "panic with " + p.sort }

// do lets the SDK sign, send and decode.
func do(client *sdk.Client, request requests.AcsRequest, response responses.AcsResponse) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicked{fmt.Sprintf("%T", value)}
		}
	}()
	return client.DoAction(request, response)
}

// panicNote tells of a panic, and nothing of any other error of the SDK.
func panicNote(err error) string {
	if p, ok := err.(panicked); ok { //nolint:errorlint // do returns it bare
		return ": " + p.Error()
	}
	return ""
}

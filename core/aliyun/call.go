package aliyun

import (
	"context"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// call sends a request once and fills the response. Its errors are
// [*core.Error] values that quote nothing of the SDK's.
func (c *Client) call(ctx context.Context, to endpoint, request requests.AcsRequest, response responses.AcsResponse) error {
	op := request.GetActionName()
	ctx, cancel := context.WithTimeout(ctx, c.line.Timeout())
	defer cancel()
	keys, err := c.keys(ctx, op)
	if err != nil {
		return err
	}
	x := c.line.Exchange(ctx, to.Endpoint, maxAnswer)
	client, err := newSDKClient(x, to, keys, c.line.Timeout())
	if err != nil {
		return &core.Error{Kind: core.Internal, Op: op, Message: "the SDK refused its configuration"}
	}
	err = wire.Guard(func() error { return client.DoAction(request, response) })
	answer, failed := x.Answer(op, err)
	if failed != nil {
		return failed
	}
	if refused := refusal(answer, op, keys, c.clock.Now()); refused != nil {
		return refused
	}
	if err != nil {
		return wire.Undecoded(op, err)
	}
	return nil
}

// keys asks for the credentials of a call.
func (c *Client) keys(ctx context.Context, op string) (Credentials, error) {
	keys, err := c.line.Keys(ctx, op)
	switch {
	case err != nil:
		return Credentials{}, err
	case keys.AccessKeyID == "" || keys.AccessKeySecret.Empty():
		return Credentials{}, &core.Error{Kind: core.Unauthenticated, Op: op, Message: "the credentials lack an access key ID or its secret"}
	}
	return keys, nil
}

// newSDKClient makes a client for one call. It is not vod.Client: making that
// one writes to a package variable without a lock.
func newSDKClient(x *wire.Exchange, to endpoint, keys Credentials, timeout time.Duration) (*sdk.Client, error) {
	config := sdk.NewConfig().
		WithScheme(strings.ToUpper(to.Scheme)).
		WithAutoRetry(false).
		WithMaxRetryTime(0).
		WithTimeout(2 * timeout) // the context ends first, and says why
	config.Transport = x
	var signer auth.Credential = credentials.NewAccessKeyCredential(keys.AccessKeyID, keys.AccessKeySecret.Reveal())
	if !keys.SecurityToken.Empty() {
		signer = credentials.NewStsTokenCredential(keys.AccessKeyID, keys.AccessKeySecret.Reveal(), keys.SecurityToken.Reveal())
	}
	client := &sdk.Client{Domain: to.Host}
	if err := client.InitWithOptions(to.region, config, signer); err != nil {
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

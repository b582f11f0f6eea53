package awsclient

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/vodrefresh/vodrefresh/core"
)

// Meaning is what an error code says to us. Without a text the service's own is
// shown.
type Meaning struct {
	Kind core.Kind
	Text string
}

// Common is the table of the codes that every service has; zero for others.
//
// Source: Common errors of the SQS API reference, Error handling with DynamoDB.
func Common(code string) Meaning {
	switch code {
	case "AccessDenied", "AccessDeniedException", "NotAuthorized", "OptInRequired":
		return Meaning{Kind: core.Forbidden} // the service's text names the action and the resource
	case "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "ExpiredToken", "ExpiredTokenException",
		"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "RequestExpired", "InvalidSecurity":
		return Meaning{core.Unauthenticated, "the credentials are not accepted; their texts, their age and this machine's clock are to be checked"}
	case "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"TooManyRequestsException", "RequestLimitExceeded", "SlowDown":
		return Meaning{core.Throttled, "too many calls right now"}
	case "InternalError", "InternalFailure", "InternalServerError", "InternalServerErrorException",
		"ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout":
		return Meaning{core.Unavailable, "the service is not in order right now"}
	}
	return Meaning{}
}

// Failure is err as a [core.Error], nil for nil. The texts are ours, or the
// service's without the credentials.
func (c *Client) Failure(ctx context.Context, op string, err error, meaning func(code string) Meaning) error {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*core.Error](err); ok {
		ours := *known
		ours.Op = cmp.Or(ours.Op, op)
		return &ours
	}
	e := &core.Error{Kind: core.Unavailable, Op: op}
	answer, answered := errors.AsType[smithy.APIError](err)
	ended := ctx.Err()
	switch {
	case answered:
		status := 0
		if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
			e.RequestID, status = response.ServiceRequestID(), response.HTTPStatusCode()
		}
		c.explain(e, answer.ErrorCode(), answer.ErrorMessage(), status, meaning)
	case c.Closed():
		e.Message = "it is closed"
	case errors.Is(ended, context.DeadlineExceeded) || timedOut(err):
		e.Message, e.Err = "no answer in time", context.DeadlineExceeded
	case ended != nil:
		e.Message, e.Err = "the caller gave up", ended
	case errors.As(err, new(*smithy.DeserializationError)):
		e.Kind, e.Message = core.Internal, "the service answers something else"
	case errors.As(err, new(*net.DNSError)):
		e.Message, e.Err = "the service cannot be reached: its host name does not resolve", withoutURL(err)
	default:
		e.Message, e.Err = "the service cannot be reached", withoutURL(err)
	}
	return e
}

// Refusal is the error of one entry of a batch, whose other entries may have
// been accepted.
func (c *Client) Refusal(op, code, text string, meaning func(code string) Meaning) error {
	e := &core.Error{Op: op}
	c.explain(e, code, text, 0, meaning)
	return e
}

// explain says what a code means, in our words or the service's.
func (c *Client) explain(e *core.Error, code, text string, status int, meaning func(code string) Meaning) {
	m := meaning(code)
	if m.Kind == "" {
		m = Common(code)
	}
	if m.Kind == "" {
		m.Kind = kindOfStatus(status)
	}
	e.Kind, e.Code, e.Message = m.Kind, code, m.Text
	if e.Message == "" {
		e.Message = "the service refuses: " + shorten(c.keys.redact(text))
	}
}

// kindOfStatus is for an answer whose code is not known.
func kindOfStatus(status int) core.Kind {
	switch {
	case status == http.StatusTooManyRequests:
		return core.Throttled
	case status == http.StatusForbidden:
		return core.Forbidden
	case status >= http.StatusInternalServerError:
		return core.Unavailable
	}
	return core.Internal
}

// timedOut reports whether an attempt took too long.
func timedOut(err error) bool {
	network, ok := errors.AsType[net.Error](err)
	return ok && network.Timeout()
}

// withoutURL is what failed below HTTP. The errors around it hold the request,
// and with it the signature.
func withoutURL(err error) error {
	wrapped, ok := errors.AsType[*url.Error](err)
	if !ok {
		return nil
	}
	return wrapped.Err
}

// shorten is the beginning of the service's text, on one line.
func shorten(text string) string {
	const most = 300
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

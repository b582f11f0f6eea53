package awsclient_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/internal/awsclient"
)

// slow is an error of a time-out.
type slow struct{ error }

func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return true }

// refused is the service's error with a status.
func refused(status int, code, text string) error {
	return &smithy.OperationError{ServiceID: "SQS", OperationName: "SendMessage", Err: &awshttp.ResponseError{
		RequestID: "request-1",
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
			Err:      &smithy.GenericAPIError{Code: code, Message: text},
		},
	}}
}

// TestFailure is the table of what can go wrong on the way.
func TestFailure(t *testing.T) {
	t.Parallel()
	c := client(t, config("AWS_ACCESS_KEY_ID="+keyID, "AWS_SECRET_ACCESS_KEY="+key, "AWS_REGION=eu-west-1"))
	if _, err := c.Credentials.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("no route")
	own := &core.Error{Kind: core.QuotaExceeded, Message: "ours", Err: cause}
	dns := &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}
	for name, test := range map[string]struct {
		err   error
		kind  core.Kind
		text  string
		cause error
	}{
		"nothing":          {nil, "", "", nil},
		"ours":             {own, core.QuotaExceeded, "op: ours", cause},
		"denied":           {refused(400, "AccessDenied", "not you"), core.Forbidden, "op: the service refuses: not you (AccessDenied, request request-1)", nil},
		"no key":           {refused(403, "InvalidClientTokenId", key), core.Unauthenticated, "the credentials are not accepted", nil},
		"expired":          {refused(400, "ExpiredTokenException", key), core.Unauthenticated, "the credentials are not accepted", nil},
		"throttled":        {refused(400, "ThrottlingException", ""), core.Throttled, "too many calls", nil},
		"down":             {refused(500, "InternalFailure", ""), core.Unavailable, "not in order", nil},
		"of the driver":    {refused(400, "Own", "x"), core.NotReady, "op: the driver's text (Own", nil},
		"unknown":          {refused(400, "Odd", "so "+key), core.Internal, "the service refuses: so *** (Odd", nil},
		"unknown, 429":     {refused(429, "Odd", ""), core.Throttled, "the service refuses", nil},
		"unknown, 403":     {refused(403, "Odd", ""), core.Forbidden, "the service refuses", nil},
		"unknown, 503":     {refused(503, "Odd", ""), core.Unavailable, "the service refuses", nil},
		"long":             {refused(400, "Odd", strings.Repeat("é", 400)), core.Internal, "é… (Odd", nil},
		"away":             {&url.Error{Op: "Post", URL: "https://" + key, Err: cause}, core.Unavailable, "op: the service cannot be reached", cause},
		"no name":          {&url.Error{Op: "Post", URL: "https://" + key, Err: dns}, core.Unavailable, "its host name does not resolve", dns},
		"slow":             {&url.Error{Op: "Post", URL: "https://" + key, Err: slow{cause}}, core.Unavailable, "no answer in time", context.DeadlineExceeded},
		"unreadable":       {&smithy.DeserializationError{Err: errors.New(key)}, core.Internal, "the service answers something else", nil},
		"before it is out": {errors.New(key), core.Unavailable, "op: the service cannot be reached", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.Failure(t.Context(), "op", test.err, func(code string) awsclient.Meaning {
				if code == "Own" {
					return awsclient.Meaning{Kind: core.NotReady, Text: "the driver's text"}
				}
				return awsclient.Meaning{}
			})
			if core.KindOf(err) != test.kind || err != nil && !strings.Contains(err.Error(), test.text) {
				t.Errorf("%v of kind %q; want one of kind %q with %q", err, core.KindOf(err), test.kind, test.text)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("%v is not %v", err, test.cause)
			}
			discreet(t, err)
		})
	}
}

// TestRefusal is about one entry of a batch.
func TestRefusal(t *testing.T) {
	t.Parallel()
	c := client(t, config("AWS_ACCESS_KEY_ID="+keyID, "AWS_SECRET_ACCESS_KEY="+key, "AWS_REGION=eu-west-1"))
	for code, want := range map[string]struct {
		kind core.Kind
		text string
	}{
		"SlowDown": {core.Throttled, "op: too many calls right now (SlowDown)"},
		"Odd":      {core.Internal, "op: the service refuses: why not (Odd)"},
	} {
		if err := c.Refusal("op", code, "why\n not", none); core.KindOf(err) != want.kind || err.Error() != want.text {
			t.Errorf("%s: %v of kind %s, want %q", code, err, core.KindOf(err), want.text)
		}
	}
}

package wire

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/vodrefresh/vodrefresh/core"
)

// Answer is what came back from the endpoint, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Exchange is the transport that one call's SDK client is given. It sends one
// request under the caller's context, to the endpoint and nowhere else, and
// keeps what became of it. It is for one call at a time.
type Exchange struct {
	ctx  context.Context //nolint:containedctx // an SDK has no parameter to hand it through
	next http.RoundTripper
	to   Endpoint
	most int // bytes of an answer

	answer *Answer // what came back, if anything did
	err    error   // why nothing usable came back
}

// fence is the error of an exchange that was stopped here.
type fence string

func (f fence) Error() string { return string(f) }

// RoundTrip implements [http.RoundTripper]. Besides failures of the transport,
// it fails on a request to another endpoint, a redirect, and an answer that is
// too long.
func (x *Exchange) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := x.roundTrip(request)
	x.err = err
	return response, err
}

func (x *Exchange) roundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != x.to.Scheme || request.URL.Host != x.to.Host {
		return nil, fence("the SDK went to " + request.URL.Hostname() + " instead of the endpoint")
	}
	if err := x.ctx.Err(); err != nil {
		return nil, err
	}
	response, err := x.next.RoundTrip(request.WithContext(x.ctx))
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		return nil, fence(fmt.Sprintf("the endpoint answered with a redirect, HTTP %d, which is not followed", response.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(x.most)+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > x.most {
		return nil, fence(fmt.Sprintf("the answer, HTTP %d, is longer than %d bytes", response.StatusCode, x.most))
	}
	x.answer = &Answer{Status: response.StatusCode, Header: response.Header, Body: body}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// Answer returns what came back. If nothing usable did, the error says why:
// Unavailable for what may pass another time, Internal for what was stopped here
// and for an SDK that sent nothing. What [Guard] returned tells of a panic; it is
// not quoted.
func (x *Exchange) Answer(op string, guarded error) (*Answer, error) {
	switch {
	case x.err != nil:
		return nil, noAnswer(x.ctx, op, x.err)
	case x.answer == nil:
		return nil, &core.Error{Kind: core.Internal, Op: op, Message: "the SDK sent no request" + panicNote(guarded)}
	}
	return x.answer, nil
}

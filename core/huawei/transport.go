package huawei

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxAnswer is the most bytes of an answer that are read. The longest known
// answer is that of a task: ten URLs of 10 KiB, or every URL of ten assets.
const maxAnswer = 4 << 20

// newTransport is the connection pool of one client. It speaks HTTP/1.1, as
// the SDK does.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 3 * time.Second,
		IdleConnTimeout:     60 * time.Second,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 32,
	}
}

// exchange is the transport that one call's SDK client is given. It sends one
// request under the caller's context, to the endpoint and nowhere else, and
// keeps what became of it.
type exchange struct {
	ctx  context.Context //nolint:containedctx // the SDK has no parameter to hand it through
	next http.RoundTripper
	to   endpoint

	answer *answer // what came back, if anything did
	err    error   // why nothing usable came back
}

// fence is the error of an exchange that was stopped here.
type fence string

func (f fence) Error() string { return string(f) }

// RoundTrip implements http.RoundTripper.
func (x *exchange) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := x.roundTrip(request)
	x.err = err
	return response, err
}

func (x *exchange) roundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != x.to.scheme || request.URL.Host != x.to.host {
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
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, fence(fmt.Sprintf("the answer, HTTP %d, is longer than %d bytes", response.StatusCode, maxAnswer))
	}
	x.answer = &answer{status: response.StatusCode, header: response.Header, body: body}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

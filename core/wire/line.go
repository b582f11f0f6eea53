package wire

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// DefaultTimeout bounds a call, from asking for credentials to the last byte of
// the answer, if nothing else is configured.
const DefaultTimeout = 10 * time.Second

// Line is how the calls of one client travel. K is what the driver signs with.
// A Line is safe for concurrent use if its transport and its source of
// credentials are.
type Line[K any] struct {
	credentials func(context.Context) (K, error)
	transport   http.RoundTripper
	timeout     time.Duration
}

// NewLine returns a line, or what is wrong with a driver's fields Credentials
// and Timeout. Without a transport it has one of its own, with time-outs and the
// proxies of the environment; a time-out of zero is [DefaultTimeout].
func NewLine[K any](
	credentials func(context.Context) (K, error), transport http.RoundTripper, timeout time.Duration,
) (line Line[K], wrong []core.FieldError) {
	if credentials == nil {
		wrong = append(wrong, core.FieldError{Field: "Credentials", Detail: "a function that returns them"})
	}
	if timeout < 0 {
		wrong = append(wrong, core.FieldError{Field: "Timeout", Value: timeout.String(), Detail: "zero or more"})
	}
	line = Line[K]{credentials: credentials, transport: transport, timeout: timeout}
	if line.transport == nil {
		line.transport = newTransport()
	}
	if line.timeout == 0 {
		line.timeout = DefaultTimeout
	}
	return line, wrong
}

// newTransport is the connection pool of one client. It speaks HTTP/1.1, as the
// SDKs do.
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

// Timeout returns what bounds a whole call.
func (l Line[K]) Timeout() time.Duration { return l.timeout }

// Keys asks for the credentials of a call. The error is Unauthenticated if there
// are none, Unavailable if the context ended first.
func (l Line[K]) Keys(ctx context.Context, op string) (keys K, err error) {
	if ctx.Err() != nil {
		return keys, noAnswer(ctx, op, ctx.Err())
	}
	given, err := l.credentials(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return keys, noAnswer(ctx, op, err)
	case err != nil:
		return keys, &core.Error{Kind: core.Unauthenticated, Op: op, Message: "no credentials could be had", Err: err}
	}
	return given, nil
}

// Exchange returns the transport of one call to an endpoint, whose answer is at
// most that many bytes long.
func (l Line[K]) Exchange(ctx context.Context, to Endpoint, most int) *Exchange {
	return &Exchange{ctx: ctx, next: l.transport, to: to, most: most}
}

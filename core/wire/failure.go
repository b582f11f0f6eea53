package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"

	"github.com/vodrefresh/vodrefresh/core"
)

// noAnswer is the error of a call that ended without a usable answer. It keeps
// the cause for errors.Is, without the *url.Error around it, whose text has
// the signed URL.
func noAnswer(ctx context.Context, op string, cause error) error {
	e := &core.Error{Kind: core.Unavailable, Op: op}
	stopped, fenced := errors.AsType[fence](cause)
	switch ended := ctx.Err(); {
	case fenced:
		e.Kind, e.Message = core.Internal, string(stopped)
	case errors.Is(ended, context.DeadlineExceeded):
		e.Message, e.Err = "no answer in time", ended
	case ended != nil:
		e.Message, e.Err = "the caller gave up", ended
	default:
		e.Err = withoutURL(cause)
		e.Message = "no answer: " + reason(e.Err)
	}
	return e
}

// withoutURL is the error inside the innermost *url.Error, or err if there is
// none.
func withoutURL(err error) error {
	for {
		wrapped, ok := errors.AsType[*url.Error](err)
		if !ok || wrapped.Err == nil {
			return err
		}
		err = wrapped.Err
	}
}

// reason says in our own words why a transport failed.
func reason(err error) string {
	var (
		resolve   *net.DNSError
		untrusted *tls.CertificateVerificationError
		network   net.Error
	)
	switch {
	case errors.As(err, &resolve):
		return "the host name does not resolve"
	case errors.As(err, &untrusted):
		return "the server's certificate is not trusted"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed too early"
	case errors.As(err, &network) && network.Timeout():
		return "the connection timed out"
	}
	return "the connection failed"
}

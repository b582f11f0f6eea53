package jetstream

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// Codes of the server that something here depends on.
//
// Source: errors.json of nats-server 2.15.
const (
	codeNoMessage     = 10037 // no message found
	codeWrongSequence = 10071 // wrong last sequence: …
	codeWrongConstant = 10164 // the same, without the number
)

// kinds maps the server's codes; what is not in it is Unavailable, for the
// server says so when it cannot do something now.
func kinds() map[int]core.Kind {
	return map[int]core.Kind{
		10003: core.Invalid,   // bad request
		10025: core.Invalid,   // invalid JSON
		10039: core.Forbidden, // JetStream not enabled for account
		10040: core.Invalid,   // peer cannot be
		10052: core.Invalid,   // stream configuration
		10054: core.Invalid,   // message size exceeds maximum allowed
		10065: core.Invalid,   // subjects overlap with an existing stream
		10074: core.Invalid,   // replicas > 1 not supported in non-clustered mode
		10076: core.Forbidden, // JetStream not enabled
		10097: core.Invalid,   // message header exceeds maximum
	}
}

// refusal is how the server says no.
type refusal struct {
	Code        int    `json:"code"`
	ErrCode     int    `json:"err_code"`
	Description string `json:"description"`
}

// err makes an error of it, or nil if there is nothing to say.
func (r *refusal) err(op string) error {
	if r == nil {
		return nil
	}
	kind, known := kinds()[r.ErrCode]
	if !known {
		kind = core.Unavailable
	}
	return &core.Error{Kind: kind, Op: op, Code: strconv.Itoa(r.ErrCode), Message: r.Description}
}

// failure makes a core.Error of an error of the NATS libraries; nil stays nil. A
// URL may carry a password, so an error about one is not quoted.
func failure(op string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*jetstream.APIError](err); ok {
		return (&refusal{Code: e.Code, ErrCode: int(e.ErrorCode), Description: e.Description}).err(op)
	}
	e := &core.Error{Kind: core.Unavailable, Op: op, Message: err.Error(), Err: err}
	if _, ok := errors.AsType[*url.Error](err); ok {
		e.Kind, e.Message, e.Err = core.Invalid, "the URL cannot be read", nil
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		e.Message = "no answer in time"
	case errors.Is(err, context.Canceled):
		e.Message = "given up"
	case errors.Is(err, nats.ErrMaxPayload):
		e.Kind = core.Invalid
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		e.Kind = core.Unauthenticated
	}
	return e
}

// closed is the error of a call after Close.
func closed(what string) error {
	return core.Errorf(core.Unavailable, "the %s is closed", what)
}

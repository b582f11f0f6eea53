package jetstream

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestFailure(t *testing.T) {
	t.Parallel()
	own := core.Errorf(core.NotFound, "x")
	tests := map[string]struct {
		err  error
		kind core.Kind
		says string
	}{
		"none":           {nil, "", ""},
		"our own":        {fmt.Errorf("wrapped: %w", own), core.NotFound, "x"},
		"no answer":      {nats.ErrTimeout, core.Unavailable, "no answer in time"},
		"deadline":       {context.DeadlineExceeded, core.Unavailable, "no answer in time"},
		"given up":       {context.Canceled, core.Unavailable, "given up"},
		"no connection":  {nats.ErrConnectionClosed, core.Unavailable, "closed"},
		"too large":      {nats.ErrMaxPayload, core.Invalid, "payload"},
		"not allowed in": {nats.ErrAuthorization, core.Unauthenticated, "uthorization"},
		"URL":            {&url.Error{Op: "parse", URL: "nats://me:hidden@x", Err: errors.New("hidden")}, core.Invalid, "the URL cannot be read"},
		"the server":     {&jetstream.APIError{Code: 503, ErrorCode: 10008, Description: "not available"}, core.Unavailable, "not available (10008)"},
		"wrong request":  {&jetstream.APIError{Code: 400, ErrorCode: 10052, Description: "wrong"}, core.Invalid, "wrong (10052)"},
		"forbidden":      {&jetstream.APIError{Code: 503, ErrorCode: 10076, Description: "off"}, core.Forbidden, "off"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := failure("op", test.err)
			if core.KindOf(err) != test.kind {
				t.Errorf("%v is %q, want %q", err, core.KindOf(err), test.kind)
			}
			if err != nil && (!strings.Contains(err.Error(), test.says) || strings.Contains(fmt.Sprintf("%+v", err), "hidden")) {
				t.Errorf("%v does not say %q, or says too much", err, test.says)
			}
		})
	}
}

func TestAnswersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	var into stored
	if err := read("op", &nats.Msg{Data: []byte("garbage")}, &into); core.KindOf(err) != core.Unavailable {
		t.Errorf("got %v", err)
	}
	for status, kind := range map[string]core.Kind{"404": "", "408": "", "409": core.Unavailable, "503": core.Unavailable} {
		if err := ended(&nats.Msg{Header: nats.Header{"Status": {status}}}); core.KindOf(err) != kind {
			t.Errorf("status %s is %v, want %q", status, err, kind)
		}
	}
}

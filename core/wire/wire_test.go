package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// signature stands in the query of each request. No error may ever quote it.
const signature = "made-up-signature"

// most is how long an answer may be here.
const most = 64

// noon is when the tests take place.
func noon() time.Time { return time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC) }

// keys are the made-up credentials of a line.
func keys(context.Context) (string, error) { return "made-up", nil }

// transport is a RoundTripper made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newLine makes a line over a transport, or over one of its own.
func newLine(t *testing.T, over http.RoundTripper) wire.Line[string] {
	t.Helper()
	line, wrong := wire.NewLine(keys, over, 0)
	if len(wrong) > 0 {
		t.Fatalf("NewLine: %v", wrong)
	}
	return line
}

// serve starts an endpoint.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

// endpoint reads the URL of a server.
func endpoint(t *testing.T, text string) wire.Endpoint {
	t.Helper()
	to, wrong := wire.ParseEndpoint(text, false)
	if wrong != nil {
		t.Fatal(wrong)
	}
	return to
}

// call makes one call as an SDK does, by a client that follows redirects and
// wraps what goes wrong.
func call(ctx context.Context, line wire.Line[string], to wire.Endpoint) (*wire.Answer, error) {
	x := line.Exchange(ctx, to, most)
	guarded := wire.Guard(func() error {
		r, err := http.NewRequest(http.MethodGet, to.String()+"/?Signature="+signature, http.NoBody)
		if err != nil {
			return err
		}
		response, err := (&http.Client{Transport: x}).Do(r)
		if err != nil {
			return fmt.Errorf("SDK: %w", err)
		}
		defer response.Body.Close()
		_, err = io.ReadAll(response.Body)
		return err
	})
	return x.Answer("Op", guarded)
}

// wantError checks the kind and, in part, the text of an error, and that
// neither it nor what it wraps gives anything away.
func wantError(t *testing.T, err error, kind core.Kind, text string) {
	t.Helper()
	e, ok := errors.AsType[*core.Error](err)
	if !ok {
		t.Fatalf("error %v is no *core.Error", err)
	}
	if e.Kind != kind || !strings.Contains(err.Error(), text) {
		t.Errorf("error %q of kind %s, want kind %s and %q in it", err, e.Kind, kind, text)
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		if shown := fmt.Sprintf("%v %+v %q", cause, cause, cause); strings.Contains(shown, signature) || strings.Contains(shown, "://") {
			t.Errorf("%s gives the URL away", shown)
		}
	}
}

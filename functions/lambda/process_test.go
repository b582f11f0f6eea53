package main_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// TestNoStart: a configuration that cannot work ends the process with everything
// that is wrong in the log.
func TestNoStart(t *testing.T) {
	t.Parallel()
	p := start(t, "FUNCTION=all", "API_TOKENS=s3cret", "QUEUE_URL=redis://h", "STORE_URL=embedded:")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code, err := p.Wait(ctx)
	if code != 1 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	for _, name := range []string{"FUNCTION", "API_TOKENS", "QUEUE_URL", "STORE_URL", "sqs://", "dynamodb://"} {
		if !strings.Contains(p.Stderr(), name) {
			t.Errorf("the log does not name %s: %s", name, p.Stderr())
		}
	}
	if strings.Contains(p.Stderr(), "s3cret") {
		t.Errorf("the log shows a secret: %s", p.Stderr())
	}
	// Outside Lambda there is nobody to ask.
	outside := exec.CommandContext(ctx, built(t, bootstrap)) //nolint:gosec // built by this test
	outside.Env = requesttest.Environ(config.Callback, "http://127.0.0.1:1")
	if output, err := outside.CombinedOutput(); err == nil || !strings.Contains(string(output), "AWS_LAMBDA_RUNTIME_API") {
		t.Errorf("outside Lambda: %s, %v", output, err)
	}
}

// TestStays: what is wrong with one event is said, and ends nothing.
func TestStays(t *testing.T) {
	t.Parallel()
	p := start(t, requesttest.Environ(config.Callback, requesttest.Platform(t))...)
	health := []byte(`{"httpMethod":"GET","path":"/healthz"}`)
	for payload, want := range map[string]string{
		``:                      "not JSON",
		`s3cret`:                "not JSON",
		`{"a":"s3cret"}`:        "of no kind that is known",
		`{"vodrefresh":"tick"}`: "this deployment is FUNCTION=callback",
		`{"Records":[{"eventSource":"aws:sqs","messageId":"1","body":"s3cret"}]}`: "this deployment is FUNCTION=callback",
	} {
		if _, err := invoke(p)(t.Context(), []byte(payload)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is answered %v, want %q", payload, err, want)
		}
		if answer, err := invoke(p)(t.Context(), health); err != nil || !strings.Contains(string(answer), `"statusCode":200`) {
			t.Errorf("after %q: %s, %v", payload, answer, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	late := runtimetest.Event{Payload: health, Header: http.Header{"Lambda-Runtime-Deadline-Ms": nil}}
	if result, err := p.Invoke(ctx, late); err != nil || !result.Failed {
		t.Errorf("without a deadline: %+v, %v", result, err)
	}
	if answer, err := invoke(p)(t.Context(), health); err != nil || !strings.Contains(string(answer), `"statusCode":200`) {
		t.Errorf("at the end: %s, %v", answer, err)
	}
	if strings.Contains(p.Stderr(), "s3cret") || len(p.Unexpected()) > 0 {
		t.Errorf("unexpected: %q; the log says %s", p.Unexpected(), p.Stderr())
	}
}

// TestTimeLeft: a platform that does not answer in time is not waited for until
// Lambda ends the process.
func TestTimeLeft(t *testing.T) {
	t.Parallel()
	stuck := make(chan struct{})
	platform := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stuck }))
	t.Cleanup(platform.Close)
	t.Cleanup(func() { close(stuck) })
	p := start(t, requesttest.Environ(config.Callback, platform.URL)...)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const timeout = time.Second
	answer, err := envelopetest.Sources()[0].Over(func(ctx context.Context, event []byte) ([]byte, error) {
		result, err := p.Invoke(ctx, runtimetest.Event{Payload: event, Timeout: timeout})
		if result.Took >= timeout {
			err = errors.Join(err, errors.New("answered after "+result.Took.String()))
		}
		return result.Payload, err
	})(ctx, requesttest.Request{
		Method: http.MethodPost, Path: "/callbacks/aliyun", Header: requesttest.Signed(requesttest.CallbackKey, time.Now()), Body: requesttest.Transcoded("media-1"),
	})
	if err != nil || answer.Status != http.StatusServiceUnavailable {
		t.Errorf("got %d %s, %v", answer.Status, answer.Body, err)
	}
}

// TestTerminated: SIGTERM ends the process at once, within the half second that
// Lambda gives. Nothing is lost by that: a callback is answered after it is durable
// or finished.
func TestTerminated(t *testing.T) {
	t.Parallel()
	p := start(t, requesttest.Environ(config.Callback, "http://127.0.0.1:1")...)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := p.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.Terminate(ctx, 500*time.Millisecond); err != nil {
		t.Error(err)
	}
}

// TestAPIGone: a process whose Runtime API has gone ends by itself.
func TestAPIGone(t *testing.T) {
	t.Parallel()
	p := start(t, requesttest.Environ(config.Callback, "http://127.0.0.1:1")...)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := p.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.API.Close(); err != nil {
		t.Fatal(err)
	}
	if code, err := p.Wait(ctx); code != 1 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
}

package go1_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/fc/go1"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// The one table of requests, with keys that come with each invocation.
func TestRequests(t *testing.T) {
	t.Parallel()
	requesttest.Run(t, func(t *testing.T, environ []string) requesttest.Send {
		t.Helper()
		i, _ := open(t, environ)
		return envelopetest.Trigger(func(ctx context.Context, event []byte) ([]byte, error) { return invoke(ctx, i, good(), event) })
	})
}

// What keeps an event from being handled is an error that says what, with the
// kind for its type; a request is answered instead.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		function    config.Function
		event, kind string
		part        string
	}{
		"empty":           {config.Refresh, "", "invalid", "the event is empty"},
		"of no kind":      {config.Refresh, `{"s3cret":1}`, "invalid", "of no kind that is known"},
		"not for it":      {config.Callback, string(envelopetest.Timer()), "forbidden", "not for FUNCTION=callback"},
		"not for it, too": {config.Credentials, string(envelopetest.Queue("{}")), "forbidden", "not for FUNCTION=credentials"},
		"poison":          {config.Refresh, string(envelopetest.Queue("x")), "", "1 of 1 messages have to come again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, _ := open(t, environ(t, c.function))
			_, err := invoke(t.Context(), i, good(), []byte(c.event))
			failure, ok := errors.AsType[messages.InvokeResponse_Error](err)
			if !ok || c.kind != "" && failure.Type != c.kind || !strings.Contains(failure.Message, c.part) || strings.Contains(failure.Message, "s3cret") {
				t.Errorf("got %v, want a failure of type %s with %q", err, c.kind, c.part)
			}
		})
	}
}

// A request that cannot be restored is answered, not left to the platform.
func TestRequestsThatCannotBeRestored(t *testing.T) {
	t.Parallel()
	i, _ := open(t, environ(t, config.Callback))
	for _, event := range []string{
		`{"version":"v1","requestContext":{"http":{"method":"G T","path":"/"}}}`,
		`{"version":"v1","rawPath":"%","requestContext":{"http":{"method":"GET","path":"%"}}}`,
		`{"version":"v1","rawPath":"/","isBase64Encoded":true,"body":"?","requestContext":{"http":{"method":"POST"}}}`,
		`{"version":"v1","requestContext":"x"}`,
	} {
		answer, err := invoke(t.Context(), i, good(), []byte(event))
		if err != nil {
			t.Errorf("%s: %v", event, err)
			continue
		}
		if got, err := envelopetest.Unwrap(answer); err != nil || got.Status != http.StatusBadRequest || !strings.Contains(string(got.Body), `"status":400`) {
			t.Errorf("%s: got %s, %v, want a problem with status 400", event, answer, err)
		}
	}
}

// Each invocation's own keys sign its calls, and nobody keeps them.
func TestKeysOfInvocations(t *testing.T) {
	t.Parallel()
	i, log := open(t, environ(t, config.Refresh))
	const one = `{"MediaIds":"media-1"}`
	send := func(keys fccontext.Credentials) string {
		t.Helper()
		event, err := json.Marshal(envelopetest.HTTP(requesttest.Request{
			Method: http.MethodPost, Path: "/v1/refresh", Header: []requesttest.Field{{Name: "Authorization", Value: "Bearer " + requesttest.Token}}, Body: []byte(one),
		}))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := invoke(t.Context(), i, keys, event)
		if err != nil {
			t.Fatal(err)
		}
		got, err := envelopetest.Unwrap(answer)
		if err != nil {
			t.Fatal(err)
		}
		return string(got.Body)
	}
	wrong := fccontext.Credentials{AccessKeyId: "STS.other", AccessKeySecret: "s3cret-other", SecurityToken: "s3cret-token"}
	for _, step := range []struct {
		what string
		keys fccontext.Credentials
		want string
	}{
		{"no role", fccontext.Credentials{}, "no credentials could be had"},
		{"good keys", good(), `"outcome":"refreshed"`},
		{"other keys", wrong, `"outcome":"failed"`},
		{"no keys, so those before", fccontext.Credentials{}, `"outcome":"failed"`},
		{"good keys again", good(), `"outcome":"refreshed"`},
	} {
		if got := send(step.keys); !strings.Contains(got, step.want) {
			t.Errorf("%s: got %s, want %s", step.what, got, step.want)
		}
	}
	for _, text := range []string{"s3cret", requesttest.AccessKeySecret, requesttest.Token} {
		if strings.Contains(log.String(), text) {
			t.Errorf("the log tells %q: %s", text, log)
		}
	}
}

// Outside an invocation of the SDK's there are no keys to pass on.
func TestAnInvocationWithoutContext(t *testing.T) {
	t.Parallel()
	i, _ := open(t, environ(t, config.Refresh))
	if answer, err := go1.Handler(i)(t.Context(), envelopetest.Timer()); err != nil || answer == nil {
		t.Errorf("got %v, %v", answer, err)
	}
}

package main_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// The one table of requests, through the built binary.
func TestRequests(t *testing.T) {
	t.Parallel()
	requesttest.Run(t, func(t *testing.T, environ []string) requesttest.Send {
		t.Helper()
		p := start(t, environ...)
		return envelopetest.Trigger(func(ctx context.Context, event []byte) ([]byte, error) {
			r, err := p.Invoke(ctx, runtimetest.Event{Payload: event})
			if err == nil && r.Failed {
				err = fmt.Errorf("the function failed: %s", r.Payload)
			}
			return r.Payload, err
		})
	})
}

// What the SDK would never answer is answered.
func TestEventsWithoutTheirHeaders(t *testing.T) {
	t.Parallel()
	p := start(t, fctest.Environ(config.Refresh, requesttest.Platform(t))...)
	for name, header := range map[string]http.Header{
		"no deadline":  {"X-Fc-Function-Deadline": nil},
		"no time-out":  {"X-Fc-Function-Timeout": nil},
		"neither":      {"X-Fc-Function-Deadline": nil, "X-Fc-Function-Timeout": nil},
		"nonsense":     {"X-Fc-Function-Deadline": {"soon"}, "X-Fc-Function-Timeout": {"long"}, "X-Fc-Retry-Count": {"?"}},
		"a bad tracer": {"X-Fc-Tracing-Opentracing-Span-Baggages": {"?"}},
	} {
		if r := invoke(t, p, runtimetest.Event{Payload: envelopetest.Timer(), Header: header}); r.Failed {
			t.Errorf("%s: got %s", name, r.Payload)
		}
	}
	if r := invoke(t, p, runtimetest.Event{}); !r.Failed || r.Failure.Type != "invalid" || !strings.Contains(r.Failure.Message, "the event is empty") {
		t.Errorf("an empty event: got %s", r.Payload)
	}
}

// Without a Runtime API the process ends, soon and with little said.
func TestARuntimeAPIThatGoesAway(t *testing.T) {
	t.Parallel()
	p := start(t, fctest.Environ(config.Refresh, requesttest.Platform(t))...)
	if _, err := p.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.API.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if code, err := p.Wait(ctx); err != nil || code != 1 {
		t.Errorf("got exit code %d, %v, want 1", code, err)
	}
	if lines := strings.Count(p.Stdout()+p.Stderr(), "\n"); lines > 40 || !strings.Contains(p.Stdout(), "the Runtime API is gone") {
		t.Errorf("%d lines: %s%s", lines, p.Stdout(), p.Stderr())
	}
}

// SIGTERM ends the process at once.
func TestSIGTERM(t *testing.T) {
	t.Parallel()
	p := start(t, fctest.Environ(config.Refresh, requesttest.Platform(t))...)
	if _, err := p.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Terminate(t.Context(), 5*time.Second); err != nil {
		t.Error(err)
	}
}

// A configuration that is wrong ends the start with everything that is.
func TestAConfigurationThatIsWrong(t *testing.T) {
	t.Parallel()
	p := start(t, "QUEUE_URL=sqs://x", "LINGER=long", "API_TOKENS=s3cret")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	code, err := p.Wait(ctx)
	if err != nil || code != 1 {
		t.Errorf("got exit code %d, %v, want 1", code, err)
	}
	for _, part := range []string{`"level":"ERROR"`, "FUNCTION", "QUEUE_URL", "LINGER", "API_TOKENS"} {
		if !strings.Contains(p.Stdout(), part) {
			t.Errorf("the log does not name %s: %s", part, p.Stdout())
		}
	}
	if strings.Contains(p.Stdout()+p.Stderr(), "s3cret") {
		t.Errorf("the log tells a secret: %s%s", p.Stdout(), p.Stderr())
	}
}

// signers is a platform that only remembers with which keys it was called.
type signers struct {
	mu   sync.Mutex
	keys []string
}

// listenForSigners returns such a platform, and its URL.
func listenForSigners(t *testing.T) (*signers, string) {
	t.Helper()
	s := &signers{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.FormValue("Action") == "RefreshMediaPlayUrls" {
			s.keys = append(s.keys, r.FormValue("AccessKeyId")+" "+r.FormValue("SecurityToken"))
		}
		fmt.Fprint(w, `{"RequestId":"R","MediaRefreshJobId":"J"}`)
	}))
	t.Cleanup(server.Close)
	return s, server.URL
}

func (s *signers) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keys)
}

// Keys that rotate between two invocations are used at once, those of the
// environment only until there are others.
func TestKeysThatRotate(t *testing.T) {
	t.Parallel()
	platform, url := listenForSigners(t)
	p := start(t, append(fctest.Environ(config.Refresh, url),
		"ALIBABA_CLOUD_ACCESS_KEY_ID=STS.0", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=made-up", "ALIBABA_CLOUD_SECURITY_TOKEN=token-0")...)
	for n, header := range []http.Header{nil, role("STS.1", "made-up-1", "token-1"), role("STS.1", "made-up-1", "token-1"), role("STS.2", "made-up-2", "token-2"), nil} {
		event := envelopetest.Queue(string(requesttest.Transcoded(fmt.Sprint("media-", n))))
		if r := invoke(t, p, runtimetest.Event{Payload: event, Header: header}); r.Failed {
			t.Fatalf("invocation %d: got %s", n, r.Payload)
		}
	}
	want := []string{"STS.0 token-0", "STS.1 token-1", "STS.1 token-1", "STS.2 token-2", "STS.2 token-2"}
	if got := platform.seen(); !slices.Equal(got, want) {
		t.Errorf("called with %q, want %q", got, want)
	}
	if text := p.Stdout() + p.Stderr(); strings.Contains(text, "made-up-") || strings.Contains(text, "token-") {
		t.Errorf("the log tells keys: %s", text)
	}
}

package go1_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/fc/go1"
)

func now() time.Time { return time.Date(2026, 5, 28, 20, 26, 40, 0, time.UTC) }

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answered is a transport that gives one answer.
func answered(status int, header http.Header) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header.Clone(), Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
	}
}

// fence is one whose end is counted, and its clock.
func fence(next http.RoundTripper) (f *go1.Fence, c *clock.Fake, exits *[]int) {
	c, exits = clock.NewFake(now()), new([]int)
	return &go1.Fence{
		Next: next, Exit: func(code int) { *exits = append(*exits, code) }, Clock: c, Log: slog.New(slog.DiscardHandler),
	}, c, exits
}

// next asks for an event.
func next(t *testing.T, f *go1.Fence) (http.Header, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:9/2020-11-11/runtime/invocation/next", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := f.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return answer.Header, nil
}

// What the SDK cannot do without is filled in, and what it stumbles over is gone.
func TestHeadersAreMended(t *testing.T) {
	t.Parallel()
	const deadline, timeout, retries, baggage = "X-Fc-Function-Deadline", "X-Fc-Function-Timeout", "X-Fc-Retry-Count", "X-Fc-Tracing-Opentracing-Span-Baggages"
	for name, headers := range map[string]struct{ given, want map[string]string }{
		"all there":         {map[string]string{deadline: "1780000123456", timeout: "30", retries: "2"}, map[string]string{deadline: "1780000123456", timeout: "30", retries: "2"}},
		"nothing":           {nil, map[string]string{deadline: "1780000003000", timeout: "3", retries: ""}},
		"no deadline":       {map[string]string{timeout: "60"}, map[string]string{deadline: "1780000060000", timeout: "60"}},
		"no time-out":       {map[string]string{deadline: "1780000123456"}, map[string]string{deadline: "1780000123456", timeout: "3"}},
		"nonsense":          {map[string]string{deadline: "soon", timeout: "-1", retries: "x", baggage: "!"}, map[string]string{deadline: "1780000003000", timeout: "3", retries: "", baggage: ""}},
		"a tracer's things": {map[string]string{baggage: "eyJhIjoiYiJ9", timeout: "1"}, map[string]string{baggage: "", timeout: "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"X-Fc-Request-Id": {"r"}}
			for name, value := range headers.given {
				header.Set(name, value)
			}
			f, c, _ := fence(answered(http.StatusOK, header))
			got, err := next(t, f)
			if err != nil || got.Get("X-Fc-Request-Id") != "r" || len(c.Slept()) != 0 {
				t.Fatalf("got %v, %v, slept %v", got, err, c.Slept())
			}
			for name, value := range headers.want {
				if got.Get(name) != value {
					t.Errorf("%s: got %q, want %q", name, got.Get(name), value)
				}
			}
		})
	}
}

// A Runtime API that is gone is asked more and more slowly, and then no more.
func TestARuntimeAPIThatIsGone(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]roundTrip{
		"nobody listens": func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
		"it refuses":     answered(http.StatusForbidden, nil),
		"no request ID":  answered(http.StatusOK, http.Header{"X-Fc-Function-Timeout": {"3"}}),
		"it breaks off": func(r *http.Request) (*http.Response, error) {
			half := io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF))
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"X-Fc-Request-Id": {"r"}}, Body: io.NopCloser(half), Request: r}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, c, exits := fence(broken)
			for range 6 {
				if len(*exits) != 0 {
					t.Fatalf("ended after %d failures", len(c.Slept()))
				}
				if header, err := next(t, f); err == nil && header != nil && name != "it refuses" {
					t.Fatalf("got %v", header)
				}
			}
			if !slices.Equal(*exits, []int{1}) {
				t.Errorf("ended with %v, want once with 1", *exits)
			}
			want := []time.Duration{50e6, 100e6, 200e6, 400e6, 800e6, 1600e6}
			if !slices.Equal(c.Slept(), want) {
				t.Errorf("slept %v, want %v", c.Slept(), want)
			}
		})
	}
}

// Failures that are far apart, or with an event in between, are no end.
func TestFailuresNowAndThen(t *testing.T) {
	t.Parallel()
	good := answered(http.StatusOK, http.Header{"X-Fc-Request-Id": {"r"}})
	count := 0
	f, _, exits := fence(roundTrip(func(r *http.Request) (*http.Response, error) {
		count++
		if count%6 == 0 {
			return good(r)
		}
		return nil, errors.New("reset")
	}))
	for range 60 {
		_, _ = next(t, f)
	}
	polls, c, ended := fence(nil)
	polls.Next = roundTrip(func(*http.Request) (*http.Response, error) {
		c.Advance(time.Minute)
		return nil, errors.New("the poll was cut off")
	})
	for range 60 {
		_, _ = next(t, polls)
	}
	if len(*exits)+len(*ended) != 0 {
		t.Errorf("ended with %v and %v", *exits, *ended)
	}
	if _, err := next(t, &go1.Fence{Next: answered(http.StatusOK, nil), Clock: c, Exit: func(int) {}, Log: slog.New(slog.DiscardHandler)}); core.KindOf(err) != core.Invalid {
		t.Errorf("got %v, want an Invalid error", err)
	}
}

// Answers to events pass as they are.
func TestAnswersPass(t *testing.T) {
	t.Parallel()
	f, c, exits := fence(roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("reset") }))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost:9/2020-11-11/runtime/invocation/r/response", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if answer, err := f.RoundTrip(r); err == nil {
			answer.Body.Close()
			t.Fatal("no error")
		}
	}
	if len(c.Slept())+len(*exits) != 0 {
		t.Errorf("slept %v, ended with %v", c.Slept(), *exits)
	}
}

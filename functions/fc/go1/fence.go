package go1

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Headers of an event without which, or with nonsense in which, the SDK does not
// answer it.
const (
	headerRequestID = "X-Fc-Request-Id"
	headerDeadline  = "X-Fc-Function-Deadline" // milliseconds since 1970
	headerTimeout   = "X-Fc-Function-Timeout"  // whole seconds
	headerRetries   = "X-Fc-Retry-Count"
	headerBaggage   = "X-Fc-Tracing-Opentracing-Span-Baggages" // of a tracer that we have not
)

const (
	// defaultTimeout is what a function has that nobody configured.
	defaultTimeout = 3 * time.Second
	// mostFailures is after how many failures in a row, each of them soon, the
	// Runtime API is taken for gone.
	mostFailures = 6
	// soon tells a failure from a long poll that was cut off.
	soon = 5 * time.Second
	// firstPause follows the first failure; each further one is twice as long.
	firstPause = 50 * time.Millisecond
)

// Fence stands between the SDK and the Runtime API. The SDK asks for one event
// at a time.
type Fence struct {
	Next  http.RoundTripper // to the Runtime API
	Exit  func(code int)    // ends the process
	Clock clock.Clock
	Log   *slog.Logger

	failures int // in a row
}

// RoundTrip carries a request. One for an event that fails takes longer each
// time, and the process ends once the Runtime API seems to be gone; the platform
// starts another one if there is need.
func (f *Fence) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/invocation/next") {
		return f.Next.RoundTrip(r)
	}
	asked := f.Clock.Now()
	answer, err := f.Next.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusOK {
		if err = readWhole(answer); err == nil {
			f.failures = 0
			f.mend(answer.Header)
			return answer, nil
		}
	}
	f.failed(r, asked)
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// readWhole reads an event to its end, so that one which breaks off counts as a
// failure: the SDK would ask for the next one at once.
func readWhole(answer *http.Response) error {
	payload, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close() // nothing more is wanted of it
	if err != nil {
		return core.Errorf(core.Unavailable, "an event breaks off after %d bytes", len(payload))
	}
	if answer.Header.Get(headerRequestID) == "" {
		return core.Errorf(core.Invalid, "an event without %s cannot be answered", headerRequestID)
	}
	answer.Body = io.NopCloser(bytes.NewReader(payload))
	return nil
}

// failed counts a failure and waits.
func (f *Fence) failed(r *http.Request, asked time.Time) {
	if f.Clock.Now().Sub(asked) >= soon {
		f.failures = 0
	}
	f.failures++
	if f.failures >= mostFailures {
		f.Log.ErrorContext(r.Context(), "the Runtime API is gone, the process ends", "failures", f.failures)
		f.Exit(1)
	}
	_ = f.Clock.Sleep(r.Context(), firstPause<<(f.failures-1))
}

// mend fills in what the SDK wants to read. Where the deadline is not told, it
// is the function's time-out from now, and where that is not told either, what a
// function has that nobody configured.
func (f *Fence) mend(header http.Header) {
	timeout := defaultTimeout
	if seconds, err := strconv.Atoi(header.Get(headerTimeout)); err == nil && seconds > 0 {
		timeout = time.Duration(seconds) * time.Second
	} else {
		header.Set(headerTimeout, strconv.Itoa(int(timeout/time.Second)))
	}
	if _, err := strconv.ParseInt(header.Get(headerDeadline), 10, 64); err != nil {
		header.Set(headerDeadline, strconv.FormatInt(f.Clock.Now().Add(timeout).UnixMilli(), 10))
	}
	if _, err := strconv.Atoi(header.Get(headerRetries)); err != nil {
		header.Del(headerRetries)
	}
	header.Del(headerBaggage)
}

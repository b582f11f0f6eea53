package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// maxEvent is the most bytes of a request that are read.
const maxEvent = 32 << 20

// builtIn starts the program of a built-in runtime and is its Runtime API.
func builtIn(ctx context.Context, i image) error {
	program, err := runtimetest.Start(ctx, runtimetest.FunctionCompute(), i.code+i.variable("FC_FUNCTION_HANDLER", "main"), i.environ...)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	defer func() { _ = program.Close() }()
	if _, err := program.Ready(ctx); err != nil {
		return fmt.Errorf("the function did not ask for an event: %w", err)
	}
	return serve(ctx, i, &runtime{image: i, program: program})
}

// runtime invokes the function for every request.
type runtime struct {
	image

	program *runtimetest.Program

	mu   sync.Mutex // one event at a time
	told int        // how much of the function's log has been passed on
}

// ServeHTTP takes the requests of s: InvokeFunction, and those to a URL, which
// come with their path in a header.
func (r *runtime) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if !strings.HasSuffix(request.URL.Path, "/invocations") {
		http.Error(w, "only s local asks here", http.StatusNotFound) // it tries whether anybody is there
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxEvent))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	over := request.Header.Get("X-Fc-Event-Type") == "HTTP"
	if over {
		body, err = json.Marshal(r.newEvent(request, body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	result, err := r.invoke(request.Context(), w.Header(), body)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
	case result.Failed:
		w.Header().Set("X-Fc-Error-Type", "UnhandledInvocationError")
		w.WriteHeader(http.StatusOK) // so the platform answers
		_, _ = w.Write(result.Payload)
	case over:
		answer(w, result.Payload)
	default:
		_, _ = w.Write(result.Payload)
	}
}

// invoke hands an event over, and says in the header of the answer how it went.
func (r *runtime) invoke(ctx context.Context, header http.Header, payload []byte) (runtimetest.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	event := runtimetest.Event{Payload: payload, Timeout: r.timeout(), Header: http.Header{}}
	r.describe(event.Header, "")
	id := event.Header.Get("X-Fc-Request-Id")
	event.Header.Del("X-Fc-Request-Id") // the Runtime API has names of its own
	ctx, cancel := context.WithTimeout(ctx, event.Timeout)
	defer cancel()
	result, err := r.program.Invoke(ctx, event)
	log := r.log(ctx)
	fmt.Fprint(r.out, log)
	header.Set("X-Fc-Log-Result", base64.StdEncoding.EncodeToString([]byte(log[max(0, len(log)-4096):])))
	if err != nil {
		return result, fmt.Errorf("invoke: %w", err)
	}
	memory, err := r.program.Resident()
	if err != nil {
		return result, fmt.Errorf("measure: %w", err)
	}
	header.Set("X-Fc-Request-Id", id)
	header.Set("X-Fc-Invocation-Duration", strconv.FormatInt(result.Took.Milliseconds(), 10))
	header.Set("X-Fc-Max-Memory-Usage", fmt.Sprintf("%.1f", float64(memory)/(1<<20)))
	return result, nil
}

// log is what the function has written since the last event. The line that ends an
// invocation comes after its answer, so it is waited for.
func (r *runtime) log(ctx context.Context) string {
	for range 40 {
		if strings.Contains(r.program.Stdout()[r.told:], " End RequestId: ") || (clock.System{}).Sleep(ctx, 5*time.Millisecond) != nil {
			break
		}
	}
	all := r.program.Stdout()
	defer func() { r.told = len(all) }()
	return all[r.told:]
}

package go1_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/fc/go1"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// The SDK's loop, in this process: it can be started once, and finds the Runtime
// API in the environment.
func TestServe(t *testing.T) {
	api, err := runtimetest.Listen(t.Context(), runtimetest.FunctionCompute())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("FC_RUNTIME_API", api.Address())
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // nobody asks it
	i, log := open(t, environ(t, config.Refresh))
	ended := make(chan int, 1)
	go go1.Serve(t.Context(), i, func(code int) {
		ended <- code
		runtime.Goexit()
	})
	for name, event := range map[string]runtimetest.Event{
		"initializer":        {Header: http.Header{"X-Fc-Function-Type": {"1"}}},
		"pre-freeze":         {Header: http.Header{"X-Fc-Function-Type": {"3"}}},
		"a tick":             {Payload: envelopetest.Timer()},
		"without a deadline": {Payload: envelopetest.Timer(), Header: http.Header{"X-Fc-Function-Deadline": nil, "X-Fc-Function-Timeout": nil}},
		"pre-stop":           {Header: http.Header{"X-Fc-Function-Type": {"2"}}},
	} {
		if r, err := api.Invoke(t.Context(), event); err != nil || r.Failed {
			t.Errorf("%s: got %s, %v", name, r.Payload, err)
		}
	}
	if r, err := api.Invoke(t.Context(), runtimetest.Event{}); err != nil || !r.Failed || r.Failure.Type != "invalid" || len(r.Failure.Stack) != 0 {
		t.Errorf("an empty event: got %s, %v", r.Payload, err)
	}
	if err := api.Close(); err != nil {
		t.Error(err)
	}
	select {
	case code := <-ended:
		if code != 1 || !strings.Contains(log.String(), "the Runtime API is gone") {
			t.Errorf("ended with %d: %s", code, log)
		}
	case <-time.After(20 * time.Second):
		t.Error("the loop goes on without a Runtime API")
	}
}

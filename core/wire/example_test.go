package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// A call of a driver whose platform is too busy to take it.
func Example() {
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprint(w, `{"Code":"Busy","Message":"come back, or see https://example.com/?Signature=made-up"}`)
	}))
	defer platform.Close()

	to, _ := wire.ParseEndpoint(platform.URL, false)
	line, _ := wire.NewLine(func(context.Context) (string, error) { return "made-up", nil }, nil, time.Second)
	ctx, cancel := context.WithTimeout(context.Background(), line.Timeout())
	defer cancel()

	exchange := line.Exchange(ctx, to, 1<<20)
	sent := wire.Guard(func() error { // an SDK takes the place of this client
		request, err := http.NewRequest(http.MethodGet, to.String(), http.NoBody)
		if err != nil {
			return err
		}
		response, err := (&http.Client{Transport: exchange}).Do(request)
		if err != nil {
			return err
		}
		return response.Body.Close()
	})
	answer, err := exchange.Answer("Refresh", sent)
	if err != nil {
		fmt.Println(err)
		return
	}

	var top struct{ Code, Message string }
	err = json.Unmarshal(answer.Body, &top)
	judge := wire.Judge{
		Op: "Refresh", Now: time.Now(),
		Classify: func(string) (core.Kind, time.Duration) { return core.Throttled, 0 },
		Redact:   func(text string) string { return wire.Redact(text, "made-up-key") },
	}
	refused, _ := errors.AsType[*core.Error](judge.Refusal(answer, wire.Envelope{Object: err == nil, Code: top.Code, Message: top.Message}))
	fmt.Println(refused)
	fmt.Println(refused.Kind, refused.RetryAfter)
	// Output:
	// Refresh: come back, or see (URL) (Busy)
	// throttled 7s
}

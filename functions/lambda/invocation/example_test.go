package invocation_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/invocation"
)

// A handler is what the runtime's library calls with each event.
func Example() {
	handler := invocation.New(invocation.Config{
		Function: config.Refresh,
		HTTP:     http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }),
		Tick:     func(context.Context) error { fmt.Println("a minute has passed"); return nil },
		Clock:    clock.System{}, Log: slog.New(slog.DiscardHandler),
	})
	answer, err := handler.Invoke(context.Background(), []byte(`{"vodrefresh":"tick"}`))
	fmt.Println(string(answer), err)
	_, err = handler.Invoke(context.Background(), []byte(`{"Records":[{"EventSource":"aws:sns"}]}`))
	fmt.Println(err)
	// Output:
	// a minute has passed
	// null <nil>
	// record 1 of 1 is of "aws:sns", only aws:sqs is known
}

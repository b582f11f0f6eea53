package runtimetest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// A program asks for events; Start runs a built one, and here a few lines do as
// one does.
func Example() {
	ctx := context.Background()
	api, err := runtimetest.Listen(ctx, runtimetest.AWS())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = api.Close() }()
	go func() {
		invocation := "http://" + api.Address() + "/2018-06-01/runtime/invocation/"
		event, err := http.Get(invocation + "next")
		if err != nil {
			return
		}
		defer event.Body.Close()
		name, _ := io.ReadAll(event.Body)
		answer := strings.NewReader("hello " + string(name))
		taken, err := http.Post(invocation+event.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "text/plain", answer)
		if err == nil {
			defer taken.Body.Close()
		}
	}()
	result, err := api.Invoke(ctx, runtimetest.Event{Payload: []byte("world")})
	fmt.Println(string(result.Payload), result.Failed, err)
	// Output: hello world false <nil>
}

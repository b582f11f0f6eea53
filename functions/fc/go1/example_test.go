package go1_test

import (
	"context"
	"fmt"
	"io"

	"github.com/vodrefresh/vodrefresh/functions/fc/go1"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
)

func ExampleHandler() {
	ctx := context.Background()
	i, err := instance.Open(ctx, instance.Options{Environ: []string{"FUNCTION=callback"}, Out: io.Discard})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := go1.Handler(i)(ctx, []byte(`{"version":"v1","rawPath":"/healthz","requestContext":{"http":{"method":"GET"}}}`))
	fmt.Printf("%+v %v\n", answer, err)
	// Output: {StatusCode:200 Headers:map[Content-Type:text/plain; charset=utf-8] IsBase64Encoded:false Body:ok
	// } <nil>
}

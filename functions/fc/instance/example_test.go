package instance_test

import (
	"context"
	"fmt"
	"io"

	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
)

func ExampleOpen() {
	ctx := context.Background()
	i, err := instance.Open(ctx, instance.Options{Environ: []string{"FUNCTION=callback"}, Out: io.Discard})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = i.Handle(ctx, envelope.Event{Kind: envelope.Timer})
	fmt.Println(err)
	fmt.Println(i.Close())
	// Output:
	// an event of kind "timer" is not for FUNCTION=callback, which takes requests of an HTTP trigger
	// <nil>
}

package sqs_test

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

func ExampleOpen() {
	environment := map[string]string{"AWS_ACCESS_KEY_ID": "AKIAMADEUP", "AWS_SECRET_ACCESS_KEY": "made-up"}
	options := sqs.Options{
		Store:  memory.NewStore(nil), // in earnest, one that lasts
		Getenv: func(name string) string { return environment[name] },
	}
	queue, err := sqs.Open("sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod", options)
	fmt.Println(err)
	var _ core.Queue = queue

	_, err = sqs.Open("sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod.fifo", options)
	fmt.Println(core.KindOf(err))
	// Output:
	// <nil>
	// invalid
}

package onaws_test

import (
	"context"
	"fmt"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onaws"
)

func ExampleDriver() {
	cfg, err := config.Lambda.Load([]string{
		"FUNCTION=refresh", "STORE_URL=none:",
		"QUEUE_URL=sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod.fifo", // in earnest, a standard queue
	})
	if err != nil {
		panic(err)
	}
	_, err = engine.Open(context.Background(), cfg, engine.Options{}, onaws.Driver())
	fmt.Println(err)
	// Output: QUEUE_URL=sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod.fifo: sqs open: invalid: URL: must have the account's 12 digits and the name of a standard queue after the host, not "sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod.fifo"
}

package onredis_test

import (
	"context"
	"fmt"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onredis"
)

func ExampleDriver() {
	cfg, err := config.FunctionCompute.Load([]string{"FUNCTION=callback", "QUEUE_URL=redis://:secret@r-1.example.com:6379/0?prefix=shop"})
	if err != nil {
		panic(err)
	}
	engines, err := engine.Open(context.Background(), cfg, engine.Options{}, onredis.Driver()) // a function waits for no server
	if err != nil {
		panic(err)
	}
	fmt.Println(cfg.QueueURL, engines.Queue != nil, engines.Store != nil, engines.Close())
	// Output: redis://r-1.example.com:6379/0?prefix=shop true false <nil>
}

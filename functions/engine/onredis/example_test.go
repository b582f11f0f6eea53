package onredis_test

import (
	"context"
	"fmt"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onredis"
)

func ExampleDriver() {
	cfg, err := config.FunctionCompute.Load([]string{"FUNCTION=callback", "QUEUE_URL=redis://:secret@r-1.example.com:6379/jobs"})
	if err != nil {
		panic(err)
	}
	_, err = engine.Open(context.Background(), cfg, engine.Options{}, onredis.Driver())
	fmt.Println(core.KindOf(err))
	fmt.Println(err)
	// Output:
	// invalid
	// QUEUE_URL=redis://r-1.example.com:6379/jobs: redis connect: invalid: URL: must have nothing but the number of a database after the host, not ***
}

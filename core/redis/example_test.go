package redis_test

import (
	"context"
	"fmt"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
)

func ExampleConnect() {
	_, err := redis.Connect(context.Background(), "redis://:p@ssword/1@localhost", redis.Options{})
	fmt.Println(core.KindOf(err))
	fmt.Println(err)
	// Output:
	// invalid
	// redis connect: invalid: URL: must have nothing but the number of a database after the host, not ***
}

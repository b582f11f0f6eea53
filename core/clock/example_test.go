package clock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

func ExampleFake() {
	fake := clock.NewFake(time.Date(2026, 3, 20, 23, 59, 0, 0, time.UTC))
	if err := fake.Sleep(context.Background(), 2*time.Minute); err != nil {
		fmt.Println(err)
	}
	fake.Advance(-time.Second)
	fmt.Println(fake.Now().Format(time.DateTime), fake.Slept())
	// Output:
	// 2026-03-21 00:00:59 [2m0s]
}

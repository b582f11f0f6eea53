package onnats_test

import (
	"context"
	"fmt"
	"os"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onnats"
)

func ExampleDriver() {
	dir, err := os.MkdirTemp("", "onnats")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cfg, err := config.Load([]string{"QUEUE_URL=embedded:", "STORE_URL=embedded:", "DATA_DIR=" + dir})
	if err != nil {
		panic(err)
	}
	engines, err := engine.Open(context.Background(), cfg, engine.Options{}, onnats.Driver())
	if err != nil {
		panic(err)
	}
	depth, err := engines.Queue.Depth(context.Background())
	fmt.Println(depth, err)
	records, err := engines.Store.Get(context.Background(), []string{"nobody"})
	fmt.Println(len(records), err)
	fmt.Println(engines.Health(), engines.Close())
	// Output:
	// {0 0 0} <nil>
	// 1 <nil>
	// <nil> <nil>
}

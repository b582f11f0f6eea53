// Command main is each of the three functions on Alibaba Cloud Function Compute:
// FUNCTION says which. It is the binary of the built-in runtime go1, and the
// server of a custom runtime where there is no Runtime API.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/vodrefresh/vodrefresh/functions/fc/custom"
	"github.com/vodrefresh/vodrefresh/functions/fc/go1"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		slog.New(slog.NewJSONHandler(os.Stdout, nil)).Error("no start", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	_, builtIn := os.LookupEnv("FC_RUNTIME_API")
	i, err := instance.Open(ctx, instance.Options{Environ: os.Environ(), Out: os.Stdout, Concurrent: !builtIn})
	if err != nil {
		return err
	}
	if builtIn {
		go1.Serve(ctx, i, os.Exit)
	}
	return custom.Run(ctx, i, custom.Where(os.Environ()))
}

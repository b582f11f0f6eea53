// Command load measures the server from outside: it builds the program, starts
// it with a simulated platform and a sender, each in a process of its own, and
// judges what the platform was asked for against what the callbacks said. The
// scripts bench and crash beside it are its front doors.
//
// It may import core, events, and the NATS server for the cluster that several
// servers share; nothing of functions, which it meets over HTTP only.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], session{out: os.Stdout, err: os.Stderr, clock: clock.System{}, build: goBuild})
	stop()
	os.Exit(code)
}

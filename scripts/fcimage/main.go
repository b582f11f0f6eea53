// Command fcimage is what Function Compute is to a function, in a container image
// from scratch: scripts/fc-local has Serverless Devs run it in place of the
// platform's own images, which have to be downloaded and hold a system each.
//
// Of the built-in runtime go1 it makes events and hands them to the program of
// /code over a Runtime API on the loopback. Of custom runtimes it starts the
// command and passes requests on to it, with the headers by which the platform
// says what they are; those that a client sends of this kind are dropped.
//
// It may import functions/runtimetest, whose Runtime API it is, and core/clock.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, image{args: os.Args[1:], environ: os.Environ(), code: "/code/", out: os.Stdout})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fcimage:", err)
		os.Exit(1)
	}
}

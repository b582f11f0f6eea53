// Command samlocal runs the functions under `sam local`, in containers of the
// emulator that AWS ships, against simulated platforms and emulators of SQS and
// DynamoDB, and judges what they answer and what the platforms were asked for.
// scripts/sam-local prepares what it needs and is its front door.
//
// It may import core, events, the reader of the template and the account that the
// shared table of requests is made with; nothing of what it judges.
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
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "samlocal:", err)
		os.Exit(1)
	}
}

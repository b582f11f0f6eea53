// Command vodrefresh is the local server and the operator's command line:
// serve, demo, and the tools to send, sign and verify callbacks, to refresh and
// preload by hand, and to ask for jobs and quota.
package main

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/local/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command.Run(ctx, os.Args[1:], command.Host{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ(),
		Clock: clock.System{}, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment},
	})
	stop()
	os.Exit(code)
}

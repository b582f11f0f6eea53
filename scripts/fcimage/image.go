package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// image is what the container is started with.
type image struct {
	args    []string
	environ []string // NAME=value lines
	code    string   // the folder of the function's code, with a slash
	out     io.Writer
}

// variable is one of the environment, or otherwise.
func (i image) variable(name, otherwise string) string {
	for _, line := range i.environ {
		if value, ok := strings.CutPrefix(line, name+"="); ok && value != "" {
			return value
		}
	}
	return otherwise
}

// event is the event of a custom runtime, which comes as an argument.
func (i image) event() (payload string, ok bool) {
	for n, arg := range i.args {
		if arg == "--event" {
			return strings.Join(i.args[n+1:], " "), true
		}
	}
	return "", false
}

// timeout is the function's.
func (i image) timeout() time.Duration {
	timeout, err := time.ParseDuration(i.variable("FC_TIMEOUT", "") + "s")
	if err != nil {
		return time.Minute
	}
	return timeout
}

// run is one life of the container: until ctx ends, or until one event has been
// answered.
func run(ctx context.Context, i image) error {
	command := strings.Fields(i.variable("AGENT_SCRIPT", ""))
	if strings.HasPrefix(i.variable("FC_RUNTIME", ""), "custom") && len(command) == 0 {
		return errors.New("AGENT_SCRIPT: a custom runtime has a command (customRuntimeConfig)")
	}
	if len(command) > 0 {
		return custom(ctx, i, command)
	}
	return builtIn(ctx, i)
}

// serve answers requests from outside of the container until ctx ends.
func serve(ctx context.Context, i image, handler http.Handler) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("", i.variable("FC_CUSTOM_LISTEN_PORT", "9000")))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	fmt.Fprintf(i.out, "fcimage: %s listens on %s\n", i.variable("FC_RUNTIME", "the function"), l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

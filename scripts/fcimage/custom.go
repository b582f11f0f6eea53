package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// within is how long a custom runtime has until it listens.
//
// Source: Function Compute, "Custom runtime: specifications".
const within = 2 * time.Minute

// custom starts the command of a custom runtime and is the platform before it.
func custom(ctx context.Context, i image, command []string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // it is the function's own
	cmd.Env = slices.Concat(i.environ, []string{"FC_SERVER_PORT=" + port, "FC_CUSTOM_LISTEN_PORT=" + port})
	cmd.Stdout, cmd.Stderr = i.out, i.out
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	go func() { cancel(fmt.Errorf("%s ended: %w", command[0], errors.Join(cmd.Wait(), errEnded))) }()

	address := net.JoinHostPort("127.0.0.1", port)
	if err := listens(ctx, address); err != nil {
		return err
	}
	if payload, ok := i.event(); ok {
		err = invoke(ctx, i, address, payload)
	} else {
		err = serve(ctx, i, proxy(i, address))
	}
	if cause := context.Cause(ctx); errors.Is(cause, errEnded) {
		err = cause
	}
	return err
}

var errEnded = errors.New("it is not to end")

// freePort is a port of the loopback that nobody listens on.
func freePort(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a port: %w", err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port, l.Close()
}

// listens waits until somebody listens.
func listens(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		if err := (clock.System{}).Sleep(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("the function does not listen: %w", context.Cause(ctx))
		}
	}
}

// proxy passes requests of clients on.
func proxy(i image, address string) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.Out.Host = r.In.Host
			dropPlatform(r.Out.Header)
			i.describe(r.Out.Header, "/http-invoke")
		},
		ModifyResponse: func(r *http.Response) error {
			dropPlatform(r.Header)
			return nil
		},
	}
}

// invoke hands one event over and prints what comes back.
func invoke(ctx context.Context, i image, address, payload string) error {
	ctx, cancel := context.WithTimeout(ctx, i.timeout())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/invoke", bytes.NewReader([]byte(payload)))
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	i.describe(request.Header, "/invoke")
	response, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
	if err != nil {
		return fmt.Errorf("invoke: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	fmt.Fprintln(i.out, strings.TrimSpace(string(body)))
	if status := response.Header.Get("X-Fc-Status"); response.StatusCode != http.StatusOK || status != "200" {
		return fmt.Errorf("the function failed: HTTP %d, x-fc-status %q", response.StatusCode, status)
	}
	return nil
}

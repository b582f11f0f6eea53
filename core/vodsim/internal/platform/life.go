// Package platform holds what every simulated platform has: a life with an end,
// a log of its calls, faults, a limit on the rate of calls, and a client that
// posts its callbacks.
//
// It may import the standard library only.
package platform

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Life is the life of a platform. It may get a port of its own, and when it
// ends, it waits for all that it began. Make one with [NewLife].
type Life struct {
	name string
	ctx  context.Context //nolint:containedctx // the life itself: Close ends it
	stop context.CancelFunc
	busy sync.WaitGroup // open requests, work that will call back, the listener

	mu     sync.Mutex // guards what follows
	closed bool
	http   *http.Server
}

// NewLife begins a life. Its errors begin with the name.
func NewLife(name string) *Life {
	ctx, stop := context.WithCancel(context.Background())
	return &Life{name: name, ctx: ctx, stop: stop}
}

// Context ends when the life does.
func (l *Life) Context() context.Context { return l.ctx }

// Start listens on a free port of 127.0.0.1 and returns its URL, http and
// without a path. It fails on a life that was started or closed.
func (l *Life) Start(handler http.Handler) (url string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.http != nil {
		return "", fmt.Errorf("%s: the server was already started or closed", l.name)
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(l.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("%s: listen on the loopback address: %w", l.name, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	l.http = server
	l.busy.Go(func() { _ = server.Serve(listener) })
	return "http://" + listener.Addr().String(), nil
}

// Close stops the listener, cuts requests and work short and waits until they
// have ended. Closing again does nothing.
func (l *Life) Close() error {
	l.mu.Lock()
	l.closed = true
	server := l.http
	l.mu.Unlock()

	l.stop()
	var err error
	if server != nil {
		err = server.Close()
	}
	l.busy.Wait()
	return err
}

// Go runs work beside the caller, and does nothing after the end. The work is
// to watch [Life.Context].
func (l *Life) Go(work func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.busy.Go(work)
	}
}

// Enter counts what the caller does as open until it leaves. The context that
// it gets also ends with the life. After the end nothing can be entered.
func (l *Life) Enter(ctx context.Context) (bound context.Context, leave func(), open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, false
	}
	l.busy.Add(1)
	bound, cancel := context.WithCancel(ctx)
	untie := context.AfterFunc(l.ctx, cancel)
	return bound, func() {
		untie()
		cancel()
		l.busy.Done()
	}, true
}

package custom

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
)

// drain is how long open requests may take to finish once the instance is to
// end: longer than the longest works.
const drain = 27 * time.Second

// Run is [Serve] on the port that the platform connects to.
func Run(ctx context.Context, i *instance.Instance, p Place) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.Addr)
	if err != nil {
		return errors.Join(err, i.Close())
	}
	return Serve(ctx, i, p, l)
}

// Serve answers requests on the listener until ctx ends; then it finishes the
// open ones and the calls under way, closes the instance and returns. It closes
// the listener.
//
// Inside Function Compute only the platform connects. It keeps connections open,
// freezes the instance between requests for as long as it likes, and answers 502
// where a connection is closed under its hands; it also ends a request that lasts
// too long. So there only headers have a time of their own.
func Serve(ctx context.Context, i *instance.Instance, p Place, l net.Listener) error {
	server := &http.Server{
		Handler:           Handler(i, p.Inside),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       -1,
		MaxHeaderBytes:    64 << 10, // 8 KiB of a client's, and a token
		ErrorLog:          slog.NewLogLogger(i.Log.Handler(), slog.LevelWarn),
	}
	if !p.Inside {
		server.ReadTimeout, server.WriteTimeout, server.IdleTimeout = 10*time.Second, 30*time.Second, time.Minute
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { i.Run(background) })
	i.Log.InfoContext(ctx, "listening", "addr", l.Addr().String(), "inside", p.Inside)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		err = shutDown(background, server)
	}
	stop()
	running.Wait() // calls that outlast their requests are written down, too
	return errors.Join(err, i.Close())
}

// shutDown finishes open requests.
func shutDown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, drain)
	defer cancel()
	if server.Shutdown(ctx) == nil {
		return nil
	}
	_ = server.Close()
	return core.Errorf(core.Unavailable, "open requests did not finish within %s", drain)
}

package service

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// drain is how long open requests may take to finish after a shutdown began:
// longer than the longest request works.
const drain = 27 * time.Second

// Run does the background work until ctx ends, and finishes what is under way:
// for whoever serves Handler by other means than [Service.Serve].
func (s *Service) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, work := range slices.Concat(s.peers, s.background) {
		running.Go(func() { work(ctx) })
	}
	running.Wait()
}

// Serve answers requests on the listener, empties the queue and follows jobs until
// ctx ends; then it takes no new requests, finishes the open ones and the calls
// under way, and returns nil. It closes
// the listener.
func (s *Service) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      30 * time.Second, // reading and the longest request together
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	background := context.WithoutCancel(ctx)
	working, stop := context.WithCancel(background)
	var running sync.WaitGroup
	running.Go(func() { s.Run(working) })
	defer running.Wait()
	defer stop()

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	close(s.draining)
	s.log.InfoContext(ctx, "shutting down: finishing open requests", "deadline", drain.String())
	deadline, cancel := context.WithTimeout(background, drain)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		_ = server.Close()
		return core.Errorf(core.Unavailable, "open requests did not finish within %s", drain)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	for count, n := range s.Counts.All() {
		s.log.InfoContext(ctx, "callbacks answered", "event_type", count.EventType, "verdict", count.Verdict, "count", n)
	}
	if n, err := s.Follower.Pending(background); !s.lasting && n > 0 && err == nil {
		s.log.WarnContext(ctx, "jobs under way are no longer followed: no store remembers them", "jobs", n)
	}
	return nil
}

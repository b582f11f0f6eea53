package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"
)

// listening is a handler and the address that it is to have.
type listening struct {
	address string
	handler http.Handler
}

// announcement is the line by which a process that this program starts of itself
// says where it is.
type announcement struct {
	URLs []string `json:"urls"`
}

// serve announces the handlers and serves them until ctx ends.
func (s *session) serve(ctx context.Context, all ...listening) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(all))
	var said announcement
	for _, one := range all {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", one.address)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: one.handler, ReadHeaderTimeout: 10 * time.Second}
		context.AfterFunc(ctx, func() { _ = server.Close() })
		go func() { ended <- server.Serve(listener) }()
		said.URLs = append(said.URLs, "http://"+listener.Addr().String())
	}
	if err := s.announce(said); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// announce writes the line.
func (s *session) announce(said announcement) error { return json.NewEncoder(s.out).Encode(said) }

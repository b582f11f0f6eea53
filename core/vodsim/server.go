package vodsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a video platform. It is an [http.Handler], safe for concurrent
// use; [Server.Start] gives it a port of its own. Make one with [New], and
// [Server.Close] it.
type Server struct {
	cfg  Config
	ctx  context.Context //nolint:containedctx // the life of the server: Close ends it
	stop context.CancelFunc
	busy sync.WaitGroup // open requests, jobs that will call back, the listener

	mu      sync.Mutex // guards what follows
	closed  bool
	http    *http.Server
	faults  []*Fault
	calls   []Call
	issued  issuer
	replays replays
	pace    pace
	quota   quota
	library library
	jobs    jobs
	tasks   tasks
}

// New makes a platform without media, faults or jobs.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	ctx, stop := context.WithCancel(context.Background())
	return &Server{
		cfg: cfg, ctx: ctx, stop: stop,
		issued:  issuer{seed: cfg.Clock.Now().UnixNano()},
		replays: replays{until: map[string]time.Time{}},
		pace:    pace{limit: cfg.Rate, recent: map[string][]time.Time{}},
		quota:   newQuota(cfg),
		library: library{media: map[string]Media{}, any: cfg.AnyMedia},
		jobs:    jobs{byID: map[string]*job{}, submit: cfg.SubmitTime},
		tasks:   tasks{byID: map[string][]*task{}, run: cfg.RefreshTime},
	}
}

// Start listens on a free port of 127.0.0.1 and returns the server's URL,
// http and without a path. It fails on a server that was started or closed.
func (s *Server) Start() (url string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.http != nil {
		return "", errors.New("vodsim: the server was already started or closed")
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(s.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("vodsim: listen on the loopback address: %w", err)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.http = server
	s.busy.Go(func() { _ = server.Serve(listener) })
	return "http://" + listener.Addr().String(), nil
}

// Close stops the listener, cuts open requests and callbacks short and waits
// until they have ended. What is called later is answered with 503. Closing
// again does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	server := s.http
	s.mu.Unlock()

	s.stop()
	var err error
	if server != nil {
		err = server.Close()
	}
	s.busy.Wait()
	return err
}

// enter counts a request as open, unless the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.busy.Add(1)
	}
	return !s.closed
}

// ServeHTTP answers a call of the platform's API. Like every handler it panics
// with [http.ErrAbortHandler] to cut the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		answer{refused: refuse(serviceUnavailable)}.write(w, r.Host, "")
		return
	}
	defer s.busy.Done()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)() //nolint:contextcheck // the request also ends with the server

	s.serveRPC(w, r.WithContext(ctx))
}

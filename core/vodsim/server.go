package vodsim

import (
	"net/http"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
)

// Server is a video platform. It is an [http.Handler], safe for concurrent
// use; [Server.Start] gives it a port of its own. Make one with [New], and
// [Server.Close] it.
type Server struct {
	cfg    Config
	life   *platform.Life
	faults platform.Faults[FaultKind]
	calls  platform.Log[Call]

	mu      sync.Mutex // guards what follows
	issued  issuer
	replays replays
	pace    *platform.Pace
	quota   quota
	library library
	jobs    jobs
	tasks   tasks
}

// New makes a platform without media, faults or jobs.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	return &Server{
		cfg: cfg, life: platform.NewLife("vodsim"),
		issued:  issuer{seed: cfg.Clock.Now().UnixNano()},
		replays: replays{until: map[string]time.Time{}},
		pace:    platform.NewPace(time.Second),
		quota:   newQuota(cfg),
		library: library{media: map[string]Media{}, any: cfg.AnyMedia},
		jobs:    jobs{byID: map[string]*job{}, submit: cfg.SubmitTime},
		tasks:   tasks{byID: map[string][]*task{}, run: cfg.RefreshTime},
	}
}

// Start listens on a free port of 127.0.0.1 and returns the server's URL,
// http and without a path. It fails on a server that was started or closed.
func (s *Server) Start() (url string, err error) { return s.life.Start(s) }

// Close stops the listener, cuts open requests and callbacks short and waits
// until they have ended. What is called later is answered with 503. Closing
// again does nothing.
func (s *Server) Close() error { return s.life.Close() }

// ServeHTTP answers a call of the platform's API. Like every handler it panics
// with [http.ErrAbortHandler] to cut the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, leave, open := s.life.Enter(r.Context())
	if !open {
		answer{refused: refuse(serviceUnavailable)}.write(w, r.Host, "")
		return
	}
	defer leave()
	s.serveRPC(w, r.WithContext(ctx))
}

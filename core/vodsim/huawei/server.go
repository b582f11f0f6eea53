package huawei

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
)

// Server is a video platform. It is an [http.Handler], safe for concurrent
// use; [Server.Start] gives it a port of its own. Make one with [New], and
// [Server.Close] it.
type Server struct {
	cfg      Config
	life     *platform.Life
	faults   platform.Faults[FaultKind]
	calls    platform.Log[Call]
	identity func() (identity, error)
	started  time.Time

	mu      sync.Mutex // guards what follows
	issued  uint64
	pace    *platform.Pace
	quota   quota
	library library
	tasks   tasks
}

// New makes a platform without assets, faults or tasks.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	return &Server{
		cfg: cfg, life: platform.NewLife("vodsim/huawei"),
		identity: onceIdentity(cfg), started: cfg.Clock.Now(),
		pace:    platform.NewPace(time.Minute),
		quota:   newQuota(cfg),
		library: library{assets: map[string]Asset{}, any: cfg.AnyMedia},
		tasks:   tasks{byID: map[string]task{}, run: cfg.RefreshTime},
	}
}

// Start listens on a free port of 127.0.0.1 and returns the server's URL,
// http and without a path. It fails on a server that was started or closed.
func (s *Server) Start() (url string, err error) { return s.life.Start(s) }

// Close stops the listener, cuts open requests and messages short and waits
// until they have ended. What is called later is answered with 503. Closing
// again does nothing.
func (s *Server) Close() error { return s.life.Close() }

// ServeHTTP answers a call of the platform's API. Like every handler it panics
// with [http.ErrAbortHandler] to cut the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, leave, open := s.life.Enter(r.Context())
	if !open {
		refuse(unreachable).answer("").write(w, "")
		return
	}
	defer leave()
	s.serve(w, r.WithContext(ctx))
}

// identifier returns 32 hex digits: none twice within a server, and those of
// one start unlike those of the next. Task, message and request IDs look like
// that in every published sample.
func (s *Server) identifier() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nextID()
}

// nextID is [Server.identifier] for those who hold the lock.
func (s *Server) nextID() string {
	s.issued++
	return fmt.Sprintf("%016x%016x", s.started.UnixNano(), s.issued)
}

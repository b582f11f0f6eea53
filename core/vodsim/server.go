package vodsim

import (
	"cmp"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
)

// Server is a video platform. It is an [http.Handler], safe for concurrent
// use; [Server.Start] gives it a port of its own. Make one with [New], and
// [Server.Close] it.
type Server struct {
	cfg    Config
	life   *platform.Life
	faults platform.Faults[FaultKind]
	calls  platform.Log[Call]

	storage *oss.Server // has a lock of its own, to be taken after this one's

	mu      sync.Mutex // guards what follows
	issued  issuer
	replays replays
	pace    *platform.Pace
	quota   quota
	library library
	jobs    jobs
	tasks   tasks
	uploads uploads

	callbacks map[string]MessageCallback // by application
}

// New makes a platform without media, faults or jobs.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	s := &Server{
		cfg: cfg, life: platform.NewLife("vodsim"),
		issued:  issuer{seed: cfg.Clock.Now().UnixNano()},
		replays: replays{until: map[string]time.Time{}},
		pace:    platform.NewPace(time.Second),
		quota:   newQuota(cfg),
		library: library{media: map[string]Media{}, any: cfg.AnyMedia},
		jobs:    jobs{byID: map[string]*job{}, submit: cfg.SubmitTime},
		tasks:   tasks{byID: map[string][]*task{}, run: cfg.RefreshTime},
		uploads: uploads{endpoint: cfg.UploadEndpoint, objects: map[string]string{}, videos: map[string]string{}},
	}
	s.storage = oss.New(oss.Config{Expired: cfg.UploadExpired, Stored: s.uploaded, Clock: cfg.Clock})
	return s
}

// Start listens on a free port of 127.0.0.1 and returns the server's URL,
// http and without a path. It fails on a server that was started or closed.
func (s *Server) Start() (url string, err error) {
	url, err = s.life.Start(s)
	if err != nil {
		return "", err
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads.endpoint = cmp.Or(s.uploads.endpoint, "http://localhost:"+port)
	return url, nil
}

// Close stops the listener, cuts open requests and callbacks short and waits
// until they have ended. What is called later is answered with 503. Closing
// again does nothing.
func (s *Server) Close() error { return s.life.Close() }

// ServeHTTP answers a call of the platform's API, or of the storage for uploads
// if the host's name begins with that of the bucket. Like every handler it
// panics with [http.ErrAbortHandler] to cut the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, leave, open := s.life.Enter(r.Context())
	if !open {
		answer{refused: refuse(serviceUnavailable)}.write(w, r.Host, "")
		return
	}
	defer leave()
	if strings.HasPrefix(r.Host, s.storage.Bucket()+".") {
		s.storage.ServeHTTP(w, r.WithContext(ctx))
		return
	}
	s.serveRPC(w, r.WithContext(ctx))
}

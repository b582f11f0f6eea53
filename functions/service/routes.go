package service

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/bearer"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/credentials"
	"github.com/vodrefresh/vodrefresh/functions/problem"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// NothingHere is what an answer says at a path that the service does not have.
const NothingHere = "there is nothing at this path"

// routes is the HTTP surface.
func (s *Service) routes(cfg config.Config, uploads http.Handler, callbacks callback.Config, requests refresh.Config) http.Handler {
	mux := http.NewServeMux()
	route := func(method, path string, h http.Handler) {
		mux.Handle(method+" "+path, h)
		mux.Handle(path, notAllowed(method))
	}
	token := func(h http.Handler) http.Handler { return bearer.Require(cfg.APITokens, h) }
	if cfg.Function.Is(config.Callback) {
		route(http.MethodPost, "/callbacks/aliyun", callback.Aliyun(callbacks))
		route(http.MethodPost, "/callbacks/huawei", callback.Huawei(callbacks))
	}
	if cfg.Function.Is(config.Refresh) {
		route(http.MethodPost, "/v1/refresh", token(refresh.Submit(requests)))
		route(http.MethodGet, "/v1/jobs", token(refresh.Jobs(requests)))
		route(http.MethodGet, "/v1/jobs/{provider}/{id}", token(refresh.Job(requests)))
		route(http.MethodGet, "/v1/quota", token(refresh.Quota(requests)))
		route(http.MethodGet, "/v1/dead", token(refresh.Dead(requests)))
		route(http.MethodPost, "/v1/dead/redrive", token(refresh.Redrive(requests)))
	}
	if cfg.Function.Is(config.Credentials) {
		mux.Handle(credentials.Path, uploads)
	}
	route(http.MethodGet, "/healthz", http.HandlerFunc(healthy))
	route(http.MethodGet, "/readyz", http.HandlerFunc(s.ready))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, http.StatusNotFound, NothingHere)
	})
	return s.recovered(s.drained(mux))
}

// notAllowed answers requests with a method that a path does not have.
func notAllowed(method string) http.Handler {
	allow := strings.TrimSuffix(method+", "+map[string]string{http.MethodGet: http.MethodHead}[method], ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", allow)
		problem.Write(w, http.StatusMethodNotAllowed, "allowed here: "+allow)
	})
}

// healthy says that the process is alive.
func healthy(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }

// ready says whether requests should come here: not any more once it drains, nor
// while queue or store cannot be used.
func (s *Service) ready(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.draining:
		problem.Write(w, http.StatusServiceUnavailable, "shutting down")
		return
	default:
	}
	if err := s.usable(r.Context()); err != nil {
		problem.Write(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

// usable asks the engines whether they are.
func (s *Service) usable(ctx context.Context) error {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.health(); err != nil {
		return err
	}
	if s.queue != nil {
		if _, err := s.queue.Depth(ctx); err != nil {
			return err
		}
	}
	if !s.lasting {
		return nil
	}
	_, err := s.Follower.Pending(ctx)
	return err
}

// drained reads what a handler left of a body: a sender that is still writing
// would meet a reset instead of the answer. One that waits for 100 Continue
// writes nothing, and one that stalls is not waited for.
func (s *Service) drained(next http.Handler) http.Handler {
	const (
		most     = 32 << 20
		patience = 2 * time.Second
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if r.Header.Get("Expect") != "" || r.Body == nil {
			return
		}
		_ = http.NewResponseController(w).SetReadDeadline(s.clock.Now().Add(patience)) // a recorder in a test has none
		_, _ = io.CopyN(io.Discard, r.Body, most)
	})
}

// recovered answers a panic with 500: one bad request must not take others with
// it.
func (s *Service) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.rescue(w, r)
		next.ServeHTTP(w, r)
	})
}

// rescue ends a panic. Its text may hold anything and is not shown, unless it is
// the runtime's own.
func (s *Service) rescue(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		s.log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "panic", panicText(p), "stack", string(debug.Stack()))
		problem.Write(w, http.StatusInternalServerError, "an internal error; the log says more")
	}
}

func panicText(p any) string {
	if own, ok := p.(runtime.Error); ok {
		return own.Error()
	}
	return fmt.Sprintf("%T", p)
}

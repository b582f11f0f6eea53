package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	aliyunvod "github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// TestMain lets this binary be the processes that a measurement starts: load
// itself, and a stand-in for the server.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || strings.HasPrefix(os.Args[1], "-") {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	if os.Args[1] == "serve" {
		ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
		err := standIn(ctx)
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(run(ctx, os.Args[1:], session{out: os.Stdout, err: os.Stderr, clock: clock.System{}, build: itself}))
}

// itself makes this binary the program that is measured.
func itself(_ context.Context, _, program string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return os.Symlink(self, program)
}

// command runs a command line and returns the exit code, and what it said.
func command(ctx context.Context, line ...string) (code int, out, err string) {
	var stdout, stderr bytes.Buffer
	code = run(ctx, line, session{out: &stdout, err: &stderr, clock: clock.System{}, build: itself})
	return code, stdout.String(), stderr.String()
}

// standing is a server that submits each media before it answers, and each only
// once. What is wrong with it is its QUEUE_URL.
type standing struct {
	flaw   string
	client *aliyunvod.Client

	mu   sync.Mutex
	seen map[string]bool
	dead []string
}

func standIn(ctx context.Context) error {
	client, err := aliyunvod.New(aliyunvod.Config{Endpoint: os.Getenv("ALIYUN_VOD_ENDPOINT"), Credentials: credentials, Timeout: time.Second})
	if err != nil {
		return err
	}
	s := &standing{flaw: os.Getenv("QUEUE_URL"), client: client, seen: make(map[string]bool)}
	if s.flaw == "broken" {
		return io.ErrUnexpectedEOF
	}
	callbacks, err := receiver(clock.System{}, s.take)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /callbacks/aliyun", callbacks)
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /v1/dead", s.list)
	mux.HandleFunc("POST /v1/uploads/{video}/credentials", func(w http.ResponseWriter, r *http.Request) {
		if err := upload(w, r, client, s.flaw == "slow"); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
	s.resume(ctx)
	server := session{out: io.Discard, err: os.Stderr, clock: clock.System{}}
	return server.serve(ctx, listening{os.Getenv("LISTEN_ADDR"), mux})
}

// take submits what is wanted.
func (s *standing) take(ctx context.Context, e events.Event) error {
	if e.Kind != events.Transcoded {
		return nil
	}
	s.mu.Lock()
	known := s.seen[e.MediaID]
	s.seen[e.MediaID] = true
	lost := s.flaw == "loses one" && len(s.seen) == 5
	s.mu.Unlock()
	if known || lost {
		return nil
	}
	if s.flaw == "answers first" {
		go func() { _ = s.submit(context.WithoutCancel(ctx), e.MediaID) }()
		return s.remember(e.MediaID)
	}
	return s.submit(ctx, e.MediaID)
}

// remember notes a media for the next process.
func (s *standing) remember(media string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := os.OpenFile(os.Getenv("DATA_DIR"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the test's own folder
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = fmt.Fprintln(file, media)
	return err
}

// resume submits what an earlier process noted.
func (s *standing) resume(ctx context.Context) {
	text, _ := os.ReadFile(os.Getenv("DATA_DIR")) //nolint:gosec // the test's own folder
	for media := range strings.FieldsSeq(string(text)) {
		go func() { _ = s.submit(ctx, media) }()
	}
}

// submit makes calls for a media until one is accepted.
func (s *standing) submit(ctx context.Context, media string) error {
	batch := core.Batch{Target: core.Media, IDs: []string{media}, Options: core.Options{TaskType: core.Refresh}}
	for {
		done, err := s.client.Submit(ctx, batch)
		if err == nil && (len(done.NotFound) > 0 || s.flaw == "kills all") {
			s.mu.Lock()
			s.dead = append(s.dead, media)
			s.mu.Unlock()
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		if err := (clock.System{}).Sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

func (s *standing) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]map[string]any, 0, len(s.dead))
	for _, id := range s.dead {
		all = append(all, map[string]any{
			"id": "1", "reason": "media " + id + " does not exist",
			"message": map[string]any{"v": 1, "task": map[string]any{"id": id}},
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"dead": all})
}

package service_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

func TestIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{RefreshTime: time.Hour})
		is := func(h *house, emptied, idle bool) {
			t.Helper()
			gotEmptied, err := h.Emptied(t.Context())
			gotIdle, err2 := h.Idle(t.Context())
			if err := errors.Join(err, err2); err != nil || gotEmptied != emptied || gotIdle != idle {
				t.Errorf("emptied %v and idle %v, %v, want %v and %v", gotEmptied, gotIdle, err, emptied, idle)
			}
		}
		asleep := p.build(t)
		is(asleep, true, true)
		asleep.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		is(asleep, false, false)
		awake := p.open(t)
		time.Sleep(time.Minute)
		is(awake, true, false) // its job is under way
		awake.rest(t)
		is(awake, true, true)
	})
}

// broken is an engine that is out.
func broken(t *testing.T) (core.Queue, core.Store) {
	t.Helper()
	queue, store := memory.NewQueue(memory.Config{}), memory.NewStore(nil)
	if err := errors.Join(queue.Close(), store.Close()); err != nil {
		t.Fatal(err)
	}
	return queue, store
}

// hanging is a queue that does not answer.
type hanging struct{ core.Queue }

func (hanging) Depth(ctx context.Context) (core.Depth, error) {
	<-ctx.Done()
	return core.Depth{}, core.Errorf(core.Unavailable, "no answer in time")
}

func TestReadyAsksTheEngines(t *testing.T) {
	t.Parallel()
	queue, store := memory.NewQueue(memory.Config{}), memory.NewStore(nil)
	brokenQueue, brokenStore := broken(t)
	ill := func() error {
		return core.Errorf(core.Internal, "the NATS server is not well: no space left on device")
	}
	for name, c := range map[string]struct {
		options service.Options
		says    string // empty: it is ready
	}{
		"nothing":        {service.Options{}, ""},
		"queue":          {service.Options{Queue: queue}, ""},
		"both":           {service.Options{Queue: queue, Store: store}, ""},
		"queue is out":   {service.Options{Queue: brokenQueue, Store: store}, "the queue is closed"},
		"queue hangs":    {service.Options{Queue: hanging{queue}, Store: store}, "no answer in time"},
		"store is out":   {service.Options{Queue: queue, Store: brokenStore}, "the store is closed"},
		"no queue, out":  {service.Options{Store: brokenStore}, "the store is closed"},
		"server is ill":  {service.Options{Queue: queue, Store: store, Health: ill}, "no space left on device"},
		"nothing is ill": {service.Options{Queue: queue, Store: store, Health: func() error { return nil }}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config.Config{AccessKeyID: accessKey, AccessKeySecret: secret.New(accessSecret), AliyunRate: 50}
			s, err := service.New(cfg, c.options)
			if err != nil {
				t.Fatal(err)
			}
			get := func(path string) *httptest.ResponseRecorder {
				w := httptest.NewRecorder()
				s.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
				return w
			}
			want := map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[c.says == ""]
			if w := get("/readyz"); w.Code != want || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("got %d %s, want %d and %q", w.Code, w.Body, want, c.says)
			}
			if w := get("/healthz"); w.Code != http.StatusOK {
				t.Errorf("the process lives all the same: got %d", w.Code)
			}
		})
	}
}

// A service whose engines are out says so, and takes nothing.
func TestEnginesThatAreOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlot(t, vodsim.Config{})
		good, goodStore := p.queue, p.store
		p.queue, p.store = broken(t)
		h := p.build(t)
		if w := h.tell(happened("TranscodeComplete", "a", time.Now())); w.Code != http.StatusInternalServerError {
			t.Errorf("got %d %s, want 500", w.Code, w.Body)
		}
		for _, path := range []string{"/v1/jobs", "/v1/quota", "/v1/dead"} {
			if w := h.ask(http.MethodGet, path, ""); w.Code != http.StatusServiceUnavailable {
				t.Errorf("%s: got %d %s, want 503", path, w.Code, w.Body)
			}
		}
		if _, err := h.Idle(t.Context()); core.KindOf(err) != core.Unavailable {
			t.Errorf("idle: %v", err)
		}
		if _, err := h.Dead(t.Context()); core.KindOf(err) != core.Unavailable {
			t.Errorf("dead: %v", err)
		}
		p.queue, p.store = good, goodStore
		again := p.open(t)
		again.accepted(t, happened("TranscodeComplete", "a", time.Now()), "queued")
		again.rest(t)
		again.want(t, "Refresh a")
	})
}

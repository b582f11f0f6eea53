package service_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// house is a service with a queue, a store and a simulated platform in front of
// it, without a network: in a synctest bubble, a day passes at once.
type house struct {
	*service.Service

	sim   *vodsim.Server
	queue core.Queue
	store core.Store
	log   *lockedBuffer
	stop  func() error // SIGTERM
}

// plot is what houses stand on, one after the other.
type plot struct {
	sim      *vodsim.Server
	queue    core.Queue
	store    core.Store
	platform http.Handler // what the houses call: the simulator
	callback http.Handler // of the house that stands here now
}

// dawn is when the tests of houses begin: a bubble begins in 2000, when Unix times
// had nine digits.
func dawn() time.Time { return time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC) }

func newPlot(t *testing.T, cfg vodsim.Config) *plot {
	t.Helper()
	time.Sleep(time.Until(dawn()))
	p := &plot{queue: memory.NewQueue(memory.Config{Lease: 40 * time.Second}), store: memory.NewStore(nil)}
	cfg.AccessKeyID, cfg.AccessKeySecret, cfg.SecurityToken = accessKey, secret.New(accessSecret), secret.New(stsToken)
	cfg.CallbackURL, cfg.CallbackTo, cfg.CallbackKey = registered, "http://house/callbacks/aliyun", secret.New(callbackKey)
	cfg.HTTP = &http.Client{Transport: inside{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.callback.ServeHTTP(w, r) })}}
	cfg.AnyMedia = true
	p.sim = vodsim.New(cfg)
	p.platform = p.sim
	t.Cleanup(func() { _ = p.sim.Close() })
	return p
}

// build builds a house; it does not work yet.
func (p *plot) build(t *testing.T, environ ...string) *house {
	t.Helper()
	cfg, err := config.Load(append([]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=" + accessKey, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + accessSecret,
		"ALIBABA_CLOUD_SECURITY_TOKEN=" + stsToken, "ALIYUN_VOD_ENDPOINT=http://127.0.0.1:1",
		"ALIYUN_CALLBACK_URLS=" + registered, "ALIYUN_CALLBACK_KEYS=" + callbackKey, "API_TOKENS=" + apiToken, "LOG_LEVEL=debug",
	}, environ...))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{sim: p.sim, queue: p.queue, store: p.store, log: &lockedBuffer{}, stop: func() error { return nil }}
	h.Service, err = service.New(cfg, service.Options{
		Queue: p.queue, Store: p.store, Log: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: cfg.LogLevel})),
		HTTP: inside{p.platform}, Random: func() float64 { return 0.5 },
	})
	if err != nil {
		t.Fatal(err)
	}
	p.callback = h.Handler
	return h
}

// open builds a house and lets it work until the test ends.
func (p *plot) open(t *testing.T, environ ...string) *house {
	t.Helper()
	h := p.build(t, environ...)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, &nowhere{closed: make(chan struct{})}) }()
	h.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := h.stop(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// inside is a transport to a handler in this process.
type inside struct{ http.Handler }

func (i inside) RoundTrip(r *http.Request) (response *http.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("connection reset by peer")
		}
	}()
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	i.ServeHTTP(w, in)
	return w.Result(), r.Context().Err()
}

// nowhere is a listener to which nobody comes.
type nowhere struct {
	closed chan struct{}
	once   sync.Once
}

func (n *nowhere) Accept() (net.Conn, error) {
	<-n.closed
	return nil, net.ErrClosed
}

func (n *nowhere) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *nowhere) Addr() net.Addr { return &net.TCPAddr{} }

// happened is the body of a callback about a media.
func happened(eventType, id string, at time.Time) string {
	return fmt.Sprintf(`{"EventType":%q,"Status":"success","VideoId":%q,"EventTime":%q}`, eventType, id, at.UTC().Format(time.RFC3339))
}

// tell sends a callback, signed now.
func (h *house) tell(body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/callbacks/aliyun", strings.NewReader(body))
	r.Header = aliyun.Sign(registered, secret.New(callbackKey), time.Now())
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	return w
}

// accepted sends a callback that is to be answered with 200 and a verdict.
func (h *house) accepted(t *testing.T, body, verdict string) {
	t.Helper()
	if w := h.tell(body); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"verdict":"`+verdict+`"`) {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, verdict)
	}
}

// ask sends a request to the API.
func (h *house) ask(method, path, body string, prefer ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+apiToken)
	for _, p := range prefer {
		r.Header.Add("Prefer", p)
	}
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	return w
}

// rest waits until nothing is on its way.
func (h *house) rest(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(6 * time.Hour); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		idle, err := h.Idle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if idle {
			return
		}
	}
	t.Fatalf("it does not come to rest: %s", h.log)
}

// submitted are the accepted calls so far, as "Refresh a,b".
func (h *house) submitted() []string {
	var all []string
	for _, c := range h.sim.Calls() {
		if strings.HasPrefix(c.Action, "DescribeVod") || strings.HasPrefix(c.Action, "Get") || c.HTTPStatus != http.StatusOK {
			continue
		}
		targets := c.MediaIDs
		if path := c.Params.Get("ObjectPath"); path != "" {
			targets = strings.Split(path, "\n")
		}
		slices.Sort(targets)
		task := c.Params.Get("TaskType")
		if task == "" {
			task = c.Action
		}
		all = append(all, task+" "+strings.Join(targets, ","))
	}
	return all
}

// want compares the calls.
func (h *house) want(t *testing.T, calls ...string) {
	t.Helper()
	if got := h.submitted(); !slices.Equal(got, calls) {
		t.Errorf("submitted %q, want %q", got, calls)
	}
}

// holds compares what is in the queue.
func (h *house) holds(t *testing.T, want core.Depth) {
	t.Helper()
	if got, err := h.queue.Depth(t.Context()); err != nil || got != want {
		t.Errorf("the queue holds %+v, %v, want %+v", got, err, want)
	}
}

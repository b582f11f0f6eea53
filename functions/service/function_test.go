package service_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// A deployment has the paths of its own function and no others.
func TestPathsOfAFunction(t *testing.T) {
	t.Parallel()
	paths := []struct {
		method, path string
		function     config.Function // empty: of all of them
	}{
		{"POST", "/callbacks/aliyun", config.Callback},
		{"POST", "/callbacks/huawei", config.Callback},
		{"POST", "/v1/refresh", config.Refresh},
		{"GET", "/v1/jobs", config.Refresh},
		{"GET", "/v1/jobs/aliyun/x", config.Refresh},
		{"GET", "/v1/quota", config.Refresh},
		{"GET", "/v1/dead", config.Refresh},
		{"POST", "/v1/dead/redrive", config.Refresh},
		{"POST", "/v1/uploads/x/credentials", config.Credentials},
		{"GET", "/healthz", ""},
		{"GET", "/readyz", ""},
	}
	for _, platform := range []config.Platform{config.Local, config.Lambda, config.FunctionCompute} {
		for _, function := range []config.Function{"", config.Callback, config.Refresh, config.Credentials} {
			if function == "" && platform.Serverless() {
				continue // an error of the configuration
			}
			cfg, err := platform.Load([]string{
				"FUNCTION=" + string(function), "QUEUE_URL=direct:", "STORE_URL=none:", "API_TOKENS=" + apiToken,
				"ALIBABA_CLOUD_ACCESS_KEY_ID=" + accessKey, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + accessSecret,
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := service.New(cfg, service.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range paths {
				for _, method := range []string{c.method, "PATCH"} {
					w := httptest.NewRecorder()
					s.Handler.ServeHTTP(w, httptest.NewRequest(method, c.path, http.NoBody)) // unsigned, without a token
					nothing := w.Code == http.StatusNotFound && strings.Contains(w.Body.String(), "there is nothing at this path")
					if want := c.function == "" || function.Is(c.function); nothing == want {
						t.Errorf("%s, FUNCTION=%s: %s %s is answered with %d %s", platform, function, method, c.path, w.Code, w.Body)
					}
				}
			}
		}
	}
}

// Keys of a role change at any time: each call is signed with those that hold then.
func TestCredentialsOfARole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{answer: accept}
		cfg, err := config.FunctionCompute.Load([]string{"FUNCTION=refresh", "ALIYUN_VOD_ENDPOINT=http://127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		var asked atomic.Int64
		var out atomic.Bool
		noRole := errors.New("the function has no role")
		log := &lockedBuffer{}
		s, err := service.New(cfg, service.Options{
			HTTP: inside{c}, Log: slog.New(slog.NewJSONHandler(log, nil)),
			Credentials: func(context.Context) (aliyun.Credentials, error) {
				if out.Load() {
					return aliyun.Credentials{}, noRole
				}
				n := asked.Add(1)
				return aliyun.Credentials{AccessKeyID: fmt.Sprintf("STS.%d", n), AccessKeySecret: secret.New(accessSecret), SecurityToken: secret.New(fmt.Sprintf("%s%d", stsToken, n))}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if errs := s.Accept(t.Context(), events(names("m", 45)...)); again(errs) != 0 {
				t.Fatalf("got %v", errs)
			}
		}
		made := c.made()
		seen := make(map[string]bool)
		for _, call := range made {
			id := call.Get("AccessKeyId")
			if number, found := strings.CutPrefix(id, "STS."); !found || call.Get("SecurityToken") != stsToken+number || seen[id] {
				t.Errorf("called with %s and %s", id, call.Get("SecurityToken"))
			}
			seen[id] = true
		}
		if len(made) != 9 || asked.Load() != 9 {
			t.Errorf("%d calls, asked %d times for credentials, want 9", len(made), asked.Load())
		}
		out.Store(true)
		if errs := s.Accept(t.Context(), events("a", "b")); again(errs) != 2 || core.KindOf(errs[0]) != core.Unauthenticated || !errors.Is(errs[0], noRole) {
			t.Errorf("without credentials: got %v", errs)
		}
		if n := len(c.made()); n != 9 {
			t.Errorf("%d calls without credentials", n-9)
		}
		nothing(t, log.String(), c)
	})
}

// together is a custom runtime: a process that takes several callbacks at once,
// until the returned function is called.
func (p *plot) together(t *testing.T) (h *house, stop func()) {
	t.Helper()
	cfg, err := config.FunctionCompute.Load([]string{
		"FUNCTION=callback", "ALIBABA_CLOUD_ACCESS_KEY_ID=" + accessKey, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + accessSecret,
		"ALIBABA_CLOUD_SECURITY_TOKEN=" + stsToken, "ALIYUN_VOD_ENDPOINT=http://127.0.0.1:1", "ALIYUN_CALLBACK_URLS=" + registered, "ALIYUN_CALLBACK_KEYS=" + callbackKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	s, err := service.New(cfg, service.Options{HTTP: inside{p.platform}, Together: true, Log: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	p.callback = s.Handler
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(stop)
	return &house{Service: s, sim: p.sim, log: log}, stop
}

// Callbacks that come in at once share calls, and each is answered by its own
// outcome; none takes longer than the platform waits.
func TestTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _ := newPlot(t, vodsim.Config{Latency: 300 * time.Millisecond}).together(t)
		const count = 200
		var running sync.WaitGroup
		for i := range count {
			running.Go(func() {
				id, want := fmt.Sprintf("m%03d", i), "refreshed"
				switch i % 50 {
				case 7:
					id, want = fmt.Sprintf("missing-%d", i), "not_found"
				case 11:
					id, want = fmt.Sprintf("forbidden-%d", i), "forbidden"
				}
				started := time.Now()
				h.accepted(t, happened("TranscodeComplete", id, time.Now()), want)
				if took := time.Since(started); took > 4*time.Second {
					t.Errorf("%s took %s", id, took)
				}
			})
		}
		running.Wait()
		if n := h.counted("RefreshMediaPlayUrls"); n > count/20+2 {
			t.Errorf("%d calls for %d callbacks, want %d at most", n, count, count/20+2)
		}
		time.Sleep(time.Hour)
		if n := h.counted("GetMediaRefreshJobs"); n != 0 {
			t.Errorf("a function asks about jobs by itself: %d times", n)
		}
	})
}

// What cannot be done in time is told in time, and once the instance ends nothing
// is begun any more.
func TestTogetherInTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault vodsim.Fault
		code  int
	}{
		"down":      {vodsim.Fault{Kind: vodsim.FaultServerError}, http.StatusServiceUnavailable},
		"hanging":   {vodsim.Fault{Kind: vodsim.FaultLatency, Latency: time.Minute}, http.StatusServiceUnavailable},
		"throttled": {vodsim.Fault{Kind: vodsim.FaultThrottle}, http.StatusServiceUnavailable},
		"for once":  {vodsim.Fault{Kind: vodsim.FaultServerError, Times: 1}, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h, stop := newPlot(t, vodsim.Config{}).together(t)
				h.sim.Fault(c.fault)
				var running sync.WaitGroup
				for i := range 30 {
					running.Go(func() {
						started := time.Now()
						w := h.tell(happened("TranscodeComplete", fmt.Sprintf("m%d", i), time.Now()))
						if took := time.Since(started); w.Code != c.code && (c.fault.Times == 0 || w.Code != http.StatusOK) || took > 4500*time.Millisecond {
							t.Errorf("got %d %s after %s", w.Code, w.Body, took)
						}
					})
				}
				running.Wait()
				h.sim.ClearFaults()
				h.accepted(t, happened("TranscodeComplete", "after", time.Now()), "refreshed")

				stop()
				before := len(h.submitted())
				if w := h.tell(happened("TranscodeComplete", "late", time.Now())); w.Code != http.StatusServiceUnavailable || len(h.submitted()) != before {
					t.Errorf("after its end: got %d %s, and %d calls", w.Code, w.Body, len(h.submitted())-before)
				}
			})
		})
	}
}

package service_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start serves until the returned function is called, which returns what Serve
// did.
func start(t *testing.T, s *service.Service, l net.Listener) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	return func() error {
		cancel()
		return <-ended
	}
}

func post(t *testing.T, to string, header http.Header, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	response, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestShutdownFinishesOpenRequests(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	b := setup(t, func(w http.ResponseWriter, q url.Values) {
		close(arrived)
		<-release
		accept(w, q)
	})
	l := listen(t)
	stop := start(t, b.Service, l)
	base := "http://" + l.Addr().String()
	answered := make(chan int, 1)
	go func() {
		status, _ := post(t, base+"/callbacks/aliyun", aliyun.Sign(registered, secret.New(callbackKey), time.Now()), transcoded)
		answered <- status
	}()
	<-arrived
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	for ready(b.Handler) {
		time.Sleep(time.Millisecond)
	}
	close(release)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the open request got %d, want 200", status)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String()); err == nil {
		t.Error("the port still answers")
	}
	if log := b.log.String(); !strings.Contains(log, "callbacks answered") || !strings.Contains(log, "no longer followed") {
		t.Errorf("the log sums nothing up: %s", log)
	}
}

func ready(h http.Handler) bool {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
	return w.Code == http.StatusOK
}

func TestServeSaysWhenItCannot(t *testing.T) {
	t.Parallel()
	b := setup(t, accept)
	l := listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Serve(t.Context(), l); err == nil {
		t.Error("a closed listener was served")
	}
}

// TestTheWholeWay runs a service against the simulator: a callback becomes a
// refresh, its job is followed to the end and preloaded, and the platform's
// own callbacks about both jobs lead to nothing more.
func TestTheWholeWay(t *testing.T) {
	t.Parallel()
	l := listen(t)
	to := "http://" + l.Addr().String() + "/callbacks/aliyun"
	sim := vodsim.New(vodsim.Config{
		AccessKeyID: accessKey, AccessKeySecret: secret.New(accessSecret),
		CallbackURL: registered, CallbackTo: to, CallbackKey: secret.New(callbackKey),
		SubmitTime: 20 * time.Millisecond, RefreshTime: 30 * time.Millisecond,
	})
	sim.AddMedia(vodsim.Media{ID: media})
	endpoint, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	cfg, err := config.Load([]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=" + accessKey, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + accessSecret,
		"ALIYUN_VOD_ENDPOINT=" + endpoint, "ALIYUN_CALLBACK_URLS=" + registered, "ALIYUN_CALLBACK_KEYS=" + callbackKey,
		"RULES=rules: [{on: [TranscodeComplete], do: refresh+preload}]", "QUEUE_URL=direct:", "STORE_URL=none:",
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := service.New(cfg, service.Options{
		Log: slog.New(slog.DiscardHandler), Follow: core.FollowerConfig{First: 30 * time.Millisecond, Most: 50 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := start(t, s, l)
	if status, answer := post(t, to, aliyun.Sign(registered, secret.New(callbackKey), time.Now()), transcoded); status != http.StatusOK {
		t.Fatalf("got %d %s", status, answer)
	}
	own := callback.Count{EventType: "SubmitMediaRefreshComplete", Verdict: callback.Ignored}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		idle, err := s.Idle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if idle && s.Counts.All()[own] >= 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("idle: %v, counts %v", idle, s.Counts.All())
		}
	}
	var types []string
	for _, call := range sim.Calls() {
		if call.Action == "RefreshMediaPlayUrls" {
			types = append(types, call.Params.Get("TaskType"))
		}
	}
	if strings.Join(types, ",") != "Refresh,Preload" {
		t.Errorf("submitted %v, want a refresh and then a preload", types)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

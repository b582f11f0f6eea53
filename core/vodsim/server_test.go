package vodsim_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestStartAndClose(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	base, err := p.Start()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(base, "http://127.0.0.1:") {
		t.Errorf("URL %s, want one on the loopback address", base)
	}
	if _, err := p.Start(); err == nil {
		t.Error("second Start succeeded")
	}
	answer, err := exchange(t, http.MethodGet, base)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	for range 2 {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if answer, err := exchange(t, http.MethodGet, base); err == nil {
		_ = answer.Body.Close()
		t.Error("the port still answers after Close")
	}
	if _, err := p.Start(); err == nil {
		t.Error("Start after Close succeeded")
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, request(http.MethodGet, "/"))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"Code":"ServiceUnavailable"`) {
		t.Errorf("answer %d %s after Close, want 503 ServiceUnavailable", w.Code, w.Body)
	}
}

// stalled is a clock whose sleeps end only with their context.
type stalled struct{ asleep chan struct{} }

func (stalled) Now() time.Time { return noon() }

func (s stalled) Sleep(ctx context.Context, d time.Duration) error {
	if d > 0 {
		close(s.asleep)
		<-ctx.Done()
	}
	return ctx.Err()
}

func TestCloseEndsOpenRequests(t *testing.T) {
	t.Parallel()
	clock := stalled{make(chan struct{})}
	s := vodsim.New(vodsim.Config{Clock: clock, Latency: time.Hour})
	base, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		if answer, err := exchange(t, http.MethodGet, base); err == nil {
			_ = answer.Body.Close()
			t.Errorf("answer %d, want none", answer.StatusCode)
		}
	})
	<-clock.asleep
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	open.Wait()
	if calls := s.Calls(); len(calls) != 1 || calls[0].HTTPStatus != 0 {
		t.Errorf("calls %+v, want the one that was cut", calls)
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true, SecurityToken: secret.New("token")})
	p.must("RefreshMediaPlayUrls", "MediaIds", "a, b", "TaskType", "Refresh", "SecurityToken", "token")
	p.call("GetVideoInfo", "VideoId", "missing", "SecurityToken", "token")
	p.call("Nonsense")

	got := p.Calls()
	want := []vodsim.Call{
		{Action: "RefreshMediaPlayUrls", Params: map[string][]string{"MediaIds": {"a, b"}, "TaskType": {"Refresh"}}, MediaIDs: []string{"a", "b"}, HTTPStatus: 200},
		{Action: "GetVideoInfo", Params: map[string][]string{"VideoId": {"missing"}}, MediaIDs: []string{"missing"}, HTTPStatus: 404, Code: "InvalidVideo.NotFound"},
		{Action: "Nonsense", Params: map[string][]string{}, HTTPStatus: 404, Code: "InvalidAction.NotFound"},
	}
	for i := range want {
		want[i].Provider, want[i].At = events.Aliyun, noon()
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("calls\n%+v, want\n%+v", got, want)
	}
	got[0].Params.Set("MediaIds", "changed")
	if again := p.Calls()[0].Params.Get("MediaIds"); again != "a, b" {
		t.Errorf("a caller changed the record to %q", again)
	}
}

func TestOnlyTheLastCallsAreKept(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	for range 10_001 {
		p.ServeHTTP(httptest.NewRecorder(), request(http.MethodGet, "/"))
	}
	if got := len(p.Calls()); got != 9_001 {
		t.Errorf("%d calls kept, want the oldest 1,000 of 10,000 dropped at once", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true, Rate: -1, RefreshQuota: -1})
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			p.AddMedia(vodsim.Media{ID: strconv.Itoa(i)})
			job := p.call("RefreshMediaPlayUrls", "MediaIds", strconv.Itoa(i), "TaskType", "Refresh")
			p.call("GetMediaRefreshJobs", "MediaRefreshJobId", job.text("MediaRefreshJobId"))
			p.Calls()
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, task := range cdnTasks(p, "PageSize", "50") {
		seen[task.text("TaskId")] = true
	}
	if len(seen) != 50 {
		t.Errorf("%d different task IDs on a page of 50", len(seen))
	}
}

func TestLogHasNoSecret(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	p, _ := newPlatform(t, vodsim.Config{
		AnyMedia: true, SecurityToken: secret.New("stsSecurityToken"), Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	p.must("GetVideoInfo", "VideoId", "a", "SecurityToken", "stsSecurityToken")
	p.call("GetVideoInfo", "VideoId", "a", "SecurityToken", "other")
	if !strings.Contains(log.String(), "GetVideoInfo") {
		t.Errorf("log %q does not name the action", log.String())
	}
	for _, text := range []string{keyID, keySecret, "stsSecurityToken", "Signature=", "://"} {
		if strings.Contains(log.String(), text) {
			t.Errorf("log has %q: %s", text, log.String())
		}
	}
}

package huawei_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestClose(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{})
	base, err := p.Start()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Start(); err == nil || !strings.HasPrefix(err.Error(), "vodsim/huawei: ") {
		t.Errorf("second Start: error %v, want one of vodsim/huawei", err)
	}
	answer, err := http.Get(base + refreshPath)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d, want 401", answer.StatusCode)
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if answer, err := http.Get(base); err == nil {
		answer.Body.Close()
		t.Error("the port still answers after Close")
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, p.request(http.MethodGet, "/", ""))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"error_code":"APIGW.0613"`) {
		t.Errorf("answer %d %s after Close, want 503 APIGW.0613", w.Code, w.Body)
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
	s := huawei.New(huawei.Config{Clock: clock, Latency: time.Hour})
	base, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		if answer, err := http.Get(base); err == nil {
			answer.Body.Close()
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
	p, _ := newPlatform(t, huawei.Config{AnyMedia: true})
	p.refresh("a", "b")
	p.call(http.MethodPost, preheatingPath, `{"asset_id":"missing"}`)
	p.call(http.MethodPost, refreshPath, `{"urls":["https://cdn.example.com/1"],"n":{"x":1}}`)
	p.call(http.MethodGet, infoPath+"?asset_id=a&asset_id=c", "")
	p.call(http.MethodPost, refreshPath, `no JSON`)

	want := []huawei.Call{
		{Action: "RefreshAsset", Params: url.Values{"asset_id_list": {"a", "b"}}, AssetIDs: []string{"a", "b"}, HTTPStatus: 202},
		{Action: "CreatePreheatingAsset", Params: url.Values{"asset_id": {"missing"}}, AssetIDs: []string{"missing"}, HTTPStatus: 403, Code: "VOD.10062"},
		{
			Action: "RefreshAsset", Params: url.Values{"urls": {"https://cdn.example.com/1"}, "n": {`{"x":1}`}},
			URLs: []string{"https://cdn.example.com/1"}, HTTPStatus: 400, Code: "VOD.10053",
		},
		{Action: "ShowAssetMeta", Params: url.Values{"asset_id": {"a", "c"}}, AssetIDs: []string{"a", "c"}, HTTPStatus: 200},
		{Action: "RefreshAsset", Params: url.Values{}, HTTPStatus: 400, Code: "VOD.10053"},
	}
	for i := range want {
		want[i].At = noon()
	}
	got := p.Calls()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("calls\n%+v, want\n%+v", got, want)
	}
	got[0].Params.Set("asset_id_list", "changed")
	if again := p.Calls()[0].Params.Get("asset_id_list"); again != "a" {
		t.Errorf("a caller changed the record to %q", again)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{Rate: -1})
	var all sync.WaitGroup
	var mu sync.Mutex
	tasks := map[string]bool{}
	for _, id := range many("a", 100) {
		all.Go(func() {
			p.AddAsset(id)
			task := p.refresh(id).text("task_id")
			p.results(refreshPath, task)
			p.Calls()
			mu.Lock()
			defer mu.Unlock()
			tasks[task] = true
		})
	}
	all.Wait()
	if len(tasks) != 100 {
		t.Errorf("%d different task IDs of 100", len(tasks))
	}
}

func TestLogHasNoSecret(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	p, _ := newPlatform(t, huawei.Config{
		AnyMedia: true, SecurityToken: secret.New("stsSecurityToken"), MFSKey: secret.New("mfsAuthKey"),
		CallbackTo: "http://127.0.0.1:1/callbacks/huawei?token=inTheURL", Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	for _, token := range []string{"stsSecurityToken", "other"} {
		r := p.request(http.MethodGet, refreshPath+"?task_id=a", "")
		r.Header.Set("X-Security-Token", token)
		p.send(signed(r, ""))
	}
	m, err := p.MFSMessage(event, huawei.EnvelopeText)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Send(t.Context(), m)
	if err == nil {
		t.Error("nobody listens, and yet there is an answer")
	}
	all := log.String() + err.Error()
	if !strings.Contains(all, "ShowRefreshResult") || !strings.Contains(all, "msg=message") {
		t.Errorf("log %q does not tell of the call and the message", all)
	}
	for _, text := range []string{accessKey, secretKey, "stsSecurityToken", "mfsAuthKey", "inTheURL", m.Header.Get("auth_sign"), "Signature="} {
		if strings.Contains(all, text) {
			t.Errorf("log has %q: %s", text, all)
		}
	}
}

package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	simulator "github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// branch is a service for Huawei with a queue and a store, in a bubble: a day
// passes at once.
type branch struct {
	*house

	cloud *simulator.Server
}

// newBranch makes the cloud; its houses share the queue and the store.
func newBranch(t *testing.T, cfg simulator.Config) *branch {
	t.Helper()
	time.Sleep(time.Until(dawn()))
	cfg.AccessKey, cfg.SecretKey, cfg.ProjectID, cfg.MFSKey, cfg.AnyMedia = ak, secret.New(sk), project, secret.New(mfsKey), true
	b := &branch{house: &house{queue: memory.NewQueue(memory.Config{Lease: 40 * time.Second}), store: memory.NewStore(nil)}, cloud: simulator.New(cfg)}
	t.Cleanup(func() { _ = b.cloud.Close() })
	return b
}

// open starts a house in the place of an earlier one that was stopped.
func (b *branch) open(t *testing.T, environ ...string) {
	t.Helper()
	cfg, err := config.Load(append([]string{
		"HUAWEICLOUD_SDK_AK=" + ak, "HUAWEICLOUD_SDK_SK=" + sk, "HUAWEICLOUD_SDK_PROJECT_ID=" + project, "HUAWEI_VOD_ENDPOINT=http://127.0.0.1:1",
		"HUAWEI_MFS_KEYS=" + mfsKey, "API_TOKENS=" + apiToken, "LOG_LEVEL=debug",
	}, environ...))
	if err != nil {
		t.Fatal(err)
	}
	b.log = &lockedBuffer{}
	b.Service, err = service.New(cfg, service.Options{
		Queue: b.queue, Store: b.store, Log: slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: cfg.LogLevel})),
		HTTP: inside{b.cloud}, Random: func() float64 { return 0.5 },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	serving := b.Service
	go func() { ended <- serving.Serve(ctx, &nowhere{closed: make(chan struct{})}) }()
	b.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	stop := b.stop
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// hear sends an event over MFS, signed now, that is to be queued.
func (b *branch) hear(t *testing.T, eventType, asset string) {
	t.Helper()
	text := fmt.Sprintf(`{"event_type":%q,%q:{"asset_id":%q,"status":"SUCCEED","suggestion":"BLOCK"}}`,
		eventType, strings.TrimSuffix(eventType, "Complete")+"_info", asset)
	m, err := b.cloud.MFSMessage(text, simulator.EnvelopeText)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/callbacks/huawei", strings.NewReader(string(m.Body)))
	r.Header = m.Header
	w := httptest.NewRecorder()
	b.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"verdict":"queued"`) {
		t.Errorf("%s of %s: got %d %s", eventType, asset, w.Code, w.Body)
	}
}

// taken are the accepted calls, as "RefreshAsset a,b".
func (b *branch) taken() []string {
	var all []string
	for _, c := range b.cloud.Calls() {
		if targets := slices.Sorted(slices.Values(slices.Concat(c.AssetIDs, c.URLs))); c.HTTPStatus == http.StatusAccepted {
			all = append(all, c.Action+" "+strings.Join(targets, ","))
		}
	}
	return all
}

func (b *branch) wantTaken(t *testing.T, want ...string) {
	t.Helper()
	if got := b.taken(); !slices.Equal(got, want) {
		t.Errorf("taken\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// Over the day's assets, tasks wait for the next day and outlive a restart; the
// reserve is for requests by hand.
func TestHuaweiDayIsCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBranch(t, simulator.Config{})
		day := []string{"HUAWEI_DAILY=5", "QUOTA_RESERVE=20%", "LINGER=1s"}
		b.open(t, day...)
		for i := range 6 {
			b.hear(t, "transcodeComplete", fmt.Sprint("a", i))
		}
		b.rest(t)
		b.wantTaken(t, "RefreshAsset a0,a1,a2,a3")
		b.holds(t, core.Depth{Delayed: 2})
		w := b.ask(http.MethodPost, "/v1/refresh", `{"provider":"huawei","asset_id_list":["m1","m2"]}`, "wait=5")
		if w.Code != http.StatusAccepted || strings.Count(w.Body.String(), `"outcome":"refreshed"`) != 1 || strings.Count(w.Body.String(), `"outcome":"queued"`) != 1 {
			t.Errorf("by hand: got %d %s", w.Code, w.Body)
		}
		b.rest(t)
		b.holds(t, core.Depth{Delayed: 3})
		if w := b.ask(http.MethodGet, "/v1/quota", ""); !strings.Contains(w.Body.String(), `"refresh":{"limit":5,"remaining":0}`) {
			t.Errorf("quota: %s", w.Body)
		}
		if err := b.stop(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(17 * time.Hour) // past 00:00 +08:00
		b.open(t, day...)
		time.Sleep(time.Hour)
		b.rest(t)
		b.holds(t, core.Depth{})
		var after []string
		for _, call := range b.taken()[2:] {
			after = append(after, strings.Split(strings.TrimPrefix(call, "RefreshAsset "), ",")...)
		}
		slices.Sort(after)
		if !slices.Equal(after, []string{"a4", "a5", "m2"}) {
			t.Errorf("on the next day went %q: %s", b.taken(), b.log)
		}
	})
}

// What the platform says is the truth, whatever was counted.
func TestHuaweiRefusesTheDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBranch(t, simulator.Config{RefreshQuota: 1})
		b.open(t)
		b.hear(t, "coverComplete", "a")
		b.rest(t)
		b.hear(t, "coverComplete", "b")
		b.rest(t)
		b.wantTaken(t, "RefreshAsset a")
		b.holds(t, core.Depth{Delayed: 1})
		w := b.ask(http.MethodGet, "/v1/quota", "")
		if !strings.Contains(w.Body.String(), `"refresh":{"limit":1000,"remaining":0},"preload":{"limit":1000,"remaining":1000}`) || !strings.Contains(w.Body.String(), "VOD.10087") {
			t.Errorf("quota: %s", w.Body)
		}
		time.Sleep(17 * time.Hour)
		b.rest(t)
		b.wantTaken(t, "RefreshAsset a", "RefreshAsset b")
	})
}

// After a refresh, each asset of it is preheated by a call of its own. No event
// tells that it has ended: the job is asked.
func TestHuaweiPreheatsAfterARefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBranch(t, simulator.Config{})
		b.open(t, "RULES={rules: [{on: [createComplete], provider: huawei, do: refresh+preload}, {on: [reviewComplete], provider: huawei, do: refresh}]}")
		b.hear(t, "createComplete", "a")
		b.hear(t, "createComplete", "b")
		b.rest(t)
		got := b.taken()
		slices.Sort(got[1:])
		if !slices.Equal(got, []string{"RefreshAsset a,b", "CreatePreheatingAsset a", "CreatePreheatingAsset b"}) {
			t.Errorf("taken: %q", got)
		}
		b.hear(t, "reviewComplete", "a")
		b.rest(t)
		if got := b.taken(); len(got) != 4 || got[3] != "RefreshAsset a" {
			t.Errorf("taken down: %q", got)
		}
		if w := b.ask(http.MethodGet, "/v1/jobs", ""); strings.Count(w.Body.String(), `"provider":"huawei"`) != 4 || strings.Count(w.Body.String(), `"state":"done"`) != 4 {
			t.Errorf("jobs: %s", w.Body)
		}
	})
}

// Of one asset, what happened before a submission left is covered by it, by the
// envelope's time; the same second is not.
func TestHuaweiCoverage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBranch(t, simulator.Config{})
		b.open(t)
		b.hear(t, "transcodeComplete", "a")
		b.hear(t, "coverComplete", "a")
		b.rest(t)
		b.wantTaken(t, "RefreshAsset a")
		time.Sleep(time.Minute)
		b.hear(t, "coverComplete", "a")
		b.rest(t)
		b.wantTaken(t, "RefreshAsset a", "RefreshAsset a")
	})
}

// More calls a minute than Huawei takes wait for their minute, and are not lost.
func TestHuaweiPace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rate, throttled int
		atMost          time.Duration
	}{
		{rate: 100, throttled: 0, atMost: 20 * time.Second},
		{rate: 10, throttled: 20, atMost: 6 * time.Minute},
	} {
		t.Run(fmt.Sprint(test.rate, " a minute"), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBranch(t, simulator.Config{Rate: test.rate})
				b.open(t)
				ids := make([]string, 25)
				for i := range ids {
					ids[i] = fmt.Sprintf(`"p%02d"`, i)
				}
				w := b.ask(http.MethodPost, "/v1/refresh", `{"provider":"huawei","TaskType":"Preload","asset_id_list":[`+strings.Join(ids, ",")+`]}`)
				if w.Code != http.StatusAccepted {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
				start := time.Now()
				b.rest(t)
				if n := len(b.taken()); n != 25 {
					t.Errorf("%d calls were taken, want 25", n)
				}
				throttled := 0
				for _, c := range b.cloud.Calls() {
					if c.HTTPStatus == http.StatusTooManyRequests {
						throttled++
					}
				}
				if took := time.Since(start); throttled > test.throttled || took > test.atMost {
					t.Errorf("%d calls were throttled, and it took %v; want at most %d, %v", throttled, took, test.throttled, test.atMost)
				}
			})
		})
	}
}

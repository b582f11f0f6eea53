package huawei_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
)

func TestQuota(t *testing.T) {
	t.Parallel()
	urls := []string{"https://a.example/1", "https://a.example/2"}
	tests := []struct {
		name       string
		cfg        huawei.Config
		path, body string
		code       string
	}{
		{"refresh assets", huawei.Config{RefreshQuota: 3, PreloadQuota: -1}, refreshPath, body("asset_id_list", []string{"a", "b"}), "VOD.10087"},
		{"refresh URLs", huawei.Config{RefreshQuota: 3, PreloadQuota: -1}, refreshPath, body("urls", urls), "VOD.10087"},
		{"preheat an asset", huawei.Config{PreloadQuota: 1, RefreshQuota: -1}, preheatingPath, body("asset_id", "a"), "VOD.10086"},
		{"preheat URLs", huawei.Config{PreloadQuota: 3, RefreshQuota: -1}, preheatingPath, body("urls", urls), "VOD.10086"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.cfg.AnyMedia = true
			p, fake := newPlatform(t, tt.cfg)
			p.must(http.MethodPost, tt.path, tt.body)
			p.refused(p.call(http.MethodPost, tt.path, tt.body), http.StatusForbidden, tt.code)
			fake.Advance(4*time.Hour - time.Second) // 23:59:59 in Beijing
			p.refused(p.call(http.MethodPost, tt.path, tt.body), http.StatusForbidden, tt.code)
			fake.Advance(time.Second)
			p.must(http.MethodPost, tt.path, tt.body)
		})
	}
}

func TestQuotaIsNotSpentByARefusal(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{RefreshQuota: 3, AnyMedia: true})
	p.refused(p.refresh("a", "b"), http.StatusAccepted, "")
	p.refused(p.refresh("c", "d"), http.StatusForbidden, "VOD.10087")
	p.refused(p.refresh("c"), http.StatusAccepted, "")
	p.refused(p.call(http.MethodPost, preheatingPath, body("asset_id", "a")), http.StatusAccepted, "") // an allowance of its own
}

func TestQuotaLimits(t *testing.T) {
	t.Parallel()
	for quota, want := range map[int]int{0: 100, -1: 130, 255: 25} {
		t.Run(strconv.Itoa(quota), func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{RefreshQuota: quota, Rate: -1, AnyMedia: true})
			passed := 0
			for range 130 {
				if p.refresh(many("a", 10)...).status == http.StatusAccepted {
					passed++
				}
			}
			if passed != want {
				t.Errorf("%d calls of 10 assets passed, want %d", passed, want)
			}
		})
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, huawei.Config{Rate: 3, AnyMedia: true})
	for range 3 {
		p.refused(p.refresh("a"), http.StatusAccepted, "")
		fake.Advance(10 * time.Second)
	}
	got := p.refresh("a")
	p.refused(got, http.StatusTooManyRequests, "APIGW.0308")
	if want := "The throttling threshold has been reached: policy user over ratelimit,limit:3,time:1 minute"; got.text("error_msg") != want {
		t.Errorf("message %q, want %q", got.text("error_msg"), want)
	}
	p.must(http.MethodGet, refreshPath+"?task_id=a", "") // each operation has a limit of its own
	fake.Advance(30 * time.Second)                       // the first of the three is a minute ago
	p.refused(p.refresh("a"), http.StatusAccepted, "")
	p.refused(p.refresh("a"), http.StatusTooManyRequests, "APIGW.0308")
}

func TestDefaultRate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, target, body string
		rate, want                 int
	}{
		{"refresh", http.MethodPost, refreshPath, body("asset_id_list", []string{"a"}), 0, 100},
		{"query", http.MethodGet, refreshPath + "?task_id=a", "", 0, 100},
		{"preheating", http.MethodPost, preheatingPath, body("asset_id", "a"), 0, 100},
		{"details", http.MethodGet, infoPath + "?asset_id=a", "", 0, 1500},
		{"no limit", http.MethodGet, infoPath + "?asset_id=a", "", -1, 1510},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{AnyMedia: true, Rate: tt.rate})
			passed := 0
			for range 1510 {
				if p.call(tt.method, tt.target, tt.body).status < 300 {
					passed++
				}
			}
			if passed != tt.want {
				t.Errorf("%d calls in a minute passed, want %d", passed, tt.want)
			}
		})
	}
}

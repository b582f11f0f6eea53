package aliyun_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

const quotaAnswer = `{"RequestId":"REQ-1","UrlQuota":"2000","UrlRemain":"1996","DirQuota":"100","DirRemain":"99",` +
	`"PreloadQuota":"500","PreloadRemain":"0","BlockQuota":"300","blockRemain":"300"}`

func TestQuota(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{"DescribeVodRefreshQuota": answer(200, quotaAnswer)})
	got, err := client(t, s.URL).Quota(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reset := got.ResetsAt
	got.ResetsAt = time.Time{}
	want := core.Quota{
		Provider:  events.Aliyun,
		Refresh:   core.Allowance{Limit: 2000, Remaining: 1996},
		Preload:   core.Allowance{Limit: 500, Remaining: 0},
		Directory: core.Allowance{Limit: 100, Remaining: 99},
	}
	if got != want {
		t.Errorf("quota %+v, want %+v", got, want)
	}
	if text := reset.Format(time.RFC3339); text != "2026-04-01T00:00:00+08:00" {
		t.Errorf("resets at %s", text)
	}
	if sent := parameters(s.asked("DescribeVodRefreshQuota")[0]); len(sent) != 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestQuotaResetsAtMidnightInBeijing(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{"DescribeVodRefreshQuota": answer(200, quotaAnswer)})
	for now, want := range map[string]string{
		"2026-03-31T15:59:59Z": "2026-03-31T16:00:00Z",
		"2026-03-31T16:00:00Z": "2026-04-01T16:00:00Z",
		"2026-12-31T12:00:00Z": "2026-12-31T16:00:00Z",
	} {
		t.Run(now, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, now)
			if err != nil {
				t.Fatal(err)
			}
			c := client(t, s.URL, func(cfg *aliyun.Config) { cfg.Clock = clock.NewFake(at) })
			quota, err := c.Quota(t.Context())
			if got := quota.ResetsAt.UTC().Format(time.RFC3339); err != nil || got != want {
				t.Errorf("resets at %s, %v, want %s", got, err, want)
			}
		})
	}
}

func TestQuotaWithoutNumbers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, body, text string }{
		{"nothing", `{"RequestId":"REQ-1"}`, "no number in UrlQuota (request REQ-1)"},
		{"a word", strings.Replace(quotaAnswer, `"1996"`, `"many"`, 1), "no number in UrlRemain"},
		{"negative", strings.Replace(quotaAnswer, `"500"`, `"-1"`, 1), "no number in PreloadQuota"},
		{"half a directory quota", strings.Replace(quotaAnswer, `"99"`, `""`, 1), "no number in DirRemain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"DescribeVodRefreshQuota": answer(200, tc.body)})
			_, err := client(t, s.URL).Quota(t.Context())
			wantError(t, err, core.Internal, tc.text)
		})
	}
	s := serve(t, map[string]http.HandlerFunc{"DescribeVodRefreshQuota": refused(503, "Throttling", "slow down")})
	_, err := client(t, s.URL).Quota(t.Context())
	wantError(t, err, core.Throttled, "slow down")
}

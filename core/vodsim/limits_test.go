package vodsim_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

func TestNonceReuse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		wait time.Duration
		code string
	}{
		{"at once", 0, "SignatureNonceUsed"},
		{"within the window", 15 * time.Minute, "SignatureNonceUsed"},
		{"after it", 15*time.Minute + time.Second, "InvalidTimeStamp.Expired"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, fake := newPlatform(t, vodsim.Config{})
			params := p.params("DescribeVodRefreshQuota")
			params.Set("Signature", sign(http.MethodPost, params))
			first := p.send(request(http.MethodPost, "/?"+params.Encode()))
			fake.Advance(tt.wait)
			again := p.send(request(http.MethodPost, "/?"+params.Encode()))
			p.refused(first, http.StatusOK, "")
			p.refused(again, http.StatusBadRequest, tt.code)
		})
	}
}

func TestNonceIsFreeAfterTheWindow(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, vodsim.Config{})
	p.must("DescribeVodRefreshQuota", "SignatureNonce", "mine")
	fake.Advance(16 * time.Minute)
	p.must("DescribeVodRefreshQuota", "SignatureNonce", "mine")
}

func TestRate(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, vodsim.Config{Rate: 3, AnyMedia: true})
	for range 3 {
		p.must("DescribeVodRefreshQuota")
		fake.Advance(100 * time.Millisecond)
	}
	p.refused(p.call("DescribeVodRefreshQuota"), http.StatusServiceUnavailable, "Throttling")
	p.must("GetVideoInfo", "VideoId", "a") // each action has a limit of its own
	fake.Advance(700 * time.Millisecond)   // the first of the three is a second ago
	p.must("DescribeVodRefreshQuota")
	p.refused(p.call("DescribeVodRefreshQuota"), http.StatusServiceUnavailable, "Throttling")
}

func TestDefaultRate(t *testing.T) {
	t.Parallel()
	for rate, want := range map[int]int{0: 50, -1: 120} {
		t.Run(strconv.Itoa(rate), func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{Rate: rate})
			passed := 0
			for range 120 {
				if p.call("DescribeVodRefreshQuota").status == http.StatusOK {
					passed++
				}
			}
			if passed != want {
				t.Errorf("%d calls in a second passed, want %d", passed, want)
			}
		})
	}
}

func TestQuotaAnswer(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	got := p.must("DescribeVodRefreshQuota")
	for name, want := range map[string]string{
		"UrlQuota": "2000", "UrlRemain": "2000", "DirQuota": "100", "DirRemain": "100",
		"PreloadQuota": "500", "PreloadRemain": "500", "BlockQuota": "300", "blockRemain": "300",
	} {
		if got.text(name) != want {
			t.Errorf("%s = %v, want the text %q", name, got.body[name], want)
		}
	}
}

func TestQuotaIsSpentByURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		params []string
		field  string
		spent  int
	}{
		{"all streams", []string{"TaskType", "Refresh"}, "UrlRemain", 6},
		{"one format", []string{"TaskType", "Refresh", "Formats", "m3u8"}, "UrlRemain", 2},
		{"slices", []string{"TaskType", "Refresh", "SliceFlag", "true"}, "UrlRemain", 16},
		{"some slices", []string{"TaskType", "Refresh", "SliceFlag", "true", "SliceCount", "2"}, "UrlRemain", 10},
		{"preload", []string{"TaskType", "Preload", "Definitions", "SD"}, "PreloadRemain", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{AnyMedia: true, RefreshQuota: 100, PreloadQuota: 100})
			p.must("RefreshMediaPlayUrls", append(tt.params, "MediaIds", "a,b,missing,forbidden")...)
			if got, want := p.remain(tt.field), strconv.Itoa(100-tt.spent); got != want {
				t.Errorf("%s = %s, want %s", tt.field, got, want)
			}
		})
	}
}

func TestQuotaExceeded(t *testing.T) {
	t.Parallel()
	refresh := []string{"RefreshMediaPlayUrls", "TaskType", "Refresh", "MediaIds", "a,b"}
	tests := []struct {
		name string
		cfg  vodsim.Config
		call []string
		left string
		rest string
	}{
		{"refresh", vodsim.Config{RefreshQuota: 7}, refresh, "UrlRemain", "1"},
		{"preload", vodsim.Config{PreloadQuota: 7}, []string{"RefreshMediaPlayUrls", "TaskType", "Preload", "MediaIds", "a,b"}, "PreloadRemain", "1"},
		{"files", vodsim.Config{RefreshQuota: 1}, []string{"RefreshVodObjectCaches", "ObjectPath", "http://a.example/1"}, "UrlRemain", "0"},
		{"directories", vodsim.Config{DirectoryQuota: 1}, []string{"RefreshVodObjectCaches", "ObjectPath", "http://a.example/", "ObjectType", "Directory"}, "DirRemain", "0"},
		{"objects", vodsim.Config{PreloadQuota: 1}, []string{"PreloadVodObjectCaches", "ObjectPath", "http://a.example/1"}, "PreloadRemain", "0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.cfg.AnyMedia = true
			p, fake := newPlatform(t, tt.cfg)
			p.must(tt.call[0], tt.call[1:]...)
			p.refused(p.call(tt.call[0], tt.call[1:]...), http.StatusBadRequest, "QuotaExceeded.Refresh")
			if got := p.remain(tt.left); got != tt.rest {
				t.Errorf("%s = %s after a refused call, want %s", tt.left, got, tt.rest)
			}
			fake.Advance(4*time.Hour - time.Second) // 23:59:59 in Beijing
			p.refused(p.call(tt.call[0], tt.call[1:]...), http.StatusBadRequest, "QuotaExceeded.Refresh")
			fake.Advance(time.Second)
			p.must(tt.call[0], tt.call[1:]...)
		})
	}
}

func TestQuotaSwitchedOff(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true, RefreshQuota: -1, PreloadQuota: -1, DirectoryQuota: -1, Rate: -1})
	urls := make([]string, 1000)
	for i := range urls {
		urls[i] = fmt.Sprint("https://a.example/", i)
	}
	for range 3 {
		p.must("RefreshVodObjectCaches", "ObjectPath", strings.Join(urls, "\n"))
	}
	if got := p.remain("UrlRemain"); got != "2147483647" {
		t.Errorf("UrlRemain = %s, want the largest number", got)
	}
}

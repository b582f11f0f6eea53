package aliyun_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		endpoint  string
		allowHTTP bool
		media     string // where a call on media goes; empty: the endpoint is refused
	}{
		{"", false, "https://vod.ap-southeast-1.aliyuncs.com"},
		{"vod-vpc.ap-southeast-1.aliyuncs.com", false, "https://vod-vpc.ap-southeast-1.aliyuncs.com"},
		{"http://vodsim:8080", true, "http://vodsim:8080"},
		{"http://vodsim:8080", false, ""},
		{"https://vod.example.com?token=pass-word", false, ""},
	} {
		t.Run(tc.endpoint+fmt.Sprintf(" %v", tc.allowHTTP), func(t *testing.T) {
			t.Parallel()
			var went string
			c, err := aliyun.New(aliyun.Config{
				Region: "ap-southeast-1", Endpoint: tc.endpoint, AllowHTTP: tc.allowHTTP, Credentials: keys,
				Transport: transport(func(r *http.Request) (*http.Response, error) {
					went = r.URL.Scheme + "://" + r.URL.Host
					return nil, errors.New("far enough")
				}),
			})
			if tc.media == "" {
				e, ok := errors.AsType[*core.Error](err)
				if !ok || e.Kind != core.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != "Endpoint" {
					t.Fatalf("error %v, want one that names Endpoint alone", err)
				}
				if strings.Contains(err.Error(), "pass-word") {
					t.Errorf("%v gives a password away", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Media(t.Context(), "m1")
			wantError(t, err, core.Unavailable, "the connection failed")
			if went != tc.media {
				t.Errorf("the call went to %s, want %s", went, tc.media)
			}
		})
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ region, endpoint, media, central string }{
		{"", "", "vod.cn-shanghai.aliyuncs.com cn-shanghai", "vod.cn-shanghai.aliyuncs.com cn-shanghai"},
		{"eu-central-1", "", "vod.eu-central-1.aliyuncs.com eu-central-1", "vod.cn-shanghai.aliyuncs.com cn-shanghai"},
		{"eu-central-1", "vod.example.com", "vod.example.com eu-central-1", "vod.example.com eu-central-1"},
	} {
		t.Run(tc.region+tc.endpoint, func(t *testing.T) {
			t.Parallel()
			went := make(map[string]string)
			c := client(t, tc.endpoint, func(cfg *aliyun.Config) {
				cfg.Region = tc.region
				cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
					query := r.URL.Query()
					went[query.Get("Action")] = r.URL.Host + " " + query.Get("RegionId")
					return nil, errors.New("far enough")
				})
			})
			ctx := t.Context()
			urls := core.Batch{Target: core.URL, IDs: []string{"https://cdn.example.com/a.mp4"}}
			urls.Options.TaskType = core.Refresh
			preload := urls
			preload.Options.TaskType = core.Preload
			for _, err := range []error{
				second(c.Submit(ctx, refresh("m1"))), second(c.Submit(ctx, urls)), second(c.Submit(ctx, preload)),
				second(c.Quota(ctx)), second(c.Streams(ctx, "m1")), second(c.RefreshUpload(ctx, "m1")),
			} {
				wantError(t, err, core.Unavailable, "")
			}
			for action, want := range map[string]string{
				"RefreshMediaPlayUrls": tc.media, "GetPlayInfo": tc.media, "RefreshUploadVideo": tc.media,
				"RefreshVodObjectCaches": tc.central, "PreloadVodObjectCaches": tc.central, "DescribeVodRefreshQuota": tc.central,
			} {
				if went[action] != want {
					t.Errorf("%s went to %q, want %q", action, went[action], want)
				}
			}
		})
	}
}

func TestNewNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	_, err := aliyun.New(aliyun.Config{Region: "Shanghai!", Endpoint: "http://example.com", Timeout: -time.Second})
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Kind != core.Invalid {
		t.Fatalf("error %v, want Invalid", err)
	}
	var named []string
	for _, f := range e.Fields {
		named = append(named, f.Field)
	}
	if got, want := strings.Join(named, " "), "Region Endpoint Credentials Timeout"; got != want {
		t.Errorf("named %s, want %s", got, want)
	}
}

func TestNameAndLimit(t *testing.T) {
	t.Parallel()
	c := client(t, "")
	if c.Name() != events.Aliyun {
		t.Errorf("Name() = %s", c.Name())
	}
	for _, tc := range []struct {
		do     core.TaskType
		target core.Target
		want   int
	}{
		{core.Refresh, core.Media, 20},
		{core.Preload, core.Media, 20},
		{core.Refresh, core.URL, 100},
		{core.Preload, core.URL, 100},
		{core.Refresh, "directory", 0},
		{"Purge", core.Media, 0},
	} {
		if got := c.Limit(tc.do, tc.target); got != tc.want {
			t.Errorf("Limit(%s, %s) = %d, want %d", tc.do, tc.target, got, tc.want)
		}
	}
}

// transport is a RoundTripper made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// second is the error of a call whose result does not matter.
func second[T any](_ T, err error) error { return err }

package huawei_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		endpoint  string
		allowHTTP bool
		goes      string // where a call goes; empty: the endpoint is refused
	}{
		{"", false, "https://vod.ap-southeast-3.myhuaweicloud.com"},
		{"vod.proxy.example.com", false, "https://vod.proxy.example.com"},
		{"http://vodsim:8080", true, "http://vodsim:8080"},
		{"http://vodsim:8080", false, ""},
		{"https://vod.example.com?token=pass-word", false, ""},
	} {
		t.Run(tc.endpoint+fmt.Sprintf(" %v", tc.allowHTTP), func(t *testing.T) {
			t.Parallel()
			var went string
			c, err := huawei.New(huawei.Config{
				Region: "ap-southeast-3", Endpoint: tc.endpoint, ProjectID: projectID, AllowHTTP: tc.allowHTTP, Credentials: keys,
				Transport: transport(func(r *http.Request) (*http.Response, error) {
					went = r.URL.Scheme + "://" + r.URL.Host
					return nil, errors.New("far enough")
				}),
			})
			if tc.goes == "" {
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
			if went != tc.goes {
				t.Errorf("the call went to %s, want %s", went, tc.goes)
			}
		})
	}
}

func TestDefaultRegion(t *testing.T) {
	t.Parallel()
	var went string
	c := client(t, "", func(cfg *huawei.Config) {
		cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
			went = r.URL.Host + r.URL.Path
			return nil, errors.New("far enough")
		})
	})
	wantError(t, second(c.Submit(t.Context(), refresh("m1"))), core.Unavailable, "")
	if want := "vod.cn-north-4.myhuaweicloud.com/v1/" + projectID + "/asset/refresh"; went != want {
		t.Errorf("the call went to %s, want %s", went, want)
	}
}

func TestNewNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	_, err := huawei.New(huawei.Config{Region: "North 4", Endpoint: "http://example.com", Timeout: -time.Second})
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Kind != core.Invalid {
		t.Fatalf("error %v, want Invalid", err)
	}
	var named []string
	for _, f := range e.Fields {
		named = append(named, f.Field)
	}
	if got, want := strings.Join(named, " "), "Region Endpoint ProjectID Credentials Timeout"; got != want {
		t.Errorf("named %s, want %s", got, want)
	}
}

func TestProjectIDIsFitForAPath(t *testing.T) {
	t.Parallel()
	for id, ok := range map[string]bool{
		projectID: true, "cn-north-4_team": true, strings.Repeat("a", 64): true,
		"": false, "a/b": false, "..": false, "{project_id}": false, "a b": false, "a?b": false, "é": false, strings.Repeat("a", 65): false,
	} {
		_, err := huawei.New(huawei.Config{ProjectID: id, Credentials: keys})
		if ok && err != nil {
			t.Errorf("%q: %v", id, err)
		}
		if !ok {
			wantError(t, err, core.Invalid, "huawei configuration: cannot be used: ProjectID: a project ID")
		}
	}
}

func TestNameAndLimit(t *testing.T) {
	t.Parallel()
	c := client(t, "")
	if c.Name() != events.Huawei {
		t.Errorf("Name() = %s", c.Name())
	}
	for _, tc := range []struct {
		do     core.TaskType
		target core.Target
		want   int
	}{
		{core.Refresh, core.Media, 10},
		{core.Preload, core.Media, 1},
		{core.Refresh, core.URL, 10},
		{core.Preload, core.URL, 10},
		{core.Refresh, "directory", 0},
		{core.Preload, "", 0},
		{"Purge", core.Media, 0},
		{"", core.URL, 0},
	} {
		if got := c.Limit(tc.do, tc.target); got != tc.want {
			t.Errorf("Limit(%s, %s) = %d, want %d", tc.do, tc.target, got, tc.want)
		}
	}
	if _, tells := any(c).(core.Meter); tells {
		t.Error("the client claims to know the quota, for which there is no call")
	}
}

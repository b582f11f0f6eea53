package huawei_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
)

// environment puts around the process what the SDK would believe: keys, a
// project, the endpoint of the region, and an IAM. The home is the test's own.
func environment(t *testing.T, elsewhere string) {
	t.Helper()
	for name, value := range map[string]string{
		"NO_PROXY": "(", "HTTP_PROXY": "http://%zz:pass-word@proxy",
		"HUAWEICLOUD_SDK_AK": "from the environment", "HUAWEICLOUD_SDK_SK": "from the environment",
		"HUAWEICLOUD_SDK_SECURITY_TOKEN": "from the environment", "HUAWEICLOUD_SDK_PROJECT_ID": "environment",
		"HUAWEICLOUD_SDK_IAM_ENDPOINT": elsewhere, "HUAWEICLOUD_SDK_REGION_VOD_CN_NORTH_4": elsewhere,
	} {
		t.Setenv(name, value)
	}
}

// The SDK takes keys, project and endpoint from the environment, a project from
// IAM as well, and keys from the metadata service.
func TestEnvironmentIsLeftAlone(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	elsewhere := serve(t, nil)
	environment(t, elsewhere.URL)
	s := serve(t, map[string]http.HandlerFunc{refreshAsset: answer(202, accepted)})
	c := client(t, s.URL, func(cfg *huawei.Config) { cfg.Transport = s.Client().Transport })
	if _, err := c.Submit(t.Context(), refresh("m1")); err != nil {
		t.Fatal(err)
	}
	call := s.asked(refreshAsset)[0]
	wantSigned(t, call, accessKey, secretKey)
	if got := call.header.Get("X-Project-Id"); got != projectID {
		t.Errorf("the call was made for the project %s", got)
	}
	if n := len(elsewhere.asked("")); n != 0 {
		t.Errorf("%d calls went elsewhere", n)
	}
}

// Without a project ID the SDK asks IAM while it is built, or sends a path with
// a placeholder in it.
func TestNothingIsAskedWhileBuilding(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	elsewhere := serve(t, nil)
	environment(t, elsewhere.URL)
	var sent int
	cfg := huawei.Config{Credentials: keys, Transport: transport(func(*http.Request) (*http.Response, error) {
		sent++
		return nil, http.ErrServerClosed
	})}
	_, err := huawei.New(cfg)
	wantError(t, err, core.Invalid, "ProjectID: a project ID")
	cfg.ProjectID = projectID
	if _, err := huawei.New(cfg); err != nil {
		t.Fatal(err)
	}
	if n := len(elsewhere.asked("")); n != 0 || sent != 0 {
		t.Errorf("%d calls went elsewhere and %d to the endpoint", n, sent)
	}
}

// Without a user agent the SDK writes an ID into the home directory, and sends
// it with each call.
func TestNoFileInTheHomeDirectory(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	environment(t, "")
	s := serve(t, map[string]http.HandlerFunc{refreshAsset: answer(202, accepted)})
	c := client(t, s.URL, func(cfg *huawei.Config) { cfg.Transport = s.Client().Transport })
	if _, err := c.Submit(t.Context(), refresh("m1")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(home)
	if err != nil || len(files) > 0 {
		t.Errorf("in the home directory is %v, %v", files, err)
	}
	if agent := s.asked("")[0].header.Get("User-Agent"); !strings.HasSuffix(agent, "; vodrefresh") || strings.Contains(agent, "app/") {
		t.Errorf("user agent %q", agent)
	}
}

// The SDK would read the endpoint of a region from a file in the home directory.
func TestRegionsFileIsNotRead(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	environment(t, "http://127.0.0.1:1")
	folder := filepath.Join(home, ".huaweicloud")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	const regions = "VOD:\n  - id: cn-north-4\n    endpoint: https://vod.elsewhere.example.com\n"
	if err := os.WriteFile(filepath.Join(folder, "regions.yaml"), []byte(regions), 0o600); err != nil {
		t.Fatal(err)
	}
	var went string
	c := client(t, "", func(cfg *huawei.Config) {
		cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
			went = r.URL.Host
			return reply(http.StatusAccepted, accepted), nil
		})
	})
	if _, err := c.Submit(t.Context(), refresh("m1")); err != nil || went != "vod.cn-north-4.myhuaweicloud.com" {
		t.Errorf("the call went to %s, %v", went, err)
	}
}

// The SDK takes a plain number for nanoseconds. Here the time-out is a duration
// from the configuration to the wire.
func TestTimeoutIsNoNumberOfNanoseconds(t *testing.T) {
	t.Parallel()
	for set, want := range map[time.Duration]time.Duration{0: huawei.DefaultTimeout, time.Minute: time.Minute} {
		var left time.Duration
		c := client(t, "", func(cfg *huawei.Config) {
			cfg.Timeout = set
			cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
				deadline, _ := r.Context().Deadline()
				left = time.Until(deadline)
				if r.Cancel != nil { //nolint:staticcheck // what a time-out of the SDK's would set
					t.Error("something else than the context can end the call")
				}
				return reply(http.StatusAccepted, accepted), nil
			})
		})
		if _, err := c.Submit(t.Context(), refresh("m1")); err != nil || left > want || left < want/2 {
			t.Errorf("Timeout %s leaves a call %s, %v", set, left, err)
		}
	}
}

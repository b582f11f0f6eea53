package aliyun_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestCredentialsMayChangeBetweenCalls(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": answer(200, accepted)})
	var asked int
	c := client(t, s.URL, func(cfg *aliyun.Config) {
		cfg.Credentials = func(ctx context.Context) (aliyun.Credentials, error) {
			asked++
			if asked == 1 {
				return keys(ctx)
			}
			return aliyun.Credentials{AccessKeyID: "another", AccessKeySecret: secret.New("one")}, nil
		}
	})
	for range 2 {
		if _, err := c.Submit(t.Context(), refresh("m1")); err != nil {
			t.Fatal(err)
		}
	}
	calls := s.asked("RefreshMediaPlayUrls")
	if calls[0].Get("AccessKeyId") != keyID || calls[0].Get("SecurityToken") != stsToken {
		t.Errorf("the first call was made as %v", calls[0])
	}
	if calls[1].Get("AccessKeyId") != "another" || calls[1].Has("SecurityToken") {
		t.Errorf("the second call was made as %v", calls[1])
	}
}

func TestWithoutCredentialsNothingIsSent(t *testing.T) {
	t.Parallel()
	broken := errors.New("the role is gone")
	for _, tc := range []struct {
		name string
		give aliyun.Credentials
		err  error
		text string
	}{
		{"an error", aliyun.Credentials{}, broken, "no credentials could be had"},
		{"no key", aliyun.Credentials{AccessKeySecret: secret.New(keySecret)}, nil, "lack an access key ID"},
		{"no secret", aliyun.Credentials{AccessKeyID: keyID}, nil, "lack an access key ID or its secret"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, nil)
			c := client(t, s.URL, func(cfg *aliyun.Config) {
				cfg.Credentials = func(context.Context) (aliyun.Credentials, error) { return tc.give, tc.err }
			})
			_, err := c.Submit(t.Context(), refresh("m1"))
			wantError(t, err, core.Unauthenticated, tc.text)
			if !errors.Is(err, tc.err) && tc.err != nil {
				t.Errorf("%v has lost its cause", err)
			}
			if len(s.calls) != 0 {
				t.Errorf("%d calls were made", len(s.calls))
			}
		})
	}
}

func TestAskingForCredentialsEndsWithTheCall(t *testing.T) {
	t.Parallel()
	c := client(t, "", func(cfg *aliyun.Config) {
		cfg.Timeout = 5 * time.Millisecond
		cfg.Credentials = func(ctx context.Context) (aliyun.Credentials, error) {
			<-ctx.Done()
			return aliyun.Credentials{}, errors.New("interrupted")
		}
	})
	_, err := c.Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Unavailable, "no answer in time")
}

// The SDK reads proxies and credentials from the environment, and fails on a
// NO_PROXY that is no regular expression.
func TestEnvironmentIsLeftAlone(t *testing.T) {
	t.Setenv("NO_PROXY", "(")
	t.Setenv("HTTP_PROXY", "http://%zz:pass-word@proxy")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "from the environment")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "from the environment")
	t.Setenv("HOME", "")
	s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": answer(200, accepted)})
	c := client(t, s.URL, func(cfg *aliyun.Config) { cfg.Transport = s.Client().Transport })
	if _, err := c.Submit(t.Context(), refresh("m1")); err != nil {
		t.Fatal(err)
	}
	if id := s.asked("RefreshMediaPlayUrls")[0].Get("AccessKeyId"); id != keyID {
		t.Errorf("the call was made as %s", id)
	}
}

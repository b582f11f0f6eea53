package huawei_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestCredentialsMayChangeBetweenCalls(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{refreshAsset: answer(202, accepted)})
	var asked int
	c := client(t, s.URL, func(cfg *huawei.Config) {
		cfg.Credentials = func(ctx context.Context) (huawei.Credentials, error) {
			asked++
			if asked == 1 {
				return keys(ctx)
			}
			return huawei.Credentials{AccessKey: "another", SecretKey: secret.New("one")}, nil
		}
	})
	for range 2 {
		if _, err := c.Submit(t.Context(), refresh("m1")); err != nil {
			t.Fatal(err)
		}
	}
	calls := s.asked(refreshAsset)
	wantSigned(t, calls[0], accessKey, secretKey)
	wantSigned(t, calls[1], "another", "one")
	if got := calls[0].header.Get("X-Security-Token"); got != securityToken {
		t.Errorf("the first call has the token %q", got)
	}
	if got, sent := calls[1].header["X-Security-Token"]; sent {
		t.Errorf("the second call has the token %q", got)
	}
}

func TestWithoutCredentialsNothingIsSent(t *testing.T) {
	t.Parallel()
	broken := errors.New("the role is gone")
	for _, tc := range []struct {
		name string
		give huawei.Credentials
		err  error
		text string
	}{
		{"an error", huawei.Credentials{}, broken, "no credentials could be had"},
		{"no key", huawei.Credentials{SecretKey: secret.New(secretKey)}, nil, "lack an access key"},
		{"no secret", huawei.Credentials{AccessKey: accessKey}, nil, "lack an access key or its secret key"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, nil)
			c := client(t, s.URL, func(cfg *huawei.Config) {
				cfg.Credentials = func(context.Context) (huawei.Credentials, error) { return tc.give, tc.err }
			})
			_, err := c.Submit(t.Context(), refresh("m1"))
			wantError(t, err, core.Unauthenticated, tc.text)
			if !errors.Is(err, tc.err) && tc.err != nil {
				t.Errorf("%v has lost its cause", err)
			}
			if n := len(s.asked("")); n != 0 {
				t.Errorf("%d calls were made", n)
			}
		})
	}
}

func TestAskingForCredentialsEndsWithTheCall(t *testing.T) {
	t.Parallel()
	c := client(t, "", func(cfg *huawei.Config) {
		cfg.Timeout = 5 * time.Millisecond
		cfg.Credentials = func(ctx context.Context) (huawei.Credentials, error) {
			<-ctx.Done()
			return huawei.Credentials{}, errors.New("interrupted")
		}
	})
	_, err := c.Submit(t.Context(), refresh("m1"))
	wantError(t, err, core.Unavailable, "no answer in time")
}

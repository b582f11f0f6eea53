package huawei

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

// The SDK is told where to go; if it went elsewhere all the same, nothing
// leaves the machine.
func TestExchangeGoesToTheEndpointOrNowhere(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"http://vod.cn-north-4.myhuaweicloud.com/v1",
		"https://vod.cn-north-1.myhuaweicloud.com/",
		"https://vod.cn-north-4.myhuaweicloud.com:8443/",
		"https://iam.cn-north-4.myhuaweicloud.com/v3/projects?name=cn-north-4",
		"http://169.254.169.254/openstack/latest/securitykey",
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			var sent int
			x := &exchange{ctx: t.Context(), to: endpoint{"https", "vod.cn-north-4.myhuaweicloud.com"}, next: counter(func() { sent++ })}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response, err := x.RoundTrip(request) //nolint:bodyclose // there is none
			if response != nil || err == nil || x.err == nil || sent != 0 {
				t.Fatalf("response %v, error %v, %d sent", response, err, sent)
			}
			err = noAnswer(t.Context(), "Op", err)
			if core.KindOf(err) != core.Internal || strings.Contains(err.Error(), "://") {
				t.Errorf("%s error %v, want an internal one without a URL", core.KindOf(err), err)
			}
		})
	}
}

// counter is a transport that counts and answers nothing.
type counter func()

func (c counter) RoundTrip(*http.Request) (*http.Response, error) {
	c()
	return nil, http.ErrServerClosed
}

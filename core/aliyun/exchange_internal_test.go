package aliyun

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
		"http://vod.cn-shanghai.aliyuncs.com/?Signature=s",
		"https://vod.cn-beijing.aliyuncs.com/",
		"https://vod.cn-shanghai.aliyuncs.com:8443/",
		"http://100.100.100.200/latest/meta-data",
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			var sent int
			x := &exchange{ctx: t.Context(), to: regional("cn-shanghai"), next: counter(func() { sent++ })}
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

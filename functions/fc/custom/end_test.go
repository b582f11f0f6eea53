package custom_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/custom"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// A call that outlasts its request is written down in the store before an end
// closes it: what comes again is covered then.
func TestAnEndWhileACallIsUnderWay(t *testing.T) {
	t.Parallel()
	platform := vodsim.New(vodsim.Config{
		AccessKeyID: requesttest.AccessKeyID, AccessKeySecret: secret.New(requesttest.AccessKeySecret), AnyMedia: true, Rate: -1,
	})
	t.Cleanup(func() { _ = platform.Close() })
	url, err := platform.Start()
	if err != nil {
		t.Fatal(err)
	}
	platform.Fault(vodsim.Fault{Action: "RefreshMediaPlayUrls", Kind: vodsim.FaultLatency, Latency: 3200 * time.Millisecond, Times: 1})
	environ := append(fctest.Environ(config.Refresh, url), "STORE_URL="+fctest.StartRedis(t).URL)
	batch := envelopetest.Queue(string(requesttest.Transcoded("media-1")))
	for _, c := range []struct{ timeout, status string }{{"3", "404"}, {"60", "200"}} { // too little time, and enough
		log := &fctest.Log{}
		i, err := instance.Open(t.Context(), instance.Options{Environ: environ, Out: log, Concurrent: true})
		if err != nil {
			t.Fatal(err)
		}
		l := listen(t)
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- custom.Serve(ctx, i, custom.Place{Inside: true}, l) }()
		request := event(batch)
		for n, field := range request.Header {
			if field.Name == "x-fc-function-timeout" {
				request.Header[n].Value = c.timeout
			}
		}
		got, err := requesttest.Over(&http.Client{Transport: &http.Transport{}}, "http://"+l.Addr().String())(t.Context(), request)
		if err != nil || got.Header.Get("X-Fc-Status") != c.status {
			t.Errorf("with %s s: got %d %s, %v, want %s", c.timeout, got.Status, got.Body, err, c.status)
		}
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		calls := 0
		for _, call := range platform.Calls() {
			if call.Action == "RefreshMediaPlayUrls" {
				calls++
			}
		}
		if calls != 1 {
			t.Errorf("with %s s: %d calls, want one in all: %s", c.timeout, calls, log)
		}
	}
}

package custom_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/custom"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// open is an instance that gathers what comes at once, and its log.
func open(t *testing.T, environ []string) (*instance.Instance, *fctest.Log) {
	t.Helper()
	log := &fctest.Log{}
	i, err := instance.Open(t.Context(), instance.Options{Environ: environ, Out: log, Concurrent: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { i.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i, log
}

// serve is the way to an instance.
func serve(t *testing.T, function config.Function, inside bool) (requesttest.Send, *fctest.Log) {
	t.Helper()
	i, log := open(t, fctest.Environ(function, requesttest.Platform(t)))
	return requesttest.Serve(t, custom.Handler(i, inside)), log
}

// platforms are the headers that the platform adds to a request of a kind, with
// the keys that the simulator knows.
func platforms(control string) []requesttest.Field {
	return []requesttest.Field{
		{Name: "x-fc-control-path", Value: control},
		{Name: "x-fc-request-id", Value: "8476a536-e9f4"},
		{Name: "x-fc-access-key-id", Value: requesttest.AccessKeyID},
		{Name: "x-fc-access-key-secret", Value: requesttest.AccessKeySecret},
		{Name: "x-fc-security-token", Value: ""},
		{Name: "x-fc-function-timeout", Value: "60"},
		{Name: "x-fc-function-name", Value: "vodrefresh"},
		{Name: "x-fc-region", Value: "cn-shanghai"},
	}
}

// event is a request by which the platform hands an event over.
func event(payload []byte, more ...requesttest.Field) requesttest.Request {
	return requesttest.Request{Method: http.MethodPost, Path: "/invoke", Header: append(platforms("/invoke"), more...), Body: payload}
}

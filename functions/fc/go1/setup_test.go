package go1_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/fc/go1"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// open is an instance of a function that calls a platform of its own, and its log.
func open(t *testing.T, environ []string) (*instance.Instance, *fctest.Log) {
	t.Helper()
	log := &fctest.Log{}
	i, err := instance.Open(t.Context(), instance.Options{Environ: environ, Out: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i, log
}

// environ is that of a function which calls a platform of its own.
func environ(t *testing.T, function config.Function) []string {
	t.Helper()
	return fctest.Environ(function, requesttest.Platform(t))
}

// invoke is an invocation with the keys of a role, as the SDK makes it.
func invoke(ctx context.Context, i *instance.Instance, keys fccontext.Credentials, event []byte) ([]byte, error) {
	const timeout = 30 * time.Second
	ctx, cancel := context.WithTimeout(fccontext.NewContext(ctx, &fccontext.FcContext{RequestID: "r", Credentials: keys}), timeout)
	defer cancel()
	answer, err := go1.Handler(i)(ctx, event)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// good are the keys that the platform knows.
func good() fccontext.Credentials {
	return fccontext.Credentials{AccessKeyId: requesttest.AccessKeyID, AccessKeySecret: requesttest.AccessKeySecret}
}

package go1

import (
	"context"
	"log"
	"net/http"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
)

// Serve answers the events of the Runtime API that FC_RUNTIME_API names, until
// the process ends; exit ends it, also when ctx does. It can be called once in a
// process: the SDK keeps its handlers in package variables and goes through
// [http.DefaultTransport], in which a protocol can be registered once.
func Serve(ctx context.Context, i *instance.Instance, exit func(code int)) {
	context.AfterFunc(ctx, func() { exit(0) })               // what is unfinished comes again
	transport, ok := http.DefaultTransport.(*http.Transport) //nolint:forbidigo // the SDK has no other seam
	if !ok {
		panic("http.DefaultTransport has been replaced")
	}
	fence := &Fence{Next: &http.Transport{}, Exit: exit, Clock: i.Clock, Log: i.Log} // without a proxy
	transport.RegisterProtocol("http", fence)
	log.SetOutput(i.Out)
	fc.RegisterInitializerFunction(func(ctx context.Context) { arrived(ctx, i) })
	fc.RegisterPreFreezeFunction(func(context.Context) {}) // the SDK panics where there is none
	fc.RegisterPreStopFunction(func(ctx context.Context) {
		if err := i.Close(); err != nil {
			i.Log.WarnContext(ctx, "could not close queue and store", "error", err)
		}
	})
	fc.Start(Handler(i))
}

// Package instance is one instance of a function on Function Compute, whichever
// runtime it lives in: the service that its configuration describes, the keys of
// its role, and what it does with each kind of event.
//
// It may import functions/service with all that it puts together, and the
// sub-packages of functions/fc that know neither runtime.
package instance

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onredis"
	"github.com/vodrefresh/vodrefresh/functions/fc/role"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// Options are what the environment of an instance does not say, and Environ,
// which is that environment ([os.Environ]).
type Options struct {
	Environ []string
	// Out gets the log, one JSON object a line, and the platform's own lines. On
	// Function Compute that is the standard output, which it collects.
	Out io.Writer
	// Concurrent says that several requests may come at once. Where there is no
	// queue, what they submit shares calls; that takes [Instance.Run].
	Concurrent bool
	Clock      clock.Clock       // default: the machine's
	HTTP       http.RoundTripper // to the providers; default: the drivers' own
}

// Instance is a function that is ready to be invoked. It is safe for concurrent
// use. Close it.
type Instance struct {
	// Handler answers the requests of an HTTP trigger: the paths of the function
	// that FUNCTION names.
	Handler http.Handler
	Log     *slog.Logger
	Clock   clock.Clock
	// Out takes whole lines, also from several goroutines.
	Out io.Writer

	function config.Function
	work     work
	role     *role.Holder
	run      func(context.Context)
	close    func() error
}

// Open builds an instance. An error of the configuration is of kind Invalid and
// names every variable that is wrong; one of an engine that cannot be reached is of
// kind Unavailable. Nothing else is asked over the network.
func Open(ctx context.Context, o Options) (*Instance, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	cfg, err := config.FunctionCompute.Load(o.Environ)
	if err != nil {
		return nil, err
	}
	out := &lines{to: o.Out}
	log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: cfg.LogLevel}))
	engines, err := engine.Open(ctx, cfg, engine.Options{Log: log, Clock: o.Clock}, onredis.Driver())
	if err != nil {
		return nil, err
	}
	keys := role.NewHolder(aliyun.Credentials{
		AccessKeyID: cfg.AccessKeyID, AccessKeySecret: cfg.AccessKeySecret, SecurityToken: cfg.SecurityToken,
	}, o.Clock)
	s, err := service.New(cfg, service.Options{
		Queue: engines.Queue, Store: engines.Store, Health: engines.Health, Log: log, Clock: o.Clock, HTTP: o.HTTP,
		Credentials: keys.Credentials, Together: o.Concurrent,
	})
	if err != nil {
		_ = engines.Close() // nothing has been written yet
		return nil, err
	}
	for _, note := range cfg.Notes() {
		log.WarnContext(ctx, "configuration", "note", note)
	}
	i := &Instance{
		Handler: s.Handler, Log: log, Clock: o.Clock, Out: out,
		function: cfg.Function, work: s, role: keys, run: func(context.Context) {}, close: sync.OnceValue(engines.Close),
	}
	if o.Concurrent && engines.Queue == nil {
		i.run = s.Run
	}
	return i, nil
}

// Run gathers what concurrent requests submit, until ctx ends, and finishes what
// is under way. Where nothing is to be gathered it returns at once: an instance is
// frozen between requests, and nothing else goes on in the background.
func (i *Instance) Run(ctx context.Context) { i.run(ctx) }

// Arrived takes the keys that an invocation brings, before anything is done for
// it.
func (i *Instance) Arrived(keys aliyun.Credentials, deadline time.Time) { i.role.Put(keys, deadline) }

// Close ends the use of queue and store. Closing again does nothing.
func (i *Instance) Close() error { return i.close() }

// lines writes one line at a time.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

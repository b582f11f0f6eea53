package bootstrap

import (
	"context"
	"io"

	"github.com/vodrefresh/vodrefresh/functions/lambda/invocation"
)

// Begin is Build beside the caller, who connects to Lambda meanwhile: the first
// event waits for the handler. Where there is none, the process ends by exit, with
// status 1.
func Begin(ctx context.Context, environ []string, to io.Writer, exit func(int)) *Begun {
	b := &Begun{built: make(chan struct{})}
	go func() {
		handler, err := Build(ctx, environ, to)
		if err != nil {
			exit(1) // the log says why
			return
		}
		b.handler = handler
		close(b.built)
	}()
	return b
}

// Begun is a handler that is being built, or is ready.
type Begun struct {
	built   chan struct{} // closed when there is a handler
	handler *invocation.Handler
}

// Invoke answers one event as [invocation.Handler.Invoke] does.
func (b *Begun) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	select {
	case <-b.built:
		return b.handler.Invoke(ctx, event)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

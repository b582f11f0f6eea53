package core

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
)

// burst takes a panic from the goroutines of some work to the one that waits for
// them: there whoever called may end it, while in a goroutine of its own it ends
// the process. A nil burst leaves panics alone.
type burst struct {
	log  *slog.Logger
	stop func() // called at the first panic; nil for nothing

	mu    sync.Mutex
	panic any // the first one
}

// keep is to be deferred by each of the goroutines. It logs where a panic came
// from, as its stack is gone when it is raised again.
func (b *burst) keep(ctx context.Context) {
	if b == nil {
		return
	}
	p := recover()
	if p == nil {
		return
	}
	b.log.ErrorContext(ctx, "panic in a goroutine", "stack", string(debug.Stack()))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.panic != nil {
		return
	}
	b.panic = p
	if b.stop != nil {
		b.stop()
	}
}

// raise panics with what was kept, if there is anything.
func (b *burst) raise() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.panic != nil {
		panic(b.panic)
	}
}

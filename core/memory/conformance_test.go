package memory_test

import (
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/queuetest"
	"github.com/vodrefresh/vodrefresh/core/storetest"
)

// handle is one process's view of a queue: closing it leaves the queue alone.
type handle struct{ core.Queue }

func (handle) Close() error { return nil }

func TestQueueConformance(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(*testing.T) queuetest.Harness {
		const lease = time.Second
		q := memory.NewQueue(memory.Config{Clock: clock.System{}, Lease: lease})
		return queuetest.Harness{Open: func(*testing.T) core.Queue { return handle{q} }, Lease: lease}
	})
}

// view is one process's view of a store: closing it leaves the store alone.
type view struct{ core.Store }

func (view) Close() error { return nil }

func TestStoreConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Harness {
		s := memory.NewStore(clock.System{})
		return storetest.Harness{Open: func(*testing.T) core.Store { return view{s} }}
	})
}

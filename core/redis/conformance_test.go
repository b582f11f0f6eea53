package redis_test

import (
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/queuetest"
	"github.com/vodrefresh/vodrefresh/core/redis"
	"github.com/vodrefresh/vodrefresh/core/storetest"
)

func TestQueueConformance(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(t *testing.T) queuetest.Harness {
		t.Helper()
		const lease = time.Second
		e := start(t)
		server := e.connect(t)
		return queuetest.Harness{
			Open:  func(*testing.T) core.Queue { return server.Queue(redis.QueueConfig{Lease: lease}) },
			Lease: lease,
			Crash: e.crash,
		}
	})
}

func TestStoreConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		t.Helper()
		e := start(t)
		server := e.connect(t)
		return storetest.Harness{
			Open:  func(*testing.T) core.Store { return server.Store() },
			Crash: e.crash,
		}
	})
}

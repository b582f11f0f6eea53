package sqs_test

import (
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/queuetest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// TestQueueConformance has no crashes: the emulator keeps messages in memory.
func TestQueueConformance(t *testing.T) {
	t.Parallel()
	service := emulatortest.SQS(t)
	queuetest.Run(t, func(t *testing.T) queuetest.Harness {
		t.Helper()
		const lease = 2 * time.Second // whole seconds, and one is short for a slow machine
		url, store := create(t, service), memory.NewStore(nil)
		return queuetest.Harness{
			Open: func(t *testing.T) core.Queue {
				t.Helper()
				return open(t, url, sqs.Options{Store: store, Lease: lease, Getenv: emulatortest.Environ("AWS_ENDPOINT_URL_SQS=" + service.URL)})
			},
			Lease: lease,
		}
	})
}

package queuetest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/queuetest"
)

// A driver's test opens handles on one engine. An engine that can be killed
// says how in Crash.
func Example() {
	const lease = time.Second
	queue := memory.NewQueue(memory.Config{Clock: clock.System{}, Lease: lease})
	harness := queuetest.Harness{
		Open:  func(*testing.T) core.Queue { return queue },
		Lease: lease,
	}
	fmt.Println(harness.Lease, harness.Crash == nil)
	// func TestConformance(t *testing.T) {
	//	queuetest.Run(t, func(t *testing.T) queuetest.Harness { return harness })
	// }

	// Output: 1s true
}

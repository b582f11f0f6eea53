package storetest_test

import (
	"fmt"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/storetest"
)

// A driver's test opens handles on one engine. An engine that can be killed
// says how in Crash.
func Example() {
	store := memory.NewStore(clock.System{})
	harness := storetest.Harness{
		Open: func(*testing.T) core.Store { return store },
	}
	fmt.Println(harness.Open(nil) != nil, harness.Crash == nil)
	// func TestConformance(t *testing.T) {
	//	storetest.Run(t, func(t *testing.T) storetest.Harness { return harness })
	// }

	// Output: true true
}

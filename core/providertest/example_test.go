package providertest_test

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/core/providertest"
)

// A driver's test gives the suite the hands on its platform. What the platform
// does not know is said, not left out.
func Example() {
	var answers string // what a platform under test would answer
	harness := providertest.Harness{
		Fault: func(f providertest.Fault) {
			answers = map[providertest.Fault]string{
				providertest.Throttle:    "503 Throttling",
				providertest.ServerError: "503 ServiceUnavailable",
			}[f]
		},
		Lacks:       []providertest.Fault{providertest.NumericCode},
		RejectsEach: true,
	}
	harness.Fault(providertest.Throttle)
	fmt.Println(answers)
	// func TestConformance(t *testing.T) {
	//	providertest.Run(t, func(t *testing.T) providertest.Harness { return harness })
	// }

	// Output: 503 Throttling
}

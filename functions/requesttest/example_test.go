package requesttest_test

import (
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// Who has another way into the functions gives Run a way to start one and to send
// requests to it. The table alone can be had too.
func Example() {
	for _, c := range requesttest.Cases(time.Now()) {
		if c.Function == config.Callback && c.Name == "a wrong key" {
			fmt.Println(c.Request.Method, c.Request.Target(), c.Want.Status)
		}
	}
	fmt.Println(requesttest.Environ(config.Callback, "http://127.0.0.1:8080")[0])
	// func TestEnvelope(t *testing.T) {
	//	requesttest.Run(t, func(t *testing.T, environ []string) requesttest.Send { return start(t, environ) })
	// }

	// Output:
	// POST /callbacks/aliyun 403
	// FUNCTION=callback
}

package envelopetest_test

import (
	"context"
	"fmt"

	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

func ExampleTrigger() {
	function := func(_ context.Context, _ []byte) ([]byte, error) {
		return []byte(`{"statusCode":200,"headers":{"Content-Type":"text/plain"},"isBase64Encoded":true,"body":"b2s="}`), nil
	}
	send := envelopetest.Trigger(function)
	answer, err := send(context.Background(), requesttest.Request{Method: "GET", Path: "/healthz"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Status, string(answer.Body))
	// Output: 200 ok
}

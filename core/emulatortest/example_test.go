package emulatortest_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

// A service that refuses everything.
func ExampleTransport() {
	client := http.Client{Transport: emulatortest.Transport(func(c emulatortest.Call) (any, error) {
		fmt.Println(c.Operation, string(c.Input))
		return emulatortest.Refusal{Code: "ThrottlingException"}, nil
	})}
	request, _ := http.NewRequest(http.MethodPost, "https://sqs.eu-west-1.amazonaws.com", strings.NewReader(`{"QueueName":"vod"}`))
	request.Header.Set("X-Amz-Target", "AmazonSQS.CreateQueue")
	answer, err := client.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.StatusCode)
	// Output:
	// CreateQueue {"QueueName":"vod"}
	// 400
}

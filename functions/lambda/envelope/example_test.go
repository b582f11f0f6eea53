package envelope_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/vodrefresh/vodrefresh/functions/lambda/envelope"
)

// An event that wraps a request is answered by any handler of net/http.
func Example() {
	event, err := envelope.Decode([]byte(`{"version":"2.0","rawPath":"/healthz","requestContext":{"http":{"method":"GET"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	request, err := event.HTTP.Request(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := event.HTTP.Answer()
	http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "at ", r.URL.Path) }).ServeHTTP(answer, request)
	text, err := json.Marshal(answer.Envelope())
	fmt.Println(string(text), err)
	// Output: {"statusCode":200,"headers":{"Content-Type":"text/plain; charset=utf-8"},"body":"at /healthz","isBase64Encoded":false} <nil>
}

package emulatortest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Call is what a driver asks of a service: an operation such as PutItem, and its
// input as the wire has it. It speaks version 1.0 of AWS's JSON protocol.
type Call struct {
	Operation string
	Input     json.RawMessage
	Request   *http.Request
}

// Read reads the input into a struct or a map, which it has to fit.
func (c Call) Read(into any) {
	if err := json.Unmarshal(c.Input, into); err != nil {
		panic(err) // of the test's own making
	}
}

// Refusal is the answer of a service that refuses a call. Its status is 400
// unless it says another.
type Refusal struct {
	Status        int
	Code, Message string
	Item          any // of a ConditionalCheckFailedException
}

// Transport answers calls instead of a service. It may be called several times
// at once. It returns what is written as JSON, a [Refusal], or an error for a
// connection that fails.
type Transport func(Call) (any, error)

// RoundTrip lets the transport answer a request.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	input, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	answer, err := t(Call{operation, input, r})
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if refused, ok := answer.(Refusal); ok {
		status = cmp.Or(refused.Status, http.StatusBadRequest)
		answer = map[string]any{"__type": "com.amazonaws#" + refused.Code, "message": refused.Message, "Item": refused.Item}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amzn-Requestid": {"request-1"}},
		Body:   io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

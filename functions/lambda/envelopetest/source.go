package envelopetest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// Source is what stands between a client and a function.
type Source struct {
	Name string
	pack func(r requesttest.Request) any
	open func(answer []byte) (requesttest.Answer, error)
}

// Sources are all of them, in every mode.
func Sources() []Source {
	return []Source{
		{"HTTP API", func(r requesttest.Request) any { return httpAPI(r, "$default") }, format2},
		{"HTTP API with a stage", func(r requesttest.Request) any { return httpAPI(r, "prod") }, format2},
		{"Function URL", func(r requesttest.Request) any { return functionURL(r) }, format2},
		{"REST API", func(r requesttest.Request) any { return restAPI(r) }, rest},
		{"load balancer", func(r requesttest.Request) any { return loadBalancer(r, false) }, balanced},
		{"load balancer with multi-value headers", func(r requesttest.Request) any { return loadBalancer(r, true) }, balanced},
		{"all in Base64", func(r requesttest.Request) any { return encoded(r) }, format2},
	}
}

// Invoke hands an event to a function and returns its answer.
type Invoke func(ctx context.Context, event []byte) ([]byte, error)

// Over is the way to a function through the source.
func (s Source) Over(invoke Invoke) requesttest.Send {
	return func(ctx context.Context, r requesttest.Request) (requesttest.Answer, error) {
		event, err := s.Event(r)
		if err != nil {
			return requesttest.Answer{}, err
		}
		answer, err := invoke(ctx, event)
		if err != nil {
			return requesttest.Answer{}, err
		}
		return s.open(answer)
	}
}

// Event is a request in its envelope.
func (s Source) Event(r requesttest.Request) ([]byte, error) {
	event, err := json.Marshal(s.pack(r))
	if err != nil {
		return nil, fmt.Errorf("wrap a request: %w", err)
	}
	return event, nil
}

// text is a body as an envelope has it: in Base64 if it is no text.
func text(body []byte) (string, bool) {
	if utf8.Valid(body) {
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}

// answered is an answer that was unwrapped.
func answered(status int, header http.Header, body string, isBase64 bool) (requesttest.Answer, error) {
	raw := []byte(body)
	if isBase64 {
		var err error
		if raw, err = base64.StdEncoding.DecodeString(body); err != nil {
			return requesttest.Answer{}, fmt.Errorf("an answer that is no Base64: %w", err)
		}
	}
	if status < 100 || status > 599 {
		return requesttest.Answer{}, fmt.Errorf("status %d", status)
	}
	return requesttest.Answer{Status: status, Header: header, Body: raw}, nil
}

// header adds single and multiple values up.
func header(single map[string]string, multiple map[string][]string) http.Header {
	all := make(http.Header)
	for name, value := range single {
		all.Add(name, value)
	}
	for name, values := range multiple {
		for _, value := range values {
			all.Add(name, value)
		}
	}
	return all
}

// format2 unwraps what a Function URL or an HTTP API was answered.
func format2(answer []byte) (requesttest.Answer, error) {
	var a events.APIGatewayV2HTTPResponse
	if err := strictly(answer, &a); err != nil {
		return requesttest.Answer{}, err
	}
	if len(a.MultiValueHeaders) > 0 {
		return requesttest.Answer{}, fmt.Errorf("format 2.0 has no multiValueHeaders: %v", a.MultiValueHeaders)
	}
	all := header(a.Headers, nil)
	for _, cookie := range a.Cookies {
		all.Add("Set-Cookie", cookie)
	}
	return answered(a.StatusCode, all, a.Body, a.IsBase64Encoded)
}

// rest unwraps what a REST API was answered.
func rest(answer []byte) (requesttest.Answer, error) {
	var a events.APIGatewayProxyResponse
	if err := strictly(answer, &a); err != nil {
		return requesttest.Answer{}, err
	}
	return answered(a.StatusCode, header(a.Headers, a.MultiValueHeaders), a.Body, a.IsBase64Encoded)
}

// balanced unwraps what a load balancer was answered.
func balanced(answer []byte) (requesttest.Answer, error) {
	var a events.ALBTargetGroupResponse
	if err := strictly(answer, &a); err != nil {
		return requesttest.Answer{}, err
	}
	if want := fmt.Sprintf("%d %s", a.StatusCode, http.StatusText(a.StatusCode)); a.StatusDescription != want {
		return requesttest.Answer{}, fmt.Errorf("statusDescription %q, want %q", a.StatusDescription, want)
	}
	if len(a.Headers) > 0 && len(a.MultiValueHeaders) > 0 {
		return requesttest.Answer{}, errors.New("headers and multiValueHeaders in one answer")
	}
	return answered(a.StatusCode, header(a.Headers, a.MultiValueHeaders), a.Body, a.IsBase64Encoded)
}

package envelopetest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aliyun/fc-runtime-go-sdk/events"

	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// Invoke hands an event to a function and brings back what it answers.
type Invoke func(ctx context.Context, event []byte) (answer []byte, err error)

// Trigger is the way of requests through an HTTP trigger.
func Trigger(invoke Invoke) requesttest.Send {
	return func(ctx context.Context, r requesttest.Request) (requesttest.Answer, error) {
		event, err := json.Marshal(HTTP(r))
		if err != nil {
			return requesttest.Answer{}, fmt.Errorf("wrap %s %s: %w", r.Method, r.Target(), err)
		}
		answer, err := invoke(ctx, event)
		if err != nil {
			return requesttest.Answer{}, err
		}
		return Unwrap(answer)
	}
}

// HTTP is a request as the event of an HTTP trigger: names of headers in their
// canonical form, repeated values joined, the query decoded, and a body that is no
// text as Base64.
func HTTP(r requesttest.Request) events.HTTPTriggerEvent {
	header := map[string]string{"Host": domain}
	for _, line := range r.Header {
		name := http.CanonicalHeaderKey(line.Name)
		if before, ok := header[name]; ok {
			header[name] = before + "," + line.Value
		} else {
			header[name] = line.Value
		}
	}
	query := make(map[string]string)
	if values, err := url.ParseQuery(r.Query); err == nil {
		for name, all := range values {
			query[name] = strings.Join(all, ",")
		}
	}
	path, err := url.PathUnescape(r.Path)
	if err != nil {
		path = r.Path
	}
	body, isBase64 := string(r.Body), false
	if !utf8.Valid(r.Body) {
		body, isBase64 = base64.StdEncoding.EncodeToString(r.Body), true
	}
	e := events.HTTPTriggerEvent{
		Version: new("v1"), RawPath: &r.Path, Body: &body, IsBase64Encoded: &isBase64, Headers: &header, QueryParameters: &query,
	}
	e.TriggerContext.DomainName, e.TriggerContext.RequestId = new(domain), new("1-6743a2f1-15b3c8a0-2f6f1d5a9c3e")
	e.TriggerContext.Time, e.TriggerContext.TimeEpoch = new("2026-05-28T20:26:41Z"), new("1780000001000")
	about := &e.TriggerContext.Http
	about.Method, about.Path, about.Protocol = &r.Method, &path, new("HTTP/1.1")
	about.SourceIp, about.UserAgent = new("192.0.2.77"), new("made-up/1.0")
	return e
}

const domain = "vodrefresh-abcdefghij.cn-shanghai.fcapp.run"

// Unwrap is what a client gets of a function's answer.
func Unwrap(answer []byte) (requesttest.Answer, error) {
	var a events.HTTPTriggerResponse
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&a); err != nil {
		return requesttest.Answer{}, fmt.Errorf("an answer of another shape: %w", err)
	}
	got := requesttest.Answer{Status: a.StatusCode, Header: make(http.Header), Body: []byte(a.Body)}
	for name, value := range a.Headers {
		got.Header.Set(name, value)
	}
	if a.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(a.Body)
		if err != nil {
			return requesttest.Answer{}, fmt.Errorf("an answer that is not Base64: %w", err)
		}
		got.Body = body
	}
	return got, nil
}

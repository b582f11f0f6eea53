package envelope

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Answer is an [http.ResponseWriter] that keeps what is written. Make one with
// [HTTP.Answer]; it is for one request and one goroutine.
type Answer struct {
	to     kind
	head   bool // of a HEAD request, whose answer has no body
	header http.Header
	status int
	sent   http.Header // the header when the status was written
	body   bytes.Buffer
}

// Answer begins the answer to the request.
func (h *HTTP) Answer() *Answer {
	return &Answer{to: h.kind(), head: h.method() == http.MethodHead, header: make(http.Header)}
}

// Header is the header that will be sent with the status.
func (a *Answer) Header() http.Header { return a.header }

// WriteHeader sets the status; the first one holds.
func (a *Answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status, a.sent = status, a.header.Clone()
	}
}

// Write adds to the body. A body without a Content-Type is given the one that it
// looks like, as net/http does.
func (a *Answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		if a.header.Get("Content-Type") == "" && len(p) > 0 {
			a.header.Set("Content-Type", http.DetectContentType(p))
		}
		a.WriteHeader(http.StatusOK)
	}
	if a.head || a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		return len(p), nil
	}
	return a.body.Write(p)
}

// Envelope is the answer as the sender of the request wants it. Fields that are
// empty are left out: a REST API refuses what it does not know.
func (a *Answer) Envelope() Envelope {
	a.WriteHeader(http.StatusOK)
	e := Envelope{StatusCode: a.status, Body: a.body.String()}
	if !utf8.Valid(a.body.Bytes()) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(a.body.Bytes()), true
	}
	switch a.to {
	case rest:
		e.MultiValueHeaders = a.sent
	case loadBalancerMulti:
		e.MultiValueHeaders, e.StatusDescription = a.sent, description(a.status)
	case loadBalancer:
		e.Headers, e.StatusDescription = joined(a.sent), description(a.status)
	case format2, none:
		e.Cookies = a.sent.Values("Set-Cookie")
		a.sent.Del("Set-Cookie")
		e.Headers = joined(a.sent)
	}
	return e
}

// Envelope is an answer for any of the envelopes.
type Envelope struct {
	StatusCode        int                 `json:"statusCode"`
	StatusDescription string              `json:"statusDescription,omitempty"` // of a load balancer
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
	Cookies           []string            `json:"cookies,omitempty"` // of format 2.0: values of Set-Cookie
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// description is the status as a load balancer writes it.
func description(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// joined is a header with one value for each name. Of several cookies a load
// balancer without multi-value headers can set the first.
func joined(header http.Header) map[string]string {
	one := make(map[string]string, len(header))
	for name, values := range header {
		if name == "Set-Cookie" {
			one[name] = values[0]
			continue
		}
		one[name] = strings.Join(values, ", ")
	}
	return one
}

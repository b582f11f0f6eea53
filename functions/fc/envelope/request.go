package envelope

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
)

// Request is a request as an HTTP trigger describes it. Header values that were
// repeated are joined with commas by the platform, and so are query parameters;
// what their order was is lost.
//
// Source: Function Compute, "HTTP trigger: format of the event", version v1.
type Request struct {
	ID       string // the platform's, for its logs
	Method   string
	RawPath  string // percent-encoded
	Query    map[string]string
	Header   map[string]string
	Body     []byte // decoded
	Host     string
	Protocol string
	SourceIP string
}

// decodeHTTP reads a request. Its body is what was sent: Base64 is undone here,
// so that signatures are checked over the same bytes everywhere. The kind stands
// beside an error, too: a request has to be answered all the same.
func decodeHTTP(payload []byte) (Event, error) {
	var wire struct {
		RawPath         text   `json:"rawPath"`
		Headers         fields `json:"headers"`
		QueryParameters fields `json:"queryParameters"`
		Body            text   `json:"body"`
		IsBase64Encoded text   `json:"isBase64Encoded"`
		RequestContext  struct {
			DomainName text `json:"domainName"`
			RequestID  text `json:"requestId"`
			HTTP       struct {
				Method   text `json:"method"`
				Path     text `json:"path"` // decoded
				Protocol text `json:"protocol"`
				SourceIP text `json:"sourceIp"`
			} `json:"http"`
		} `json:"requestContext"`
	}
	if err := json.Unmarshal(payload, &wire); err != nil {
		return Event{Kind: HTTP}, core.Errorf(core.Invalid, "the request of the HTTP trigger cannot be read: requestContext and its http must be objects")
	}
	about := wire.RequestContext
	r := Request{
		ID: string(about.RequestID), Method: string(about.HTTP.Method), RawPath: string(wire.RawPath),
		Query: wire.QueryParameters.plain(), Header: wire.Headers.plain(), Body: []byte(wire.Body),
		Host: string(about.DomainName), Protocol: string(about.HTTP.Protocol), SourceIP: string(about.HTTP.SourceIP),
	}
	if r.RawPath == "" {
		r.RawPath = (&url.URL{Path: string(about.HTTP.Path)}).EscapedPath()
	}
	if wire.IsBase64Encoded == "true" {
		body, err := base64.StdEncoding.DecodeString(string(wire.Body))
		if err != nil {
			r.Body = nil
			return Event{Kind: HTTP, Request: r}, core.Errorf(core.Invalid, "the request of the HTTP trigger cannot be read: isBase64Encoded is true, and the body is not Base64")
		}
		r.Body = body
	}
	return Event{Kind: HTTP, Request: r}, nil
}

// plain is the object with plain texts; nil if it is empty.
func (f fields) plain() map[string]string {
	if len(f) == 0 {
		return nil
	}
	all := make(map[string]string, len(f))
	for name, value := range f {
		all[name] = string(value)
	}
	return all
}

// HTTP is the request as net/http's server would hand it to a handler. A method
// or path that no server would take is an error of kind Invalid.
//
// Query parameters are taken for decoded [?]: the document's samples have none
// that would tell.
func (r Request) HTTP(ctx context.Context) (*http.Request, error) {
	path, err := url.PathUnescape(r.RawPath)
	if err != nil || !strings.HasPrefix(r.RawPath, "/") {
		return nil, core.Errorf(core.Invalid, "rawPath: must be a percent-encoded path, not %.64q", r.RawPath)
	}
	query := make(url.Values, len(r.Query))
	for name, value := range r.Query {
		query.Set(name, value)
	}
	target := &url.URL{Path: path, RawPath: r.RawPath, RawQuery: query.Encode()}
	request, err := http.NewRequestWithContext(ctx, r.Method, "/", io.NopCloser(bytes.NewReader(r.Body)))
	if err != nil || r.Method == "" {
		return nil, core.Errorf(core.Invalid, "method: must be an HTTP method, not %.64q", r.Method)
	}
	request.URL, request.RequestURI = target, target.RequestURI()
	request.ContentLength = int64(len(r.Body))
	request.Host = r.Host
	request.Proto, request.ProtoMajor, request.ProtoMinor = "HTTP/1.1", 1, 1
	if major, minor, ok := http.ParseHTTPVersion(r.Protocol); ok {
		request.Proto, request.ProtoMajor, request.ProtoMinor = r.Protocol, major, minor
	}
	if r.SourceIP != "" {
		request.RemoteAddr = net.JoinHostPort(r.SourceIP, "0") // the port is not told
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) { // in a fixed order, if two differ in case only
		if http.CanonicalHeaderKey(name) != "Host" {
			request.Header.Add(name, r.Header[name])
		} else if r.Host == "" {
			request.Host = r.Header[name]
		}
	}
	return request, nil
}

package envelope

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
)

// Request is the request that a client sent, as a server of net/http would have
// it. The error is of kind Invalid: the method or the path is none, or the body is
// said to be Base64 and is not.
func (h *HTTP) Request(ctx context.Context) (*http.Request, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	body := []byte(h.Body)
	if h.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(h.Body); err != nil {
			return nil, core.Errorf(core.Invalid, "the body is said to be Base64, and is not")
		}
	}
	target := h.target()
	request := &http.Request{
		Method: h.method(), URL: target, RequestURI: target.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h.header(), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		RemoteAddr: cmp.Or(h.RequestContext.HTTP.SourceIP, h.RequestContext.Identity.SourceIP),
	}
	request.Host = cmp.Or(request.Header.Get("Host"), h.RequestContext.DomainName)
	request.Header.Del("Host")
	return request.WithContext(ctx), nil
}

// target is path and query. A path that is encoded wrongly was decoded before: it
// is taken as it is.
func (h *HTTP) target() *url.URL {
	raw := h.path()
	target := &url.URL{Path: raw, RawQuery: h.query()}
	if decoded, err := url.PathUnescape(raw); err == nil {
		target.Path, target.RawPath = decoded, raw
	}
	return target
}

// query is the query of the request: as it was sent, or made of its parameters,
// which a load balancer leaves encoded and a REST API does not.
func (h *HTTP) query() string {
	if h.kind() == format2 {
		return h.RawQueryString
	}
	values := url.Values(h.MultiValueQuery)
	if len(values) == 0 {
		values = make(url.Values, len(h.Query))
		for name, value := range h.Query {
			values.Set(name, value)
		}
	}
	if h.kind() == rest {
		return values.Encode()
	}
	var parameters []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			parameters = append(parameters, name+"="+value)
		}
	}
	return strings.Join(parameters, "&")
}

// header is that of the request, under its canonical names. Names that differ in
// case alone are one header that came more than once.
func (h *HTTP) header() http.Header {
	header := make(http.Header, len(h.Headers)+len(h.MultiValueHeaders))
	if h.kind() != format2 && h.MultiValueHeaders != nil {
		for _, name := range slices.Sorted(maps.Keys(h.MultiValueHeaders)) {
			for _, value := range h.MultiValueHeaders[name] {
				header.Add(name, value)
			}
		}
		return header
	}
	for _, name := range slices.Sorted(maps.Keys(h.Headers)) {
		value := h.Headers[name]
		if h.kind() != format2 {
			header.Add(name, value)
			continue
		}
		for _, one := range separated(value) {
			header.Add(name, one)
		}
	}
	if len(h.Cookies) > 0 { // the emulator of SAM has them in both places
		header.Set("Cookie", strings.Join(h.Cookies, "; "))
	}
	return header
}

// separated are the values of a header that came more than once, which format 2.0
// joins with a comma and no blank. A list or a date that a client wrote usually
// has a blank after its commas and stays whole; if it has none, it is the same
// list in several lines (RFC 9110, section 5.3). What must come once thus stays
// recognisable when it came twice.
func separated(value string) []string {
	var all []string
	from := 0
	for i := range len(value) - 1 {
		if value[i] == ',' && value[i+1] != ' ' && value[i+1] != '\t' {
			all, from = append(all, value[from:i]), i+1
		}
	}
	return append(all, value[from:])
}

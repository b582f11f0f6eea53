package envelopetest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

const (
	apiDomain = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
	client    = "192.0.2.77"
)

// strictly decodes an answer that may have no field beside those of its type.
func strictly(answer []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("an answer of another shape: %w", err)
	}
	return nil
}

// lowered is a header as format 2.0 has it: names in lower case, several values
// joined, cookies apart.
func lowered(lines []requesttest.Field) (header map[string]string, cookies []string) {
	header = map[string]string{"host": apiDomain, "x-forwarded-proto": "https", "x-forwarded-port": "443"}
	for _, line := range lines {
		name := strings.ToLower(line.Name)
		if name == "cookie" {
			cookies = append(cookies, strings.Split(line.Value, "; ")...)
		} else if before, ok := header[name]; ok {
			header[name] = before + "," + line.Value
		} else {
			header[name] = line.Value
		}
	}
	return header, cookies
}

func httpAPI(r requesttest.Request, stage string) events.APIGatewayV2HTTPRequest {
	header, cookies := lowered(r.Header)
	body, isBase64 := text(r.Body)
	path := r.Path
	if stage != "$default" {
		path = "/" + stage + path
	}
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: path, RawQueryString: r.Query, Cookies: cookies, Headers: header,
		Body: body, IsBase64Encoded: isBase64,
	}
	if values, err := url.ParseQuery(r.Query); err == nil && len(values) > 0 {
		event.QueryStringParameters = make(map[string]string)
		for name := range values {
			event.QueryStringParameters[name] = strings.Join(values[name], ",")
		}
	}
	event.RequestContext.DomainName, event.RequestContext.Stage = apiDomain, stage
	event.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{
		Method: r.Method, Path: path, Protocol: "HTTP/1.1", SourceIP: client,
	}
	return event
}

func functionURL(r requesttest.Request) events.LambdaFunctionURLRequest {
	header, cookies := lowered(r.Header)
	body, isBase64 := text(r.Body)
	event := events.LambdaFunctionURLRequest{
		Version: "2.0", RawPath: r.Path, RawQueryString: r.Query, Cookies: cookies, Headers: header, Body: body, IsBase64Encoded: isBase64,
	}
	event.RequestContext.DomainName = "abcdefghijklmnop.lambda-url.eu-west-1.on.aws"
	event.RequestContext.HTTP = events.LambdaFunctionURLRequestContextHTTPDescription{
		Method: r.Method, Path: r.Path, Protocol: "HTTP/1.1", SourceIP: client,
	}
	return event
}

// encoded is a Function URL for which no content type is text.
func encoded(r requesttest.Request) events.LambdaFunctionURLRequest {
	event := functionURL(r)
	event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString(r.Body), true
	return event
}

// spelt is a header with its names as they were sent: the last value of each, and
// all of them.
func spelt(lines []requesttest.Field) (last map[string]string, all map[string][]string) {
	last, all = make(map[string]string), make(map[string][]string)
	for _, line := range append([]requesttest.Field{{Name: "Host", Value: apiDomain}}, lines...) {
		name := line.Name
		for there := range all { // one header, however it is spelt
			if http.CanonicalHeaderKey(there) == http.CanonicalHeaderKey(name) {
				name = there
			}
		}
		last[name] = line.Value
		all[name] = append(all[name], line.Value)
	}
	return last, all
}

// restAPI has the query decoded, and the header twice.
func restAPI(r requesttest.Request) events.APIGatewayProxyRequest {
	body, isBase64 := text(r.Body)
	event := events.APIGatewayProxyRequest{
		Resource: "/{proxy+}", Path: r.Path, HTTPMethod: r.Method, Body: body, IsBase64Encoded: isBase64,
		PathParameters: map[string]string{"proxy": strings.TrimPrefix(r.Path, "/")},
	}
	event.Headers, event.MultiValueHeaders = spelt(r.Header)
	if values, err := url.ParseQuery(r.Query); err == nil && len(values) > 0 {
		event.QueryStringParameters, event.MultiValueQueryStringParameters = make(map[string]string), values
		for name, all := range values {
			event.QueryStringParameters[name] = all[len(all)-1]
		}
	}
	event.RequestContext.Path, event.RequestContext.Stage, event.RequestContext.HTTPMethod = "/prod"+r.Path, "prod", r.Method
	event.RequestContext.DomainName, event.RequestContext.Identity.SourceIP = apiDomain, client
	return event
}

// loadBalancer has the query as it was sent, in parts, and names of headers in
// lower case.
func loadBalancer(r requesttest.Request, multiple bool) events.ALBTargetGroupRequest {
	body, isBase64 := text(r.Body)
	event := events.ALBTargetGroupRequest{HTTPMethod: r.Method, Path: r.Path, Body: body, IsBase64Encoded: isBase64}
	event.RequestContext.ELB.TargetGroupArn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/vod/6d0ecf831eec9f09"
	lines := make([]requesttest.Field, len(r.Header))
	for i, line := range r.Header {
		lines[i] = requesttest.Field{Name: strings.ToLower(line.Name), Value: line.Value}
	}
	lastHeader, allHeaders := spelt(lines)
	last, all := make(map[string]string), make(map[string][]string)
	for parameter := range strings.SplitSeq(r.Query, "&") {
		if name, value, _ := strings.Cut(parameter, "="); parameter != "" {
			last[name] = value
			all[name] = append(all[name], value)
		}
	}
	if multiple {
		event.MultiValueHeaders, event.MultiValueQueryStringParameters = allHeaders, all
	} else {
		event.Headers, event.QueryStringParameters = lastHeader, last
	}
	return event
}

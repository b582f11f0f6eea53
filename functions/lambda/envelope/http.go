package envelope

import (
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
)

// HTTP is a request in one of the envelopes, all of whose fields it has.
//
// Source: AWS, "Create AWS Lambda proxy integrations for HTTP APIs" (formats 1.0
// and 2.0), "Invoking Lambda function URLs", "Lambda functions as targets" of
// Application Load Balancers; the event types of aws-lambda-go.
type HTTP struct {
	Version string `json:"version"`

	RawPath        string   `json:"rawPath"`        // 2.0
	RawQueryString string   `json:"rawQueryString"` // 2.0, as it was sent
	Cookies        []string `json:"cookies"`        // 2.0

	HTTPMethod        string              `json:"httpMethod"` // 1.0 and the load balancer
	Path              string              `json:"path"`
	Query             map[string]string   `json:"queryStringParameters"`
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`

	Body            string         `json:"body"`
	IsBase64Encoded bool           `json:"isBase64Encoded"`
	RequestContext  RequestContext `json:"requestContext"`
}

// RequestContext is what the envelope knows of the request beside what was sent.
type RequestContext struct {
	DomainName string `json:"domainName"`
	Stage      string `json:"stage"`
	HTTP       struct {
		Method   string `json:"method"`
		SourceIP string `json:"sourceIp"`
	} `json:"http"`
	Identity struct {
		SourceIP string `json:"sourceIp"`
	} `json:"identity"`
	ELB *struct {
		TargetGroupARN string `json:"targetGroupArn"`
	} `json:"elb"`
}

// kind is an envelope.
type kind int

const (
	none         kind = iota
	format2           // Function URL and HTTP API
	rest              // REST API, and an HTTP API with format 1.0
	loadBalancer      // one header of each name
	loadBalancerMulti
)

// kind tells the envelopes apart.
func (h *HTTP) kind() kind {
	switch {
	case h.RequestContext.ELB != nil && h.MultiValueHeaders != nil:
		return loadBalancerMulti
	case h.RequestContext.ELB != nil:
		return loadBalancer
	case h.RequestContext.HTTP.Method != "":
		return format2
	case h.HTTPMethod != "":
		return rest
	}
	return none
}

// method is that of the request.
func (h *HTTP) method() string {
	if h.kind() == format2 {
		return h.RequestContext.HTTP.Method
	}
	return h.HTTPMethod
}

// path is that of the request, with its encoding where it is kept.
//
// Format 2.0 begins it with the stage, unless that is $default. Whether it does
// so under a domain of one's own is not documented: there nothing is taken away.
func (h *HTTP) path() string {
	if h.kind() != format2 {
		return h.Path
	}
	stage, domain := h.RequestContext.Stage, h.RequestContext.DomainName
	if stage == "" || stage == "$default" || !strings.Contains(domain, ".execute-api.") {
		return h.RawPath
	}
	if rest, ok := strings.CutPrefix(h.RawPath, "/"+stage); ok && (rest == "" || rest[0] == '/') {
		return "/" + strings.TrimPrefix(rest, "/")
	}
	return h.RawPath
}

// check refuses what could not be a request, for reasons of kind Invalid.
func (h *HTTP) check() error {
	if method := h.method(); strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" || method == "" {
		return core.Errorf(core.Invalid, "the method is none")
	}
	if path := h.path(); !strings.HasPrefix(path, "/") {
		return core.Errorf(core.Invalid, "the path does not begin with a slash")
	}
	return nil
}

package sqs

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/internal/awsclient"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// address is a queue's URL in its parts.
type address struct {
	host   string // with the port, if one was given
	region string // empty if the host does not tell
	path   string // account/queue
	plain  bool   // the host may be talked to without TLS
}

var (
	// pathForm is the account and the name of a standard queue; that of a FIFO
	// queue has a dot in it.
	pathForm = regexp.MustCompile(`^\d{12}/[A-Za-z0-9_-]{1,80}$`)
	// hostForm finds the region in a public or a private endpoint.
	hostForm = regexp.MustCompile(`(?:^|\.)sqs\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|vpce\.amazonaws\.com|api\.aws)$`)
)

// parse reads a URL such as sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod.
// Of one that has a user or parameters, no part is quoted: it may be a secret.
func parse(text string, allowHTTP bool) (address, error) {
	refuse := func(value any, detail string) (address, error) {
		return address{}, &core.Error{
			Kind: core.Invalid, Op: "sqs open",
			Fields: []core.FieldError{{Field: "URL", Value: value, Detail: detail}},
		}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return refuse(secret.New(text), "must be the queue's URL with sqs:// in the place of https://, and nothing else")
	case u.Scheme != "sqs":
		return refuse(text, "must begin with sqs://")
	case !awsclient.ValidHost(u.Hostname()):
		return refuse(text, "must name a host, such as sqs.eu-west-1.amazonaws.com")
	}
	a := address{host: u.Host, path: strings.TrimPrefix(u.Path, "/"), plain: awsclient.PlainHost(u.Hostname(), allowHTTP)}
	if !pathForm.MatchString(a.path) {
		return refuse(text, "must have the account's 12 digits and the name of a standard queue after the host")
	}
	if region := hostForm.FindStringSubmatch(strings.ToLower(u.Hostname())); region != nil {
		a.region = region[1]
	}
	return a, nil
}

// endpoint is where requests go if the environment does not say.
func (a address) endpoint() awsclient.Endpoint {
	if a.plain {
		return awsclient.Endpoint{Scheme: "http", Host: a.host}
	}
	return awsclient.Endpoint{Scheme: "https", Host: a.host}
}

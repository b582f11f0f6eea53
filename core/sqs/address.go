package sqs

import (
	"net/url"
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

// validPath reports whether a path is the account and the name of a standard
// queue; that of a FIFO queue has a dot in it.
func validPath(path string) bool {
	account, name, _ := strings.Cut(path, "/")
	return len(account) == 12 && strings.Trim(account, "0123456789") == "" &&
		name != "" && len(name) <= 80 && strings.Trim(name, awsclient.Alphanumeric+"_-") == ""
}

// regionOf finds the region in a public or a private endpoint.
func regionOf(host string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	for _, domain := range []string{".vpce.amazonaws.com", ".amazonaws.com", ".amazonaws.com.cn", ".api.aws"} {
		names, ok := strings.CutSuffix(host, domain)
		if !ok {
			continue
		}
		labels := strings.Split("."+names, ".")
		if last := len(labels) - 1; labels[last-1] == "sqs" && strings.Trim(labels[last], letters) == "" {
			return labels[last]
		}
	}
	return ""
}

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
	if !validPath(a.path) {
		return refuse(text, "must have the account's 12 digits and the name of a standard queue after the host")
	}
	a.region = regionOf(strings.ToLower(u.Hostname()))
	return a, nil
}

// endpoint is where requests go if the environment does not say.
func (a address) endpoint() awsclient.Endpoint {
	if a.plain {
		return awsclient.Endpoint{Scheme: "http", Host: a.host}
	}
	return awsclient.Endpoint{Scheme: "https", Host: a.host}
}

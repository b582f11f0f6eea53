package awsclient

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
)

// Endpoint is where requests go.
type Endpoint struct {
	Scheme string // http or https
	Host   string // with the port, if one was given
}

// String is the endpoint's URL.
func (e Endpoint) String() string { return e.Scheme + "://" + e.Host }

// parseEndpoint reads an endpoint from a variable. What it says of a wrong one
// never quotes user info or a query: they may hold a secret.
func parseEndpoint(name, text string, allowHTTP bool) (Endpoint, []core.FieldError) {
	refuse := func(shown, detail string) (Endpoint, []core.FieldError) {
		return Endpoint{}, []core.FieldError{{Field: name, Value: shown, Detail: detail}}
	}
	u, err := url.Parse(text)
	if err != nil {
		return refuse("an unreadable text", "must be https://host[:port]")
	}
	shown := u.Scheme + "://" + u.Host
	switch {
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return refuse(shown+" with more than a host", "must be https://host[:port]")
	case !ValidHost(u.Hostname()):
		return refuse(shown, "must be https://host[:port]")
	case u.Scheme == "https", u.Scheme == "http" && PlainHost(u.Hostname(), allowHTTP):
		return Endpoint{u.Scheme, u.Host}, nil
	case u.Scheme != "http":
		return refuse(shown, "must begin with https://")
	case allowHTTP:
		return refuse(shown, "must be https; http is for loopback and private hosts")
	}
	return refuse(shown, "must be https; http is for loopback hosts")
}

// nameForm matches host names, underscores of containers included.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$`)

// ValidHost reports whether a text is a host name or an address.
func ValidHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || nameForm.MatchString(host)
}

// PlainHost reports whether a host may be talked to without TLS: it is this
// machine or, if that is allowed, one that is not on the public internet.
func PlainHost(host string, allowPrivate bool) bool {
	host = strings.ToLower(host)
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return addr.IsLoopback() || allowPrivate && addr.IsPrivate()
	}
	private := !strings.Contains(host, ".") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local")
	return host == "localhost" || allowPrivate && private
}

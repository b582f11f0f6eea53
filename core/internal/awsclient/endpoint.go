package awsclient

import (
	"net/netip"
	"net/url"
	"slices"
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

// Alphanumeric are the letters and digits that names may have.
const Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// ValidHost reports whether a text is a host name, underscores of containers
// included, or an address.
func ValidHost(host string) bool {
	const longest = 253
	_, err := netip.ParseAddr(host)
	return err == nil ||
		host != "" && len(host) <= longest && strings.Trim(host, Alphanumeric+"_.-") == "" && strings.Trim(host, ".-") == host
}

// isRegion reports whether a text has the form of a region ID, such as eu-west-1.
// Which regions exist is AWS's to say.
func isRegion(text string) bool {
	const lower, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	continent, rest, _ := strings.Cut(text, "-")
	if len(continent) < 2 || len(continent) > 5 || strings.Trim(continent, lower) != "" {
		return false
	}
	parts := strings.Split(rest, "-")
	wrong := func(part string) bool { return part == "" || len(part) > 20 || strings.Trim(part, lower+digits) != "" }
	return len(parts) >= 2 && len(parts) <= 4 && !slices.ContainsFunc(parts, wrong)
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

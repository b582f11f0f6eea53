package wire

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
)

// Endpoint is where calls go.
type Endpoint struct {
	Scheme string // http or https
	Host   string // with the port, if one was given
}

// String reads scheme://host[:port].
func (e Endpoint) String() string { return e.Scheme + "://" + e.Host }

// IsRegion reports whether a text has the form of a region ID, such as
// ap-southeast-3, and may stand in a host name as it is. Which regions exist is
// the provider's to say.
func IsRegion(text string) bool {
	const lower, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	continent, rest, _ := strings.Cut(text, "-")
	if len(continent) < 2 || len(continent) > 4 || strings.Trim(continent, lower) != "" {
		return false
	}
	parts := strings.Split(rest, "-")
	wrong := func(part string) bool { return part == "" || len(part) > 20 || strings.Trim(part, lower+digits) != "" }
	return len(parts) <= 5 && !slices.ContainsFunc(parts, wrong)
}

// isName reports whether a text is a host name, underscores of containers
// included.
func isName(text string) bool {
	const longest = 253
	return text != "" && len(text) <= longest && strings.Trim(text, alphanumeric+"_.-") == "" && strings.Trim(text, ".-") == text
}

// ParseEndpoint reads a driver's field Endpoint: a host, or
// scheme://host[:port]. Without a scheme it is https, or http if the host is a
// loopback one. Other hosts must be https, unless allowHTTP is set: then private
// addresses, names without a dot and .internal and .local names may be http.
//
// What it says of a wrong one never quotes user info or a query: they may hold a
// secret.
func ParseEndpoint(text string, allowHTTP bool) (to Endpoint, wrong *core.FieldError) {
	refuse := func(value, detail string) (Endpoint, *core.FieldError) {
		return Endpoint{}, &core.FieldError{Field: "Endpoint", Value: value, Detail: detail}
	}
	full := text
	if !strings.Contains(text, "://") {
		full = "//" + text
	}
	u, err := url.Parse(full)
	if err != nil {
		return refuse("an unreadable text", "a host or scheme://host[:port]")
	}
	shown := strings.TrimPrefix(u.Scheme+"://"+u.Host, "://")
	switch {
	case u.User != nil:
		return refuse(shown+" with user info", "a host or scheme://host[:port]")
	case strings.Trim(u.Path, "/") != "":
		return refuse(shown+" with a path", "a host or scheme://host[:port]")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return refuse(shown+" with a query or fragment", "a host or scheme://host[:port]")
	case !validHost(u) || !validPort(u):
		return refuse(shown, "a host or scheme://host[:port]")
	}
	loopback := isLoopback(u.Hostname())
	scheme := u.Scheme
	if scheme == "" {
		scheme = "https"
		if loopback {
			scheme = "http"
		}
	}
	switch {
	case scheme == "https" || scheme == "http" && loopback:
	case scheme != "http":
		return refuse(shown, "https, or http on a loopback host")
	case !allowHTTP:
		return refuse(shown, "https; http is for loopback hosts, or private ones if AllowHTTP is set")
	case !isPrivate(u.Hostname()):
		return refuse(shown, "https; http, if AllowHTTP is set, is for private hosts only")
	}
	return Endpoint{Scheme: scheme, Host: u.Host}, nil
}

// validHost accepts a name or an address; one of IPv6 needs its brackets, lest a
// part of it is taken for a port, and has no zone.
func validHost(u *url.URL) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return isName(u.Hostname())
	}
	return addr.Zone() == "" && (addr.Is4() || strings.HasPrefix(u.Host, "["))
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.Atoi(u.Port())
	return err == nil && port > 0 && port < 1<<16
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// isPrivate reports whether a host cannot be on the public internet: by its
// address, or by a name that public DNS does not hold.
func isPrivate(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsPrivate()
	}
	host = strings.ToLower(host)
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local")
}

package huawei

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
)

// endpoint is where the calls go.
type endpoint struct {
	scheme string // http or https
	host   string // with the port, if one was given
}

// newEndpoint returns where calls go, or what is wrong with the region or the
// text of the endpoint.
//
// Source: endpoints of Huawei Cloud VOD; the SDK's table of regions.
func newEndpoint(region, text string, allowHTTP bool) (to endpoint, wrong []core.FieldError) {
	if !regionForm.MatchString(region) {
		wrong = append(wrong, core.FieldError{Field: "Region", Value: region, Detail: "a region ID such as cn-north-4"})
	}
	if text == "" {
		return endpoint{scheme: "https", host: "vod." + region + ".myhuaweicloud.com"}, wrong
	}
	scheme, host, bad := parseEndpoint(text, allowHTTP)
	if bad != nil {
		wrong = append(wrong, *bad)
	}
	return endpoint{scheme: scheme, host: host}, wrong
}

var (
	// regionForm matches region IDs. Which regions exist is the provider's to say.
	regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z0-9]{1,20}){1,5}$`)
	// nameForm matches host names, underscores of containers included.
	nameForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$`)
)

// parseEndpoint splits a configured endpoint. What it says of a wrong one never
// quotes user info or a query: they may hold a secret.
func parseEndpoint(text string, allowHTTP bool) (scheme, host string, wrong *core.FieldError) {
	refuse := func(value, detail string) (string, string, *core.FieldError) {
		return "", "", &core.FieldError{Field: "Endpoint", Value: value, Detail: detail}
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
	case !validHost(u.Hostname()) || !validPort(u):
		return refuse(shown, "a host or scheme://host[:port]")
	}
	loopback := isLoopback(u.Hostname())
	scheme = u.Scheme
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
	return scheme, u.Host, nil
}

func validHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || nameForm.MatchString(host)
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

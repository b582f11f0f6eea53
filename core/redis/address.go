package redis

import (
	"crypto/tls"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// DefaultPrefix is what the keys begin with if the URL does not say.
const DefaultPrefix = "vodrefresh"

// address is a server's URL in its parts.
type address struct {
	hostPort string
	tls      *tls.Config // nil: in the clear
	user     string
	password secret.Value
	db       int
	cluster  bool
	prefix   string
}

// validPrefix leaves out the braces of a hash tag, among others.
func validPrefix(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"
	return text != "" && len(text) <= 64 && strings.Trim(text, letters) == ""
}

// parse reads a URL such as
// rediss://user:password@host:6379/0?prefix=vodrefresh&cluster=true.
//
// A password with a character that should have been escaped ends up in any
// part of the URL, so of a URL that does not fit, no part is quoted.
func parse(text string) (address, error) {
	refuse := func(detail string) (address, error) {
		return address{}, &core.Error{
			Kind: core.Invalid, Op: "redis connect",
			Fields: []core.FieldError{{Field: "URL", Value: secret.New(text), Detail: detail}},
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		return refuse("must be redis://user:password@host:port/database, with special characters percent-encoded")
	}
	a := address{hostPort: hostPort(u), user: u.User.Username(), prefix: DefaultPrefix}
	if password, ok := u.User.Password(); ok {
		a.password = secret.New(password)
	}
	switch u.Scheme {
	case "redis":
	case "rediss":
		a.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	default:
		return refuse("must begin with redis:// or rediss://")
	}
	if u.Hostname() == "" {
		return refuse("must name a host")
	}
	if path := strings.Trim(u.Path, "/"); path != "" {
		if a.db, err = strconv.Atoi(path); err != nil || a.db < 0 {
			return refuse("must have nothing but the number of a database after the host")
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return refuse("must have parameters that can be read")
	}
	for name, values := range query {
		value := values[len(values)-1]
		switch name {
		case "prefix":
			a.prefix = value
		case "cluster":
			a.cluster, err = strconv.ParseBool(value)
		default:
			return refuse("has a parameter that is not known; known are cluster and prefix")
		}
		if err != nil {
			return refuse("must have true or false as cluster")
		}
	}
	switch {
	case !validPrefix(a.prefix):
		return refuse("must have 1 to 64 letters, digits, dots, colons, hyphens or underscores as prefix")
	case a.cluster && a.db != 0:
		return refuse("must have database 0, the only one of a cluster")
	}
	return a, nil
}

// hostPort is the address to dial, with the standard port if none is given.
func hostPort(u *url.URL) string {
	if u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), "6379")
	}
	return u.Host
}

// key names a key of this prefix. The braces are the hash tag, which keeps all
// of them in one slot of a cluster.
//
// Source: Redis cluster specification, hash tags.
func (a address) key(parts ...string) string {
	return strings.Join(slices.Insert(parts, 0, "{"+a.prefix+"}"), ":")
}

// redact takes the password out of a text of the server, which quotes the
// arguments of a command that it does not know.
func (a address) redact(text string) string {
	if a.password.Empty() {
		return text
	}
	return strings.ReplaceAll(text, a.password.Reveal(), a.password.String())
}

// Package address reads where a Redis server is, and how keys are named there,
// apart from core/redis, so that a configuration can refuse what that would
// without its client.
//
// It may import core and events/secret.
package address

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

// Server is a server's URL in its parts.
type Server struct {
	HostPort string
	TLS      *tls.Config // nil: in the clear
	User     string
	Password secret.Value
	DB       int
	Cluster  bool
	Prefix   string // of all keys
}

// validPrefix leaves out the braces of a hash tag, among others.
func validPrefix(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"
	return text != "" && len(text) <= 64 && strings.Trim(text, letters) == ""
}

// Parse reads a URL such as
// rediss://user:password@host:6379/0?prefix=vodrefresh&cluster=true. The error
// is of kind Invalid and has one field, URL.
//
// A password with a character that should have been escaped ends up in any
// part of the URL, so of a URL that does not fit, no part is quoted.
func Parse(text string) (Server, error) {
	refuse := func(detail string) (Server, error) {
		return Server{}, &core.Error{
			Kind: core.Invalid, Op: "redis connect",
			Fields: []core.FieldError{{Field: "URL", Value: secret.New(text), Detail: detail}},
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		return refuse("must be redis://user:password@host:port/database, with special characters percent-encoded")
	}
	a := Server{HostPort: hostPort(u), User: u.User.Username(), Prefix: DefaultPrefix}
	if password, ok := u.User.Password(); ok {
		a.Password = secret.New(password)
	}
	switch u.Scheme {
	case "redis":
	case "rediss":
		a.TLS = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	default:
		return refuse("must begin with redis:// or rediss://")
	}
	if u.Hostname() == "" {
		return refuse("must name a host")
	}
	if path := strings.Trim(u.Path, "/"); path != "" {
		if a.DB, err = strconv.Atoi(path); err != nil || a.DB < 0 {
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
			a.Prefix = value
		case "cluster":
			a.Cluster, err = strconv.ParseBool(value)
		default:
			return refuse("must have no parameters but cluster and prefix")
		}
		if err != nil {
			return refuse("must have true or false as cluster")
		}
	}
	switch {
	case !validPrefix(a.Prefix):
		return refuse("must have 1 to 64 letters, digits, dots, colons, hyphens or underscores as prefix")
	case a.Cluster && a.DB != 0:
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

// Key names a key of this prefix. The braces are the hash tag, which keeps all
// of them in one slot of a cluster.
//
// Source: Redis cluster specification, hash tags.
func (a Server) Key(parts ...string) string {
	return strings.Join(slices.Insert(parts, 0, "{"+a.Prefix+"}"), ":")
}

// Redact takes the password out of a text of the server, which quotes the
// arguments of a command that it does not know.
func (a Server) Redact(text string) string {
	if a.Password.Empty() {
		return text
	}
	return strings.ReplaceAll(text, a.Password.Reveal(), a.Password.String())
}

package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis/address"
)

// URL is where a queue or a store is: one address, or several with commas
// between. It prints without user names and passwords.
type URL string

// Scheme is what the address begins with, colon included, such as "nats:".
func (u URL) Scheme() string {
	scheme, _, _ := strings.Cut(string(u), ":")
	return scheme + ":"
}

// Reveal returns the address as it is. Call it where it is used, nowhere else.
func (u URL) Reveal() string { return string(u) }

// String is the address without its secrets. Of the parameters it has all or
// none: a driver knows none that is a secret, and what it does not know may be a
// part of one.
func (u URL) String() string {
	addresses, parameters, _ := strings.Cut(string(u), "?")
	parts := strings.Split(addresses, ",")
	for i, part := range parts {
		if scheme, rest, ok := strings.Cut(part, "://"); ok {
			parts[i] = scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
		} else {
			parts[i] = part[strings.LastIndex(part, "@")+1:]
		}
	}
	shown := strings.Join(parts, ",")
	if parameters != "" && u.wrongServers() == "" {
		shown += "?" + parameters
	}
	return shown
}

// GoString is String: %#v shows no secrets either.
func (u URL) GoString() string { return u.String() }

// LogValue is String, for slog.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText is String, for JSON.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// problems names an address whose driver is not built in, or which cannot be
// one. Nothing but the scheme is shown: the rest may hold a password.
func (u URL) problems(name string, builtIn []string) []core.FieldError {
	wrong := func(detail string) []core.FieldError {
		shown, rest, found := strings.Cut(string(u), ":")
		if found {
			shown += ":"
		}
		if rest != "" {
			shown += "…"
		}
		return []core.FieldError{{Field: name, Value: shown, Detail: detail}}
	}
	scheme := u.Scheme()
	if !slices.ContainsFunc(builtIn, func(b string) bool { return URL(b).Scheme() == scheme }) {
		return wrong("must be what this program has built in: " + strings.Join(builtIn, ", "))
	}
	var detail string
	switch scheme {
	case "embedded:", "direct:", "none:":
		if string(u) != scheme {
			detail = "must be " + scheme + " and nothing after it"
		}
	case "sqs:", "dynamodb:":
		// Their drivers look closer.
		rest, ok := strings.CutPrefix(string(u), scheme+"//")
		host, path, deeper := strings.Cut(rest, "/")
		if !ok || host == "" || strings.ContainsAny(rest, "?#@") || deeper != (scheme == "sqs:") || deeper && path == "" {
			detail = "must be sqs:// and the queue's URL without https://, or dynamodb:// and the table's name"
		}
	default:
		detail = u.wrongServers()
	}
	if detail != "" {
		return wrong(detail)
	}
	return nil
}

// wrongServers says what is wrong with the servers of an engine and their
// parameters.
func (u URL) wrongServers() string {
	addresses, parameters, _ := strings.Cut(string(u), "?")
	for address := range strings.SplitSeq(addresses, ",") {
		parsed, err := url.Parse(address)
		if err != nil || parsed.Hostname() == "" || strings.Contains(parameters, "@") { // a password with a bare ? in it
			return "must be " + u.Scheme() + "//host:port, with special characters of a password percent-encoded"
		}
	}
	if strings.HasPrefix(u.Scheme(), "redis") {
		_, err := address.Parse(string(u))
		for _, f := range renamed(err) { // one at most
			return f.Detail
		}
		return ""
	}
	if _, err := replicas(parameters); err != nil {
		return err.Error()
	}
	return ""
}

// NATS splits the address of a NATS cluster into its servers and how many of
// them keep each message: 1, 3 or 5.
func (u URL) NATS() (servers string, copies int) {
	servers, parameters, _ := strings.Cut(string(u), "?")
	copies, err := replicas(parameters)
	if err != nil {
		copies = 1 // checked when the configuration was read
	}
	return servers, copies
}

func replicas(parameters string) (int, error) {
	if parameters == "" {
		return 1, nil
	}
	value, ok := strings.CutPrefix(parameters, "replicas=")
	n, err := strconv.Atoi(value)
	if !ok || err != nil || n != 1 && n != 3 && n != 5 {
		return 0, core.Errorf(core.Invalid, "parameters must be replicas=1, 3 or 5")
	}
	return n, nil
}

// Percent is a number with or without a percent sign.
type Percent float64

// UnmarshalText reads 10, 10% or 10 %.
func (p *Percent) UnmarshalText(text []byte) error {
	number := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(text)), "%"))
	parsed, err := strconv.ParseFloat(number, 64)
	*p = Percent(parsed)
	return err
}

// Share is the percentage as a number between 0 and 1.
func (p Percent) Share() float64 { return float64(p) / 100 }

// Zone is an offset from UTC.
type Zone struct{ *time.Location }

// UnmarshalText reads an offset such as +08:00, or Z.
func (z *Zone) UnmarshalText(text []byte) error {
	parsed, err := time.Parse("Z07:00", string(text))
	if err != nil {
		return err
	}
	_, seconds := parsed.Zone()
	z.Location = time.FixedZone("UTC"+string(text), seconds)
	return nil
}

// String is the offset.
func (z Zone) String() string {
	if z.Location == nil {
		return ""
	}
	_, seconds := time.Unix(0, 0).In(z.Location).Zone()
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	return fmt.Sprintf("%c%02d:%02d", sign, seconds/3600, seconds/60%60)
}

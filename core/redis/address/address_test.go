package address_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis/address"
)

const password = "s3cret-made-up"

func TestParse(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]struct {
		hostPort, user, password string
		db                       int
		cluster                  bool
		prefix                   string
		server                   string // of TLS; empty: in the clear
	}{
		"redis://host":                      {"host:6379", "", "", 0, false, "vodrefresh", ""},
		"redis://host:1/":                   {"host:1", "", "", 0, false, "vodrefresh", ""},
		"redis://:p%40w@host/3":             {"host:6379", "", "p@w", 3, false, "vodrefresh", ""},
		"redis://[::1]":                     {"[::1]:6379", "", "", 0, false, "vodrefresh", ""},
		"redis://host?cluster=true":         {"host:6379", "", "", 0, true, "vodrefresh", ""},
		"redis://host/1?cluster=false":      {"host:6379", "", "", 1, false, "vodrefresh", ""},
		"rediss://me:pw@host:2/0?prefix=a.": {"host:2", "me", "pw", 0, false, "a.", "host"},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			got, err := address.Parse(url)
			if err != nil {
				t.Fatal(err)
			}
			if got.HostPort != want.hostPort || got.User != want.user || got.Password.Reveal() != want.password || got.DB != want.db ||
				got.Cluster != want.cluster || got.Prefix != want.prefix {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if want.server == "" && got.TLS != nil || want.server != "" && (got.TLS.ServerName != want.server || got.TLS.MinVersion != tls.VersionTLS12) {
				t.Errorf("TLS: got %v, want that of %q", got.TLS, want.server)
			}
			if want.password != "" && strings.Contains(fmt.Sprintf("%v %+v", got, got), want.password) {
				t.Errorf("the password is in %+v", got)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ url, want string }{
		"empty":               {"", "must begin with redis:// or rediss://"},
		"no scheme":           {"host:6379", "must be redis://user:password@host:port/database"},
		"another scheme":      {"http://:" + password + "@host", "must begin with redis:// or rediss://"},
		"no host":             {"redis://:" + password + "@/0", "must name a host"},
		"a bad port":          {"redis://:" + password + "@host:x", "must be redis://user:password@host:port/database"},
		"a slash in the key":  {"redis://:a/" + password + "@host", "must be redis://user:password@host:port/database"},
		"a question mark":     {"redis://u:1?" + password + "@host/0", "no parameters but cluster and prefix"},
		"a hash":              {"redis://u:1#" + password + "@host/0", "percent-encoded"},
		"a database's name":   {"redis://host/" + password, "the number of a database"},
		"a negative database": {"redis://host/-1", "the number of a database"},
		"a longer path":       {"redis://host/0/1", "the number of a database"},
		"a broken query":      {"redis://host/?a=%zz", "parameters that can be read"},
		"unknown parameter":   {"redis://host?pool_size=3", "no parameters but cluster and prefix"},
		"cluster of words":    {"redis://host?cluster=perhaps", "true or false as cluster"},
		"empty prefix":        {"redis://host?prefix=", "as prefix"},
		"prefix with a tag":   {"redis://host?prefix=a{b}", "as prefix"},
		"long prefix":         {"redis://host?prefix=" + strings.Repeat("a", 65), "1 to 64"},
		"database of cluster": {"redis://host/1?cluster=true", "must have database 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := address.Parse(test.url)
			if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "URL: must ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an invalid URL that %s", err, test.want)
			}
			if shown := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(shown, password) {
				t.Errorf("the password is in %s", shown)
			}
		})
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	text := "unknown command, with args beginning with: " + password
	for url, want := range map[string]string{
		"redis://host":                    text,
		"redis://:" + password + "@host/": "unknown command, with args beginning with: ***",
	} {
		at, err := address.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		if got := at.Redact(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func ExampleParse() {
	at, err := address.Parse("redis://:secret@r-1.example.com?prefix=shop")
	fmt.Println(at.HostPort, at.Password, at.Key("queue", "ready"), err)

	_, err = address.Parse("redis://:secret@r-1.example.com/jobs")
	fmt.Println(err)
	// Output:
	// r-1.example.com:6379 *** {shop}:queue:ready <nil>
	// redis connect: invalid: URL: must have nothing but the number of a database after the host, not ***
}

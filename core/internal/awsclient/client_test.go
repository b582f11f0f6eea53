package awsclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/internal/awsclient"
)

// Short names for the credentials of every test here.
const (
	keyID   = emulatortest.KeyID
	key     = emulatortest.Key
	session = emulatortest.Session
)

// config is a configuration whose environment has these variables and no others.
func config(vars ...string) awsclient.Config {
	set := map[string]string{}
	for _, one := range vars {
		name, value, _ := strings.Cut(one, "=")
		set[name] = value
	}
	return awsclient.Config{Op: "test open", Service: "SQS", Getenv: func(name string) string { return set[name] }}
}

// client is one that must be made.
func client(t *testing.T, cfg awsclient.Config) *awsclient.Client {
	t.Helper()
	c, err := awsclient.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// discreet fails a test whose error shows a credential.
func discreet(t *testing.T, err error) {
	t.Helper()
	for _, leak := range emulatortest.Leaks(err) {
		t.Error(leak)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	const id, secret, region = "AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + key, "AWS_REGION=eu-west-1"
	const container = "AWS_CONTAINER_CREDENTIALS_FULL_URI="
	for name, test := range map[string]struct {
		vars []string
		want []string
	}{
		"nothing":            {nil, []string{"AWS_REGION: must be a region", "AWS_ACCESS_KEY_ID: must be set, or AWS_CONTAINER_CREDENTIALS_FULL_URI"}},
		"no region":          {[]string{id, secret}, []string{`AWS_REGION: must be a region such as eu-west-1, not ""`}},
		"no region's name":   {[]string{id, secret, "AWS_REGION=Ireland"}, []string{`not "Ireland"`}},
		"half a key":         {[]string{region, id}, []string{"AWS_SECRET_ACCESS_KEY: must be set with AWS_ACCESS_KEY_ID"}},
		"the other half":     {[]string{region, secret}, []string{"AWS_ACCESS_KEY_ID: must be set with AWS_SECRET_ACCESS_KEY"}},
		"everything wrong":   {[]string{secret, "AWS_ENDPOINT_URL=ftp://x"}, []string{"AWS_REGION", "AWS_ENDPOINT_URL: must begin with https://", "AWS_ACCESS_KEY_ID"}},
		"container anywhere": {[]string{region, container + "http://10.0.0.1/" + key}, []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI: must be https", "not ***"}},
		"container by name":  {[]string{region, container + "http://agent/"}, []string{"must be https"}},
		"container by file":  {[]string{region, container + "file:///etc"}, []string{"must be https"}},
		"container nowhere":  {[]string{region, container + "https://%zz"}, []string{"must be https"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := awsclient.New(config(test.vars...))
			if c != nil || core.KindOf(err) != core.Invalid || !strings.HasPrefix(err.Error(), "test open: ") {
				t.Fatalf("New returns %v, %v", c, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q", err, want)
				}
			}
			discreet(t, err)
		})
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for text, test := range map[string]struct {
		plain, allowed string // what it comes to, or what is said of it, without and with AllowHTTP
	}{
		"https://sqs.example.com":         {"https://sqs.example.com", ""},
		"https://sqs.example.com:8443/":   {"https://sqs.example.com:8443", ""},
		"http://127.0.0.1:4566":           {"http://127.0.0.1:4566", ""},
		"http://[::1]:4566":               {"http://[::1]:4566", ""},
		"http://localhost:4566":           {"http://localhost:4566", ""},
		"http://sqs.eu.localhost:4566":    {"must be https; http is for loopback hosts", "must be https; http is for loopback and private hosts"},
		"http://10.1.2.3:4566":            {"must be https; http is for loopback hosts", "http://10.1.2.3:4566"},
		"http://emulator:4566":            {"must be https; http is for loopback hosts", "http://emulator:4566"},
		"http://host.docker.internal:1":   {"must be https; http is for loopback hosts", "http://host.docker.internal:1"},
		"http://sqs.example.com":          {"must be https; http is for loopback hosts", "must be https; http is for loopback and private hosts"},
		"http://8.8.8.8":                  {"must be https; http is for loopback hosts", "must be https; http is for loopback and private hosts"},
		"http://localhost.example.com":    {"must be https; http is for loopback hosts", "must be https; http is for loopback and private hosts"},
		"sqs.example.com":                 {"must be https://host[:port]", ""},
		"ftp://sqs.example.com":           {"must begin with https://", ""},
		"https://u:" + key + "@x.com":     {"https://x.com with more than a host", ""},
		"https://x.com/path":              {"https://x.com with more than a host", ""},
		"https://x.com?key=" + key:        {"https://x.com with more than a host", ""},
		"https://%zz" + key:               {"an unreadable text", ""},
		"https://under_score.example.com": {"https://under_score.example.com", ""},
		"https://":                        {"must be https://host[:port]", ""},
	} {
		for allow, want := range map[bool]string{false: test.plain, true: test.allowed} {
			if want == "" {
				want = test.plain
			}
			got, wrong := awsclient.ParseEndpoint("AWS_ENDPOINT_URL", text, allow)
			said := got.String()
			if len(wrong) > 0 {
				said = wrong[0].String()
			}
			if (len(wrong) > 0) == strings.HasPrefix(want, "http") && !strings.Contains(want, " ") || !strings.Contains(said, want) || strings.Contains(said, key) {
				t.Errorf("%s, plain hosts allowed %t: %s; want %s", text, allow, said, want)
			}
		}
	}
}

// script is a transport that answers.
type script func(*http.Request) (*http.Response, error)

func (s script) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("of a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const relative, full = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=", "AWS_CONTAINER_CREDENTIALS_FULL_URI="
	for name, test := range map[string]struct {
		vars []string
		url  string // where they are asked for, empty if they are not
		auth string
	}{
		"environment":    {[]string{"AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + key, "AWS_SESSION_TOKEN=" + session, full + "https://no"}, "", ""},
		"task":           {[]string{relative + "/v2/credentials/x"}, "http://169.254.170.2/v2/credentials/x", ""},
		"pod":            {[]string{full + "http://169.254.170.23/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + file}, "http://169.254.170.23/v1/credentials", "of a file"},
		"pod by IPv6":    {[]string{full + "http://[fd00:ec2::23]/v1/credentials"}, "http://[fd00:ec2::23]/v1/credentials", ""},
		"SnapStart":      {[]string{full + "http://127.0.0.1:9001/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN=of the environment"}, "http://127.0.0.1:9001/x", "of the environment"},
		"a local name":   {[]string{full + "http://localhost/x"}, "http://localhost/x", ""},
		"a server":       {[]string{full + "https://keys.example.com/x"}, "https://keys.example.com/x", ""},
		"task over full": {[]string{relative + "x", full + "https://no"}, "http://169.254.170.2/x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := ""
			cfg := config(append(test.vars, "AWS_REGION=eu-west-1")...)
			cfg.Transport = script(func(r *http.Request) (*http.Response, error) {
				asked = r.URL.String()
				if got := r.Header.Get("Authorization"); got != test.auth {
					t.Errorf("authorised by %q, want %q", got, test.auth)
				}
				return answer(http.StatusOK, `{"AccessKeyId":"`+keyID+`","SecretAccessKey":"`+key+`","Token":"`+session+`","Expiration":"2100-01-01T00:00:00Z"}`), nil
			})
			c := client(t, cfg)
			for range 2 { // the second time from memory
				got, err := c.Credentials.Retrieve(t.Context())
				if err != nil || got.AccessKeyID != keyID || got.SecretAccessKey != key || got.SessionToken != session || asked != test.url {
					t.Fatalf("retrieved %v, %v at %q; want them at %q", got.Source, err, asked, test.url)
				}
			}
			discreet(t, c.Failure(t.Context(), "test", &smithy.GenericAPIError{Code: "Odd", Message: keyID + key + session}, none))
		})
	}
}

func none(string) awsclient.Meaning { return awsclient.Meaning{} }

// TestNoCredentials: a platform that gives none is told from a service that
// refuses or is away.
func TestNoCredentials(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		variable string
		ctx      context.Context
		kind     core.Kind
		text     string
	}{
		"refuses":   {"", t.Context(), core.Unauthenticated, "op: the platform gives no credentials"},
		"no file":   {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/nowhere/at/all", t.Context(), core.Unavailable, "op: the platform's credentials cannot be read"},
		"no time":   {"", ended, core.Unavailable, "op: the caller gave up"},
		"two lines": {"AWS_CONTAINER_AUTHORIZATION_TOKEN=a\nb", t.Context(), core.Unavailable, "cannot be read"},
	} {
		cfg := config(test.variable, "AWS_CONTAINER_CREDENTIALS_FULL_URI=https://keys.example.com", "AWS_REGION=eu-west-1")
		cfg.Transport = script(func(r *http.Request) (*http.Response, error) {
			return answer(http.StatusBadRequest, `{}`), r.Context().Err()
		})
		c := client(t, cfg)
		_, err := c.Credentials.Retrieve(test.ctx)
		failed := c.Failure(test.ctx, "op", fmt.Errorf("signing: %w", err), none)
		if core.KindOf(failed) != test.kind || err == nil || !strings.Contains(failed.Error(), test.text) {
			t.Errorf("%s: %v of kind %s", name, failed, core.KindOf(failed))
		}
	}
}

func TestBegin(t *testing.T) {
	t.Parallel()
	c := client(t, config("AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_DEFAULT_REGION=eu-west-1"))
	ctx, done := c.Begin(t.Context())
	if ctx.Err() != nil || c.Closed() || c.Region != "eu-west-1" || c.BaseEndpoint() != nil {
		t.Errorf("it begins with %v", ctx.Err())
	}
	done()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("it ends with %v", ctx.Err())
	}
	ctx, done = c.Begin(t.Context())
	defer done()
	c.Close()
	select {
	case <-ctx.Done():
	case <-time.After(10 * time.Second):
		t.Error("a call under way outlives the client")
	}
	late, done := c.Begin(t.Context())
	defer done()
	if late.Err() == nil || !c.Closed() {
		t.Error("a call begins after the end")
	}
}

package aliyun_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestNewVerifierRefuses(t *testing.T) {
	t.Parallel()
	const path = "secret-path"
	good := "https://www.example.com/" + path
	long := good + "/" + strings.Repeat("x", 257-len(good)-1)
	for name, test := range map[string]struct {
		urls, keys []string
		want       string
	}{
		"no URL":             {nil, []string{"k"}, "callback URLs: none given"},
		"no key":             {[]string{good}, nil, "callback keys: none given"},
		"an empty URL":       {[]string{good, ""}, []string{"k"}, "callback URL 2 of 2: empty"},
		"a blank in front":   {[]string{good}, []string{"k", " l"}, "callback key 2 of 2: begins or ends with a blank"},
		"an empty key":       {[]string{good}, []string{"k", "", "l"}, "callback key 2 of 3: empty"},
		"a path":             {[]string{"/" + path}, []string{"k"}, "callback URL 1 of 1: not an absolute http or https URL"},
		"a host and a path":  {[]string{"www.example.com/" + path}, []string{"k"}, "not an absolute"},
		"a host and a port":  {[]string{"example.com:80/" + path}, []string{"k"}, "not an absolute"},
		"no host":            {[]string{"https:///" + path}, []string{"k"}, "not an absolute"},
		"another scheme":     {[]string{"ftp://example.com/" + path}, []string{"k"}, "not an absolute"},
		"an unreadable URL":  {[]string{"https://[" + path}, []string{"k"}, "not an absolute"},
		"a URL of 257 bytes": {[]string{good, long}, []string{"k"}, "callback URL 2 of 2: 257 bytes long, VOD registers at most 256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := aliyun.NewVerifier(test.urls, secrets(test.keys...))
			if err == nil || v != nil {
				t.Fatalf("verifier %v, error %v; want an error alone", v, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want one with %q", err, test.want)
			}
			if strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "kkkk") {
				t.Errorf("error %q shows a URL or a key", err)
			}
		})
	}
}

func TestNewVerifierTakesLongURLsAndKeys(t *testing.T) {
	t.Parallel()
	const base = "https://www.example.com/"
	u := base + strings.Repeat("x", 256-len(base))
	key := strings.Repeat("k", 600)
	v := newVerifier(t, []string{u}, key)
	now := time.Unix(vectorTime, 0)
	if _, err := v.Verify(aliyun.Sign(u, secret.New(key), now), now); err != nil {
		t.Errorf("refused: %v", err)
	}
}

func TestVerifierDoesNotPrintKeys(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, []string{vectorURL}, vectorKey)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{v, *v} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, vectorKey) || strings.Contains(text, fmt.Sprintf("%x", vectorKey)) {
				t.Errorf("%s prints %q", verb, text)
			}
		}
	}
}

package vodsim_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the documented protocol
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

const (
	keyID     = "LTAItestaccesskeyid"
	keySecret = "test access/key+secret~*"
)

// noon is a time well inside a day of the quota: 20:00 in Beijing.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// platform is a server under test, called without a network.
type platform struct {
	*vodsim.Server
	t     *testing.T
	clock clock.Clock
	nonce atomic.Int64
}

func newPlatform(t *testing.T, cfg vodsim.Config) (*platform, *clock.Fake) {
	t.Helper()
	fake := clock.NewFake(noon())
	cfg.Clock = fake
	return withClock(t, cfg), fake
}

func withClock(t *testing.T, cfg vodsim.Config) *platform {
	t.Helper()
	cfg.AccessKeyID, cfg.AccessKeySecret = keyID, secret.New(keySecret)
	p := &platform{Server: vodsim.New(cfg), t: t, clock: cfg.Clock}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return p
}

// reply is what a call got.
type reply struct {
	status int
	code   string
	body   map[string]any
}

// text is a field of the answer.
func (r reply) text(name string) string {
	text, _ := r.body[name].(string)
	return text
}

// params are the parameters of a well-formed call.
func (p *platform) params(action string, pairs ...string) url.Values {
	params := url.Values{
		"Action": {action}, "Version": {"2017-03-21"}, "Format": {"JSON"}, "RegionId": {"cn-shanghai"},
		"AccessKeyId": {keyID}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "SignatureType": {""},
		"SignatureNonce": {fmt.Sprint("nonce-", p.nonce.Add(1))},
		"Timestamp":      {p.clock.Now().UTC().Format("2006-01-02T15:04:05Z")},
	}
	for pair := range slices.Chunk(pairs, 2) {
		params.Set(pair[0], pair[1])
	}
	return params
}

// sign is the signature as the SDK makes it: by way of a form, put right.
func sign(method string, params url.Values) string {
	unsigned := maps.Clone(params)
	delete(unsigned, "Signature")
	query := strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(unsigned.Encode())
	mac := hmac.New(sha1.New, []byte(keySecret+"&"))
	mac.Write([]byte(method + "&%2F&" + url.QueryEscape(query)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// request is a request without a body.
func request(method, target string) *http.Request {
	return httptest.NewRequestWithContext(context.Background(), method, target, http.NoBody)
}

// exchange sends a request without a body over the network.
func exchange(t *testing.T, method, target string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return http.DefaultClient.Do(r)
}

// call makes a signed call.
func (p *platform) call(action string, pairs ...string) reply {
	p.t.Helper()
	params := p.params(action, pairs...)
	params.Set("Signature", sign(http.MethodPost, params))
	return p.send(request(http.MethodPost, "/?"+params.Encode()))
}

func (p *platform) send(r *http.Request) reply {
	p.t.Helper()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	got := reply{status: w.Code}
	if err := json.Unmarshal(w.Body.Bytes(), &got.body); err != nil {
		p.t.Fatalf("answer %q: %v", w.Body, err)
	}
	got.code = got.text("Code")
	for _, name := range []string{"Code", "Message", "RequestId", "HostId"} {
		if got.status != http.StatusOK && got.text(name) == "" {
			p.t.Errorf("refusal without %s: %v", name, got.body)
		}
	}
	return got
}

// must makes a call that has to succeed.
func (p *platform) must(action string, pairs ...string) reply {
	p.t.Helper()
	got := p.call(action, pairs...)
	if got.status != http.StatusOK {
		p.t.Fatalf("%s %v: %d %v, want success", action, pairs, got.status, got.body)
	}
	return got
}

// refused checks that a call fails with a status and code.
func (p *platform) refused(got reply, status int, code string) {
	p.t.Helper()
	if got.status != status || got.code != code {
		p.t.Errorf("answer %d %s (%s), want %d %s", got.status, got.code, got.text("Message"), status, code)
	}
}

// remain is what DescribeVodRefreshQuota gives under a name.
func (p *platform) remain(name string) string {
	p.t.Helper()
	return p.must("DescribeVodRefreshQuota").text(name)
}

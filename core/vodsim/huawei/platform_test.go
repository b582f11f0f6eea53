package huawei_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

const (
	accessKey = "HPUATESTACCESSKEY"
	secretKey = "test secret/key+~*"
	project   = "0123456789abcdef0123456789abcdef"
)

// The paths of the operations.
const (
	refreshPath    = "/v1/" + project + "/asset/refresh"
	preheatingPath = "/v1.0/" + project + "/asset/preheating"
	detailsPath    = "/v1.0/" + project + "/asset/details"
	infoPath       = "/v1.0/" + project + "/asset/info"
)

// noon is a time well inside a day of the quota: 20:00 in Beijing.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// signingKey is one key for all tests: making one takes a while.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// platform is a server under test, called without a network.
type platform struct {
	*huawei.Server
	t     *testing.T
	clock clock.Clock
}

func newPlatform(t *testing.T, cfg huawei.Config) (*platform, *clock.Fake) {
	t.Helper()
	fake := clock.NewFake(noon())
	cfg.Clock = fake
	return withClock(t, cfg), fake
}

func withClock(t *testing.T, cfg huawei.Config) *platform {
	t.Helper()
	cfg.AccessKey, cfg.SecretKey, cfg.ProjectID = accessKey, secret.New(secretKey), project
	if cfg.SigningKey == nil {
		cfg.SigningKey = signingKey()
	}
	p := &platform{Server: huawei.New(cfg), t: t, clock: cfg.Clock}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return p
}

// request is an unsigned request with the headers that a call has.
func (p *platform) request(method, target, body string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body))
	r.Header.Set("X-Sdk-Date", p.clock.Now().UTC().Format("20060102T150405Z"))
	r.Header.Set("X-Project-Id", project)
	if body != "" {
		r.Header.Set("Content-Type", "application/json;charset=UTF-8")
	}
	return r
}

// signed signs a request, whose body is given again, over all its X- headers.
// It shares nothing with the platform but the rules.
func signed(r *http.Request, body string) *http.Request {
	var names, lines, pairs []string
	for name := range r.Header {
		if strings.HasPrefix(name, "X-") {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	for _, name := range names {
		lines = append(lines, name+":"+r.Header.Get(name)+"\n")
	}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		pairs = append(pairs, pair)
	}
	slices.Sort(pairs)
	canonical := fmt.Sprintf("%s\n%s/\n%s\n%s\n%s\n%x", r.Method, r.URL.EscapedPath(), strings.Join(pairs, "&"),
		strings.Join(lines, ""), strings.Join(names, ";"), sha256.Sum256([]byte(body)))
	mac := hmac.New(sha256.New, []byte(secretKey))
	fmt.Fprintf(mac, "SDK-HMAC-SHA256\n%s\n%x", r.Header.Get("X-Sdk-Date"), sha256.Sum256([]byte(canonical)))
	r.Header.Set("Authorization", "SDK-HMAC-SHA256 Access="+accessKey+", SignedHeaders="+strings.Join(names, ";")+
		", Signature="+hex.EncodeToString(mac.Sum(nil)))
	return r
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

// list is a field of the answer that is a list of objects.
func (r reply) list(name string) []reply {
	var all []reply
	members, _ := r.body[name].([]any)
	for _, member := range members {
		body, _ := member.(map[string]any)
		all = append(all, reply{body: body})
	}
	return all
}

// call makes a signed call.
func (p *platform) call(method, target, body string) reply {
	p.t.Helper()
	return p.send(signed(p.request(method, target, body), body))
}

func (p *platform) send(r *http.Request) reply {
	p.t.Helper()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	got := reply{status: w.Code}
	if err := json.Unmarshal(w.Body.Bytes(), &got.body); err != nil {
		p.t.Fatalf("answer %q: %v", w.Body, err)
	}
	got.code = got.text("error_code")
	if got.status >= 400 && (got.code == "" || got.text("error_msg") == "") {
		p.t.Errorf("refusal without error_code or error_msg: %v", got.body)
	}
	if w.Header().Get("X-Request-Id") == "" {
		p.t.Error("answer without X-Request-Id")
	}
	return got
}

// must makes a call that has to succeed.
func (p *platform) must(method, target, body string) reply {
	p.t.Helper()
	got := p.call(method, target, body)
	if got.status >= 300 {
		p.t.Fatalf("%s %s %s: %d %v, want success", method, target, body, got.status, got.body)
	}
	return got
}

// refused checks that a call fails with a status and code.
func (p *platform) refused(got reply, status int, code string) {
	p.t.Helper()
	if got.status != status || got.code != code {
		p.t.Errorf("answer %d %s (%s), want %d %s", got.status, got.code, got.text("error_msg"), status, code)
	}
}

// refresh starts a task for assets and returns the answer.
func (p *platform) refresh(ids ...string) reply {
	p.t.Helper()
	return p.call(http.MethodPost, refreshPath, body("asset_id_list", ids))
}

// results is what the platform tells of a task: URL and status of each.
func (p *platform) results(path, task string) []string {
	p.t.Helper()
	answer := p.must(http.MethodGet, path+"?task_id="+url.QueryEscape(task), "")
	var all []string
	for _, name := range []string{"refresh_results", "preheating_results"} {
		for _, result := range answer.list(name) {
			all = append(all, result.text("url")+" "+result.text("status"))
		}
	}
	return all
}

// body is a JSON object with one member.
func body(name string, value any) string {
	text, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// many are n different texts.
func many(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(prefix, i)
	}
	return all
}

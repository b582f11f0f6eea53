package service_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the documented signature
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

const (
	accessKey    = "LTAI5tFakeAccessKey"
	accessSecret = "FakeAccessSecret0123456789"
	stsToken     = "CAISFakeSecurityToken"
	callbackKey  = "FakeCallbackKey42"
	apiToken     = "fake-api-token-0123456789"
	registered   = "https://public.example.com/hooks/vod?tenant=7"
	media        = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
)

// cloud is a foreign stand-in for the platform: it shares no code with the
// driver or the simulator, and checks the signature by itself.
type cloud struct {
	*httptest.Server
	answer func(w http.ResponseWriter, query url.Values)

	mu    sync.Mutex
	calls []url.Values
}

func newCloud(t *testing.T, answer func(http.ResponseWriter, url.Values)) *cloud {
	t.Helper()
	c := &cloud{answer: answer}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// ServeHTTP checks the signature, notes the call and answers it.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if got, want := query.Get("Signature"), signature(r.Method, query); got != want {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"Code":"SignatureDoesNotMatch","Message":"no","RequestId":"R"}`)
		return
	}
	c.mu.Lock()
	c.calls = append(c.calls, query)
	c.mu.Unlock()
	c.answer(w, query)
}

// signature is the RPC signature 1.0, from its documentation.
func signature(method string, query url.Values) string {
	signed := url.Values{}
	for name, values := range query {
		if name != "Signature" {
			signed[name] = values
		}
	}
	escape := strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~")
	text := method + "&%2F&" + url.QueryEscape(escape.Replace(signed.Encode()))
	mac := hmac.New(sha1.New, []byte(accessSecret+"&"))
	mac.Write([]byte(escape.Replace(text)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// made are the calls so far.
func (c *cloud) made() []url.Values {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// accept answers every call with a job.
func accept(w http.ResponseWriter, _ url.Values) {
	fmt.Fprint(w, `{"MediaRefreshJobId":"c5ae61bf9af1","NonExistMediaIds":"","ForbiddenMediaIds":"","RequestId":"R-1"}`)
}

// refuse answers every call with an error.
func refuse(status int, code string) func(http.ResponseWriter, url.Values) {
	return func(w http.ResponseWriter, _ url.Values) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"Code":%q,"Message":"refused","RequestId":"R-2"}`, code)
	}
}

// bundle is a service in front of a cloud.
type bundle struct {
	*service.Service
	cloud *cloud
	log   *lockedBuffer
}

func setup(t *testing.T, answer func(http.ResponseWriter, url.Values), environ ...string) *bundle {
	t.Helper()
	b := &bundle{cloud: newCloud(t, answer), log: &lockedBuffer{}}
	cfg, err := config.Load(append([]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=" + accessKey, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + accessSecret,
		"ALIBABA_CLOUD_SECURITY_TOKEN=" + stsToken, "ALIYUN_VOD_ENDPOINT=" + b.cloud.URL,
		"ALIYUN_CALLBACK_URLS=https://other.example.com/," + registered, "ALIYUN_CALLBACK_KEYS=OldKey1," + callbackKey,
		"API_TOKENS=" + apiToken, "QUEUE_URL=direct:", "STORE_URL=none:", "LOG_LEVEL=debug",
	}, environ...))
	if err != nil {
		t.Fatal(err)
	}
	b.Service, err = service.New(cfg, service.Options{
		Log:    slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: cfg.LogLevel})),
		Random: func() float64 { return 0.01 },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// call sends a callback signed at a time.
func (b *bundle) call(at time.Time, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/callbacks/aliyun", strings.NewReader(body))
	r.Header = aliyun.Sign(registered, secret.New(callbackKey), at)
	return b.serve(r)
}

// ask sends a request to the API.
func (b *bundle) ask(method, path, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	return b.serve(r)
}

func (b *bundle) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.Handler.ServeHTTP(w, r)
	return w
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

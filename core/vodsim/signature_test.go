package vodsim_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// recorded is a request as alibaba-cloud-sdk-go v1.63.107 sent it.
func recorded(t *testing.T, name string) *http.Request {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRecordedRequests(t *testing.T) {
	t.Parallel()
	signedAt := time.Date(2026, 11, 22, 1, 48, 25, 0, time.UTC)
	for _, name := range []string{"sdk_refresh.http", "sdk_jobs.http"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := withClock(t, vodsim.Config{Clock: clock.NewFake(signedAt), AnyMedia: true})
			if got := p.send(recorded(t, name)); got.status != http.StatusOK {
				t.Errorf("genuine request: %d %v, want 200", got.status, got.body)
			}
		})
	}
}

func TestOneWrongBit(t *testing.T) {
	t.Parallel()
	signedAt := time.Date(2026, 11, 22, 1, 48, 25, 0, time.UTC)
	p := withClock(t, vodsim.Config{Clock: clock.NewFake(signedAt), AnyMedia: true})
	genuine, err := base64.StdEncoding.DecodeString(recorded(t, "sdk_refresh.http").URL.Query().Get("Signature"))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(genuine) * 8 {
		forged := append([]byte(nil), genuine...)
		forged[bit/8] ^= 1 << (bit % 8)
		r := recorded(t, "sdk_refresh.http")
		query := r.URL.Query()
		query.Set("Signature", base64.StdEncoding.EncodeToString(forged))
		r.URL.RawQuery = query.Encode()
		p.refused(p.send(r), http.StatusBadRequest, "SignatureDoesNotMatch")
	}
	if got := p.send(recorded(t, "sdk_refresh.http")); got.status != http.StatusOK {
		t.Errorf("genuine request after the forged ones: %v; a refused call must not use its nonce up", got.body)
	}
}

func TestSignatureCoversEveryParameter(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
	tests := map[string]func(params url.Values, signature string) (url.Values, string){
		"value":     func(v url.Values, s string) (url.Values, string) { v.Set("MediaIds", "b"); return v, s },
		"added":     func(v url.Values, s string) (url.Values, string) { v.Set("Formats", "mp4"); return v, s },
		"removed":   func(v url.Values, s string) (url.Values, string) { v.Del("RegionId"); return v, s },
		"truncated": func(v url.Values, s string) (url.Values, string) { return v, s[:24] },
		"extended":  func(v url.Values, s string) (url.Values, string) { return v, s + "AAAA" },
		"padding":   func(v url.Values, s string) (url.Values, string) { return v, strings.TrimSuffix(s, "=") },
		"no base64": func(v url.Values, _ string) (url.Values, string) { return v, "?" },
		"method":    func(v url.Values, _ string) (url.Values, string) { return v, sign(http.MethodGet, v) },
	}
	for name, forge := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := p.params("RefreshMediaPlayUrls", "MediaIds", "a", "TaskType", "Refresh")
			params, signature := forge(params, sign(http.MethodPost, params))
			params.Set("Signature", signature)
			got := p.send(request(http.MethodPost, "/?"+params.Encode()))
			p.refused(got, http.StatusBadRequest, "SignatureDoesNotMatch")
			if !strings.Contains(got.text("Message"), "server string to sign is:POST&%2F&AccessKeyId%3D") {
				t.Errorf("message %q does not echo the string to sign", got.text("Message"))
			}
			if strings.Contains(got.text("Message"), keySecret) {
				t.Error("the message has the secret")
			}
		})
	}
}

func TestFormBodyIsSignedToo(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
	params := p.params("GetVideoInfo", "VideoId", "a")
	params.Set("Signature", sign(http.MethodPost, params))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(params.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := p.send(r); got.status != http.StatusOK {
		t.Errorf("form: %d %v, want 200", got.status, got.body)
	}
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	stamp := func(d time.Duration) string { return noon().Add(d).Format("2006-01-02T15:04:05Z") }
	tests := []struct {
		name, param, value string // an empty value removes the parameter
		status             int
		code               string
	}{
		{"no action", "Action", "", 400, "MissingParameter"},
		{"unknown action", "Action", "DeleteVideo", 404, "InvalidAction.NotFound"},
		{"no version", "Version", "", 400, "MissingParameter"},
		{"wrong version", "Version", "2016-01-01", 400, "InvalidParameter"},
		{"xml", "Format", "XML", 400, "InvalidParameter"},
		{"no key", "AccessKeyId", "", 400, "MissingParameter"},
		{"unknown key", "AccessKeyId", "LTAIsomebodyelse", 404, "InvalidAccessKeyId.NotFound"},
		{"no nonce", "SignatureNonce", "", 400, "MissingParameter"},
		{"sha256", "SignatureMethod", "HMAC-SHA256", 400, "InvalidParameter"},
		{"signature version", "SignatureVersion", "2.0", 400, "InvalidParameter"},
		{"signature type", "SignatureType", "BEARERTOKEN", 400, "InvalidParameter"},
		{"no timestamp", "Timestamp", "", 400, "MissingParameter"},
		{"other form", "Timestamp", "2026-03-04 12:00:00", 400, "IllegalTimestamp"},
		{"15 min old", "Timestamp", stamp(-15 * time.Minute), 200, ""},
		{"older", "Timestamp", stamp(-15*time.Minute - time.Second), 400, "InvalidTimeStamp.Expired"},
		{"15 min ahead", "Timestamp", stamp(15 * time.Minute), 200, ""},
		{"further ahead", "Timestamp", stamp(15*time.Minute + time.Second), 400, "InvalidTimeStamp.Expired"},
		{"token uncalled for", "SecurityToken", "token", 400, "InvalidSecurityToken.MismatchWithAccessKey"},
		{"no format", "Format", "", 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{})
			params := p.params("DescribeVodRefreshQuota")
			params.Set(tt.param, tt.value)
			if tt.value == "" {
				params.Del(tt.param)
			}
			params.Set("Signature", sign(http.MethodGet, params))
			p.refused(p.send(request(http.MethodGet, "/?"+params.Encode())), tt.status, tt.code)
		})
	}
}

func TestNoRPCCall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, target string
		status               int
		code                 string
	}{
		{"nothing", http.MethodGet, "/", 400, "MissingParameter"},
		{"method", http.MethodDelete, "/", 405, "UnsupportedHTTPMethod"},
		{"path", http.MethodGet, "/v1/asset/refresh", 404, "InvalidAction.NotFound"},
		{"double", http.MethodGet, "/?Action=a&Action=b", 400, "InvalidParameter"},
		{"query", http.MethodGet, "/?Action=%zz", 400, "InvalidParameter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{})
			p.refused(p.send(request(tt.method, tt.target)), tt.status, tt.code)
		})
	}
}

func TestSecurityToken(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{SecurityToken: secret.New("token")})
	p.refused(p.call("DescribeVodRefreshQuota"), http.StatusBadRequest, "MissingSecurityToken")
	p.refused(p.call("DescribeVodRefreshQuota", "SecurityToken", "tokem"), http.StatusBadRequest, "InvalidSecurityToken.Expired")
	p.must("DescribeVodRefreshQuota", "SecurityToken", "token")
}

func TestNoAccountNoAccess(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(noon())
	for name, cfg := range map[string]vodsim.Config{
		"InvalidAccessKeyId.NotFound": {Clock: fake},
		"SignatureDoesNotMatch":       {Clock: fake, AccessKeyID: keyID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &platform{Server: vodsim.New(cfg), t: t, clock: fake}
			if got := p.call("DescribeVodRefreshQuota"); got.code != name {
				t.Errorf("code %s, want %s", got.code, name)
			}
		})
	}
}

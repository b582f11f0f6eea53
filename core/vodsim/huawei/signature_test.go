package huawei_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

const unauthenticated = "APIGW.0301"

func TestOneWrongBit(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{AnyMedia: true, Rate: -1})
	text := body("asset_id_list", []string{"a"})
	genuine := signed(p.request(http.MethodPost, refreshPath, text), text).Header.Get("Authorization")
	start := strings.Index(genuine, "Signature=") + len("Signature=")
	sum, err := hex.DecodeString(genuine[start:])
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(sum) * 8 {
		forged := append([]byte(nil), sum...)
		forged[bit/8] ^= 1 << (bit % 8)
		r := p.request(http.MethodPost, refreshPath, text)
		r.Header.Set("Authorization", genuine[:start]+hex.EncodeToString(forged))
		p.refused(p.send(r), http.StatusUnauthorized, unauthenticated)
	}
	r := p.request(http.MethodPost, refreshPath, text)
	r.Header.Set("Authorization", genuine)
	p.refused(p.send(r), http.StatusAccepted, "")
}

// TestSignatureCoversTheRequest changes a request after it was signed.
func TestSignatureCoversTheRequest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		forge func(r *http.Request)
		says  string
	}{
		{"query", func(r *http.Request) { r.URL.RawQuery = "task_id=b" }, "verify aksk signature fail"},
		{"query added", func(r *http.Request) { r.URL.RawQuery += "&x=1" }, "verify aksk signature fail"},
		{"path", func(r *http.Request) { r.URL.Path = preheatingPath }, "verify aksk signature fail"},
		{"project header", func(r *http.Request) { r.Header.Set("X-Project-Id", "other") }, "verify aksk signature fail"},
		{"date", func(r *http.Request) { r.Header.Set("X-Sdk-Date", "20260304T120001Z") }, "verify aksk signature fail"},
		{"body", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("{}")) }, "verify aksk signature fail"},
		{"token added", func(r *http.Request) { r.Header.Set("X-Security-Token", "t") }, "X-Security-Token is not signed"},
		{"header gone", func(r *http.Request) { r.Header.Del("X-Project-Id") }, "missing or there more than once"},
		{"header twice", func(r *http.Request) { r.Header.Add("X-Project-Id", project) }, "missing or there more than once"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{})
			r := signed(p.request(http.MethodGet, refreshPath+"?task_id=a", ""), "")
			tt.forge(r)
			got := p.send(r)
			p.refused(got, http.StatusUnauthorized, unauthenticated)
			if !strings.Contains(got.text("error_msg"), tt.says) {
				t.Errorf("message %q, want one with %q", got.text("error_msg"), tt.says)
			}
			if strings.Contains(got.text("error_msg"), secretKey) {
				t.Error("the message has the secret key")
			}
		})
	}
}

func TestAuthorizationHeader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		edit func(genuine string) string
		says string
	}{
		{"none", func(string) string { return "" }, "missing or malformed"},
		{"bearer", func(string) string { return "Bearer abc" }, "missing or malformed"},
		{"derived key", func(s string) string { return "V11-HMAC-SHA256" + strings.TrimPrefix(s, "SDK-HMAC-SHA256") }, "missing or malformed"},
		{"no access", func(s string) string { return strings.Replace(s, "Access="+accessKey+", ", "", 1) }, "missing or malformed"},
		{"empty access", func(s string) string { return strings.Replace(s, accessKey, "", 1) }, "missing or malformed"},
		{"access twice", func(s string) string { return s + ", Access=" + accessKey }, "missing or malformed"},
		{"another field", func(s string) string { return s + ", Region=cn-north-4" }, "missing or malformed"},
		{"no hexadecimal", func(s string) string { return s[:len(s)-1] + "g" }, "missing or malformed"},
		{"upper case", func(s string) string { return s[:len(s)-64] + strings.ToUpper(s[len(s)-64:]) }, "missing or malformed"},
		{"truncated", func(s string) string { return s[:len(s)-2] }, "verify aksk signature fail"},
		{"extended", func(s string) string { return s + "00" }, "verify aksk signature fail"},
		{"unsorted", func(s string) string {
			return strings.Replace(s, "x-project-id;x-sdk-date", "x-sdk-date;x-project-id", 1)
		}, "missing or malformed"},
		{"capitals", func(s string) string { return strings.Replace(s, "x-sdk-date", "X-Sdk-Date", 1) }, "missing or malformed"},
		{"date unsigned", func(s string) string { return strings.Replace(s, ";x-sdk-date", "", 1) }, "X-Sdk-Date is not signed"},
		{"project unsigned", func(s string) string { return strings.Replace(s, "x-project-id;", "", 1) }, "X-Project-Id is not signed"},
		{"unknown key", func(s string) string { return strings.Replace(s, accessKey, "HPUASOMEBODY", 1) }, "ak:HPUASOMEBODY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{})
			r := signed(p.request(http.MethodGet, refreshPath+"?task_id=a", ""), "")
			r.Header.Set("Authorization", tt.edit(r.Header.Get("Authorization")))
			got := p.send(r)
			p.refused(got, http.StatusUnauthorized, unauthenticated)
			if !strings.Contains(got.text("error_msg"), tt.says) {
				t.Errorf("message %q, want one with %q", got.text("error_msg"), tt.says)
			}
		})
	}
}

func TestDateWindow(t *testing.T) {
	t.Parallel()
	stamp := func(d time.Duration) string { return noon().Add(d).Format("20060102T150405Z") }
	tests := []struct {
		name, date string
		status     int
		code       string
	}{
		{"now", stamp(0), 200, ""},
		{"15 min old", stamp(-15 * time.Minute), 200, ""},
		{"older", stamp(-15*time.Minute - time.Second), 401, unauthenticated},
		{"15 min ahead", stamp(15 * time.Minute), 200, ""},
		{"further ahead", stamp(15*time.Minute + time.Second), 401, unauthenticated},
		{"another form", "2026-03-04T12:00:00Z", 401, unauthenticated},
		{"empty", "", 401, unauthenticated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{})
			r := p.request(http.MethodGet, refreshPath+"?task_id=a", "")
			r.Header.Set("X-Sdk-Date", tt.date)
			p.refused(p.send(signed(r, "")), tt.status, tt.code)
		})
	}
}

func TestSecurityToken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, account, sent string
		status              int
		code                string
	}{
		{"permanent key", "", "", 200, ""},
		{"temporary key", "token", "token", 200, ""},
		{"none sent", "token", "", 401, unauthenticated},
		{"another one", "token", "tokem", 401, unauthenticated},
		{"uncalled for", "", "token", 401, unauthenticated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{SecurityToken: secret.New(tt.account)})
			r := p.request(http.MethodGet, refreshPath+"?task_id=a", "")
			if tt.sent != "" {
				r.Header.Set("X-Security-Token", tt.sent)
			}
			p.refused(p.send(signed(r, "")), tt.status, tt.code)
		})
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path, header string
		status             int
		code               string
	}{
		{"both", project, project, 200, ""},
		{"path alone", project, "", 200, ""},
		{"another in the path", "other", project, 403, "VOD.10057"},
		{"another in the header", project, "other", 403, "VOD.10057"},
		{"a placeholder", "%7Bproject_id%7D", "", 403, "VOD.10057"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{})
			r := p.request(http.MethodGet, "/v1/"+tt.path+"/asset/refresh?task_id=a", "")
			r.Header.Del("X-Project-Id")
			if tt.header != "" {
				r.Header.Set("X-Project-Id", tt.header)
			}
			p.refused(p.send(signed(r, "")), tt.status, tt.code)
		})
	}
}

func TestNoAccountNoAccess(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(noon())
	for name, cfg := range map[string]huawei.Config{
		"nothing":       {Clock: fake},
		"no secret key": {Clock: fake, AccessKey: accessKey, ProjectID: project},
		"no access key": {Clock: fake, SecretKey: secret.New(secretKey), ProjectID: project},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &platform{Server: huawei.New(cfg), t: t, clock: fake}
			p.refused(p.call(http.MethodGet, refreshPath+"?task_id=a", ""), http.StatusUnauthorized, unauthenticated)
		})
	}
}

func TestNoOperation(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, method, target string }{
		{"root", http.MethodGet, "/"},
		{"method", http.MethodDelete, refreshPath},
		{"refresh is of version 1", http.MethodPost, "/v1.0/" + project + "/asset/refresh"},
		{"preheating is of version 1.0", http.MethodPost, "/v1/" + project + "/asset/preheating"},
		{"slash at the end", http.MethodGet, refreshPath + "/"},
		{"the other platform's", http.MethodGet, "/?Action=RefreshMediaPlayUrls"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{})
			p.refused(p.call(tt.method, tt.target, ""), http.StatusNotFound, "APIGW.0101")
			path, _, _ := strings.Cut(tt.target, "?")
			if got, want := p.Calls()[0].Action, tt.method+" "+path; got != want {
				t.Errorf("recorded as %q, want %q", got, want)
			}
		})
	}
}

func FuzzRequest(f *testing.F) {
	text := body("asset_id_list", []string{"a"})
	f.Add(http.MethodPost, refreshPath, text, "SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date, Signature=00", "20260304T120000Z")
	f.Add(http.MethodGet, preheatingPath+"?task_id=%zz", "", "SDK-HMAC-SHA256 Access=,,,=", "")
	f.Add(http.MethodGet, infoPath+"?asset_id=a&asset_id=", "{", "SDK-HMAC-SHA256 ", "x")
	f.Fuzz(func(t *testing.T, method, target, body, authorization, date string) {
		if _, err := http.NewRequest(method, "http://localhost"+target, nil); err != nil || !strings.HasPrefix(target, "/") {
			return // no request at all
		}
		s := huawei.New(huawei.Config{
			AccessKey: "a", SecretKey: secret.New("s"), ProjectID: project, AnyMedia: true, Clock: clock.NewFake(noon()),
		})
		r, _ := http.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Sdk-Date", date)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized && w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest {
			t.Errorf("answer %d %s to a call that nobody signed", w.Code, w.Body)
		}
		if len(s.Calls()) != 1 {
			t.Errorf("%d calls recorded, want one", len(s.Calls()))
		}
	})
}

package huawei_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// vector is a request whose signature is known, with access key AccessKey and
// secret key SecretKey, the dummy values of the SDK's own tests.
type vector struct {
	name, method, target, date, body string
	project, token, host             string
	signed, signature                string
}

func (v vector) request() *http.Request {
	r := httptest.NewRequest(v.method, "http://localhost"+v.target, strings.NewReader(v.body))
	r.Header.Set("X-Sdk-Date", v.date)
	r.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{"X-Project-Id": v.project, "X-Security-Token": v.token} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if v.host != "" {
		r.Host = v.host
	}
	r.Header.Set("Authorization", "SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders="+v.signed+", Signature="+v.signature)
	return r
}

// vectors: T1 and T2 are of the SDK's own test, the others were made with the
// SDK and reproduced without it; V3 signs the host, which the SDK does not.
func vectors() []vector {
	const (
		of2006  = "20060102T150405Z"
		of2024  = "20240102T030405Z"
		path    = "/v1/" + project + "/asset/refresh"
		b1      = `{"asset_id_list":["f488337c31c8e4622f1590735b134c65","f360035c0f5833cf8e8b83e6df845187"]}`
		b5      = `{"urls":["https://example.com/a b/视频.mp4?x=1&y=<2>"]}`
		headers = "x-project-id;x-sdk-date"
	)
	return []vector{
		{
			name: "T1", method: http.MethodGet, target: "/path?limit=1", date: of2006,
			signed: "x-sdk-date", signature: "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624",
		},
		{
			name: "T2", method: http.MethodPost, target: "/path?key=value", date: of2006, body: `{"Name":"test","Id":1}` + "\n",
			signed: "x-sdk-date", signature: "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59",
		},
		{
			name: "V1", method: http.MethodPost, target: path, date: of2024, body: b1 + "\n", project: project,
			signed: headers, signature: "e1ae209d9542929206fc7ff8d7eb95792b1f7747fa6a5a956b78a5fb0125c8b5",
		},
		{
			name: "V1n", method: http.MethodPost, target: path, date: of2024, body: b1, project: project,
			signed: headers, signature: "e900b3620e5b5e0b46e259ae2964612475856a62e1c5b9c9b60cc86135a06c3f",
		},
		{
			name: "V2", method: http.MethodPost, target: path, date: of2024, body: b1 + "\n", project: project, token: "SecurityTokenExample",
			signed: headers + ";x-security-token", signature: "497f1456831f9eefd7152032a111070e2f0652fe575fd38123e452e8fbd94b60",
		},
		{
			name: "V3", method: http.MethodPost, target: path, date: of2024, body: b1 + "\n", project: project, host: "vod.cn-north-4.myhuaweicloud.com",
			signed: "host;" + headers, signature: "98343fe040246966fd3e082074ddca67e4162701b8b9b272ddb7f6739bc5afc0",
		},
		{
			name: "V4", method: http.MethodGet, target: path + "?task_id=5199337c31c8e4622f1590735b13a263", date: of2024, project: project,
			signed: headers, signature: "8e67fb60167d7d31fef4686ea2798ca0f8ddd022466bc98129f7b4a0023dd712",
		},
		{
			name: "V5", method: http.MethodPost, target: path, date: of2024, body: b5 + "\n", project: project,
			signed: headers, signature: "50a739f01ff00b767d6cfb04a77853c1abc07c93d6cd7d1c17b92edd0025ab80",
		},
	}
}

func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			text, ok := huawei.CanonicalRequest(v.request(), v.signed, []byte(v.body))
			if got := huawei.Signature("SecretKey", v.date, text); !ok || got != v.signature {
				t.Errorf("signature %s (%v), want %s, of\n%s", got, ok, v.signature, text)
			}
		})
	}
}

// TestVectorsPassTheGateway sends the vectors that are calls of VOD.
func TestVectorsPassTheGateway(t *testing.T) {
	t.Parallel()
	for _, v := range vectors() {
		if v.project == "" {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			s := huawei.New(huawei.Config{
				AccessKey: "AccessKey", SecretKey: secret.New("SecretKey"), ProjectID: project, SecurityToken: secret.New(v.token),
				AnyMedia: true, Clock: clock.NewFake(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)),
			})
			want := map[string]int{http.MethodPost: http.StatusAccepted, http.MethodGet: http.StatusOK}[v.method]
			w := httptest.NewRecorder()
			s.ServeHTTP(w, v.request())
			if w.Code != want {
				t.Errorf("answer %d %s, want %d", w.Code, w.Body, want)
			}
		})
	}
}

func TestCanonicalRequestHash(t *testing.T) {
	t.Parallel()
	guide := httptest.NewRequest(http.MethodGet,
		"https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs/?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0", nil)
	guide.Header.Set("Content-Type", "application/json")
	guide.Header.Set("X-Sdk-Date", "20191115T033655Z")
	v1 := vectors()[2]
	tests := []struct {
		name    string
		request *http.Request
		signed  string
		body    string
		want    string
	}{
		{
			"worked example of the signing guide", guide, "content-type;host;x-sdk-date", "",
			"b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
		},
		{"V1", v1.request(), v1.signed, v1.body, "3fdbeffd33dd8f030af74976dd65230451ab5f4dd6531957739355bdb0ca2ab1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, ok := huawei.CanonicalRequest(tt.request, tt.signed, []byte(tt.body))
			sum := sha256.Sum256([]byte(text))
			if got := hex.EncodeToString(sum[:]); !ok || got != tt.want {
				t.Errorf("hash %s (%v), want %s, of\n%s", got, ok, tt.want, text)
			}
		})
	}
}

// TestCanonicalParts compares what stands in the lines of path and query. The
// first query is a vector of the SDK's own test.
func TestCanonicalParts(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, target, path, query string }{
		{
			"query", "/?test=%E4%B8%80+%28%26%3D%3F%21%23%25.%2A%29&path=/tmp/123&multi=3&multi=1&multi=2&limit=1&enable=true", "/",
			"enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29",
		},
		{"no query", "/v1/p/asset", "/v1/p/asset/", ""},
		{"slash at the end", "/v1/p/", "/v1/p/", ""},
		{"unreserved", "/a-b_c.d~e", "/a-b_c.d~e/", ""},
		{"others", "/a b+c,d:e(f)*%2F%e4%B8%80", "/a%20b%2Bc%2Cd%3Ae%28f%29%2A%2F%E4%B8%80/", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, strings.ReplaceAll(tt.target, " ", "%20"), nil)
			r.Header.Set("X-Sdk-Date", "20240102T030405Z")
			text, _ := huawei.CanonicalRequest(r, "x-sdk-date", nil)
			lines := strings.Split(text, "\n")
			if lines[1] != tt.path || lines[2] != tt.query {
				t.Errorf("path %s, query %s, want %s and %s", lines[1], lines[2], tt.path, tt.query)
			}
		})
	}
}

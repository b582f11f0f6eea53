package oss_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
)

// vector is a request that ali-oss 6.23.0 signed with made-up-secret.
type vector struct {
	Operation, Method, URL string
	Headers                map[string]string
}

func (v vector) request() *http.Request {
	r := httptest.NewRequest(v.Method, v.URL, http.NoBody)
	for name, value := range v.Headers {
		r.Header.Set(name, value)
	}
	return r
}

func vectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/ali-oss-6.23.0.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil || len(all) != 6 {
		t.Fatalf("%d vectors, error %v; want 6", len(all), err)
	}
	return all
}

// What the SDK signs is taken, and nothing that differs in what was signed.
func TestSDKSignatures(t *testing.T) {
	t.Parallel()
	const bucket, key = "outin-simulator", "made-up-secret"
	for _, v := range vectors(t) {
		t.Run(v.Operation, func(t *testing.T) {
			t.Parallel()
			if !oss.Verify(v.request(), bucket, key) {
				t.Fatal("the SDK's own signature is not taken")
			}
			for what, change := range map[string]func(r *http.Request) (bucket, key string){
				"method":    func(r *http.Request) (string, string) { r.Method = "PATCH"; return bucket, key },
				"object":    func(r *http.Request) (string, string) { r.URL.Path += "x"; return bucket, key },
				"type":      func(r *http.Request) (string, string) { r.Header.Set("Content-Type", "a/b"); return bucket, key },
				"digest":    func(r *http.Request) (string, string) { r.Header.Set("Content-MD5", "x"); return bucket, key },
				"date":      func(r *http.Request) (string, string) { r.Header.Set("x-oss-date", "x"); return bucket, key },
				"a header":  func(r *http.Request) (string, string) { r.Header.Set("x-oss-meta", "x"); return bucket, key },
				"the token": func(r *http.Request) (string, string) { r.Header.Set("x-oss-security-token", "x"); return bucket, key },
				"resource": func(r *http.Request) (string, string) {
					r.URL.RawQuery = "partNumber=3&uploadId=U1"
					return bucket, key
				},
				"bucket": func(*http.Request) (string, string) { return "another", key },
				"key":    func(*http.Request) (string, string) { return bucket, "another" },
			} {
				r := v.request()
				if !oss.Verify(r, bucket, key) {
					t.Fatal("a copy of the request is not taken")
				}
				if b, k := change(r); oss.Verify(r, b, k) {
					t.Errorf("a request whose %s differs is taken", what)
				}
			}
			r := v.request()
			r.Header.Set("X-Request-Id", "1")
			if !oss.Verify(r, bucket, key) {
				t.Error("a header that is not signed matters")
			}
		})
	}
}

func FuzzSignature(f *testing.F) {
	f.Add("OSS a:b", "uploads", "/x")
	f.Add("OSS made-up:KzKgc3DuJEmkcgDz7AvYMMK0D5Y=", "uploadId=U1&partNumber=%31", "/%C3%BC")
	f.Add("OSS :", "%", "//")
	f.Fuzz(func(t *testing.T, authorization, query, path string) {
		r := httptest.NewRequest(http.MethodPut, "/", http.NoBody)
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header.Set("Authorization", authorization)
		if oss.Verify(r, "bucket", "a key that nobody has") {
			t.Errorf("%q is taken for a signature", authorization)
		}
	})
}

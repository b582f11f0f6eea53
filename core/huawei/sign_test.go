package huawei_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

// canonical is the canonical request of SDK-HMAC-SHA256, from the description of
// the signing guide: the path ends in a slash, path and query are encoded as RFC
// 3986 says, and the signed headers come sorted.
func canonical(method, path string, query url.Values, header http.Header, signed []string, body string) string {
	encode := func(s string) string {
		return strings.NewReplacer("+", "%20", "%7E", "~").Replace(url.QueryEscape(s))
	}
	var segments, pairs, headers []string
	for segment := range strings.SplitSeq(strings.TrimSuffix(path, "/")+"/", "/") {
		segments = append(segments, encode(segment))
	}
	for name, values := range query {
		for _, value := range values {
			pairs = append(pairs, encode(name)+"="+encode(value))
		}
	}
	slices.Sort(pairs)
	for _, name := range signed {
		headers = append(headers, name+":"+strings.TrimSpace(header.Get(name))+"\n")
	}
	return strings.Join([]string{
		method, strings.Join(segments, "/"), strings.Join(pairs, "&"), strings.Join(headers, ""), strings.Join(signed, ";"), digest(body),
	}, "\n")
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// signature signs a canonical request: the key is the secret key as it is.
func signature(secretKey, date, canonical string) string {
	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte("SDK-HMAC-SHA256\n" + date + "\n" + digest(canonical)))
	return hex.EncodeToString(mac.Sum(nil))
}

// Vectors of the SDK's own tests (T), of the SDK's signer and an implementation
// independent of it (V), and of the published worked example, with dummy keys.
func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	const (
		ids   = `{"asset_id_list":["f488337c31c8e4622f1590735b134c65","f360035c0f5833cf8e8b83e6df845187"]}`
		urls  = `{"urls":["https://example.com/a b/视频.mp4?x=1&y=<2>"]}`
		path  = "/v1/" + projectID + "/asset/refresh"
		early = "20060102T150405Z"
		late  = "20240102T030405Z"
	)
	project := map[string]string{"X-Project-Id": projectID}
	for _, tc := range []struct {
		name, method, path, query, date string
		header                          map[string]string
		body, want                      string
	}{
		{"T1", "GET", "/path", "limit=1", early, nil, "", "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624"},
		{"T2", "POST", "/path", "key=value", early, nil, `{"Name":"test","Id":1}` + "\n", "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59"},
		{"V1", "POST", path, "", late, project, ids + "\n", "e1ae209d9542929206fc7ff8d7eb95792b1f7747fa6a5a956b78a5fb0125c8b5"},
		{"V1n", "POST", path, "", late, project, ids, "e900b3620e5b5e0b46e259ae2964612475856a62e1c5b9c9b60cc86135a06c3f"},
		{
			"V2", "POST", path, "", late,
			map[string]string{"X-Project-Id": projectID, "X-Security-Token": "SecurityTokenExample"},
			ids + "\n", "497f1456831f9eefd7152032a111070e2f0652fe575fd38123e452e8fbd94b60",
		},
		{
			"V3", "POST", path, "", late,
			map[string]string{"X-Project-Id": projectID, "Host": "vod.cn-north-4.myhuaweicloud.com"},
			ids + "\n", "98343fe040246966fd3e082074ddca67e4162701b8b9b272ddb7f6739bc5afc0",
		},
		{"V4", "GET", path, "task_id=5199337c31c8e4622f1590735b13a263", late, project, "", "8e67fb60167d7d31fef4686ea2798ca0f8ddd022466bc98129f7b4a0023dd712"},
		{"V5", "POST", path, "", late, project, urls + "\n", "50a739f01ff00b767d6cfb04a77853c1abc07c93d6cd7d1c17b92edd0025ab80"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"X-Sdk-Date": {tc.date}}
			signed := []string{"x-sdk-date"}
			for name, value := range tc.header {
				header.Set(name, value)
				signed = append(signed, strings.ToLower(name))
			}
			slices.Sort(signed)
			query, err := url.ParseQuery(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			if got := signature("SecretKey", tc.date, canonical(tc.method, tc.path, query, header, signed, tc.body)); got != tc.want {
				t.Errorf("signature %s, want %s", got, tc.want)
			}
		})
	}

	t.Run("worked example", func(t *testing.T) {
		t.Parallel()
		query := url.Values{"limit": {"2"}, "marker": {"13551d6b-755d-4757-b956-536f674975c0"}}
		header := http.Header{
			"Content-Type": {"application/json"}, "Host": {"service.region.example.com"}, "X-Sdk-Date": {"20191115T033655Z"},
		}
		request := canonical("GET", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs/", query, header, []string{"content-type", "host", "x-sdk-date"}, "")
		if got, want := digest(request), "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a"; got != want {
			t.Errorf("canonical request of digest %s, want %s", got, want)
		}
	})

	t.Run("canonical query", func(t *testing.T) {
		t.Parallel()
		query := url.Values{
			"limit": {"1"}, "multi": {"3", "1", "2"}, "path": {"/tmp/123"}, "enable": {"true"}, "test": {"一 (&=?!#%.*)"},
		}
		want := "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29"
		if got := strings.Split(canonical("GET", "/", query, nil, nil, ""), "\n")[2]; got != want {
			t.Errorf("query %s, want %s", got, want)
		}
	})
}

// wantSigned checks the signature of a request that arrived, and that nothing
// that names the account is left unsigned.
func wantSigned(t *testing.T, call asked, accessKey, secretKey string) {
	t.Helper()
	algorithm, rest, _ := strings.Cut(call.header.Get("Authorization"), " ")
	fields := make(map[string]string)
	for field := range strings.SplitSeq(rest, ", ") {
		name, value, _ := strings.Cut(field, "=")
		fields[name] = value
	}
	signed := strings.Split(fields["SignedHeaders"], ";")
	method, path, _ := strings.Cut(call.op, " ")
	date := call.header.Get("X-Sdk-Date")
	want := signature(secretKey, date, canonical(method, path, call.query, call.header, signed, call.body))
	if algorithm != "SDK-HMAC-SHA256" || fields["Access"] != accessKey || fields["Signature"] != want {
		t.Errorf("%s: signed %s %v, want signature %s", call.op, algorithm, fields, want)
	}
	for _, name := range []string{"x-sdk-date", "x-project-id", "x-security-token"} {
		if call.header.Get(name) != "" && !slices.Contains(signed, name) {
			t.Errorf("%s: %s is not signed, only %v", call.op, name, signed)
		}
	}
}

func TestCallsAreSigned(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{
		refreshAsset:        answer(202, accepted),
		showRefreshResult:   answer(200, `{"refresh_results":[]}`),
		preheatAsset:        answer(202, `{"task_id":"another"}`),
		showPreheatingAsset: answer(200, `{"preheating_results":[{"url":"u","status":"succeed"}]}`),
		showAssetMeta:       answer(200, `{"asset_info_array":[{"asset_id":"a b+c/d*e~f%&ü","status":"CREATED"}]}`),
	})
	c := client(t, s.URL)
	ctx := t.Context()
	odd := []string{"https://example.com/a b/视频.mp4?x=1&y=<2>", "https://example.com/~b*+"}
	for _, err := range []error{
		second(c.Submit(ctx, refresh("m1", "m2"))),
		second(c.Submit(ctx, batch(core.Refresh, core.URL, odd...))),
		second(c.Submit(ctx, batch(core.Preload, core.URL, odd...))),
		second(c.Job(ctx, "an odd/ID+=&ü")), // asks both
		second(c.Media(ctx, "a b+c/d*e~f%&ü")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	calls := s.asked("")
	if len(calls) != 6 {
		t.Fatalf("%d calls, want 6", len(calls))
	}
	for _, call := range calls {
		wantSigned(t, call, accessKey, secretKey)
		for name, want := range map[string]string{
			"X-Project-Id": projectID, "X-Security-Token": securityToken, "X-Sdk-Date": "20260331T120000Z", "Content-Type": "application/json",
		} {
			if got := call.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", call.op, name, got, want)
			}
		}
	}
}

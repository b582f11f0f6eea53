package aliyun_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the protocol's
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// signature computes the signature of a query anew, from the description of the
// RPC style: HMAC-SHA1 over method, path and sorted parameters, each encoded as
// RFC 3986 says, keyed by the secret and an ampersand.
func signature(query url.Values, secret string) string {
	encode := func(s string) string {
		return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(s))
	}
	var pairs []string
	for name := range query {
		if name != "Signature" && name != "http method" {
			pairs = append(pairs, encode(name)+"="+encode(query.Get(name)))
		}
	}
	slices.Sort(pairs)
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(query.Get("http method") + "&" + encode("/") + "&" + encode(strings.Join(pairs, "&"))))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// The worked example of the RPC signature page.
func TestSignatureVector(t *testing.T) {
	t.Parallel()
	query := url.Values{
		"http method": {"GET"}, "AccessKeyId": {"testid"}, "Action": {"DescribeRegions"}, "Format": {"XML"},
		"SignatureMethod": {"HMAC-SHA1"}, "SignatureNonce": {"3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
		"SignatureVersion": {"1.0"}, "Timestamp": {"2016-02-23T12:46:24Z"}, "Version": {"2014-05-26"},
	}
	if got, want := signature(query, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestCallsAreSigned(t *testing.T) {
	t.Parallel()
	const id = "m1"
	s := serve(t, map[string]http.HandlerFunc{
		"RefreshMediaPlayUrls":    answer(200, accepted),
		"RefreshVodObjectCaches":  answer(200, `{"RefreshTaskId":"1"}`),
		"GetMediaRefreshJobs":     answer(200, `{"MediaRefreshJobs":[{"MediaId":"m1","Status":"success"}]}`),
		"DescribeVodRefreshQuota": answer(200, quotaAnswer),
	})
	c := client(t, s.URL)
	ctx := t.Context()
	odd := refresh(id)
	odd.Options.UserData = `{"a":"b c+d*e~f/g&h=i%j ü €"}`
	page := core.Batch{Target: core.URL, IDs: []string{"https://cdn.example.com/a b.mp4?x=1&y=2", "https://cdn.example.com/~b*"}}
	page.Options.TaskType = core.Refresh
	for _, err := range []error{second(c.Submit(ctx, odd)), second(c.Submit(ctx, page)), second(c.Job(ctx, "job-1")), second(c.Quota(ctx))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(s.calls) != 4 {
		t.Fatalf("%d calls, want 4", len(s.calls))
	}
	for _, query := range s.calls {
		action := query.Get("Action")
		if got, want := query.Get("Signature"), signature(query, keySecret); got != want {
			t.Errorf("%s is signed %s, want %s", action, got, want)
		}
		for name, want := range map[string]string{
			"AccessKeyId": keyID, "SecurityToken": stsToken, "Format": "JSON", "RegionId": "cn-shanghai",
			"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "Version": "2017-03-21",
		} {
			if got := query.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", action, name, got, want)
			}
		}
		at, err := time.Parse(time.RFC3339, query.Get("Timestamp"))
		if err != nil || time.Since(at).Abs() > time.Minute {
			t.Errorf("%s: time stamp %q", action, query.Get("Timestamp"))
		}
	}
}

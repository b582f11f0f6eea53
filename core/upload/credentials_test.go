package upload_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestExpiry(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	for auth, want := range map[string]string{ // empty: no end can be read
		`{"ExpireUTCTime":"2026-03-20T12:50:00Z","Expiration":"3600"}`: "12:50:00",
		`{"ExpireUTCTime":"2026-03-20T20:50:00+08:00"}`:                "12:50:00",
		`{"Expiration":"3541"}`:                                        "12:59:01",
		`{"Expiration":3541}`:                                          "12:59:01",
		`{"Expiration":"0"}`:                                           "12:00:00",
		`{"ExpireUTCTime":"","Expiration":"60"}`:                       "12:01:00",
		`{"ExpireUTCTime":"3600","Expiration":"3600"}`:                 "",
		`{"ExpireUTCTime":"2026-03-20 12:50:00"}`:                      "",
		`{"ExpireUTCTime":7}`:                                          "",
		`{"Expiration":"-1"}`:                                          "",
		`{"Expiration":"99999999999"}`:                                 "",
		`{"Expiration":"soon"}`:                                        "",
		`{"Expiration":null}`:                                          "",
		`{}`:                                                           "",
		`null`:                                                         "",
		`"text"`:                                                       "",
		`{"ExpireUTCTime":"2026-03-20T12:50:00Z"`:                      "",
		``: "",
	} {
		text := auth
		if end, ok := strings.CutPrefix(auth, `{"`); ok {
			text = `{"AccessKeyId":"STS.x","AccessKeySecret":"y","SecurityToken":"z","` + end
		}
		grant, err := upload.Credentials{
			RequestID: "R", UploadAuth: encoded(text), Received: received,
			UploadAddress: encoded(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"b","FileName":"sv/a.mp4"}`),
		}.Grant()
		got := grant.Expiry
		switch {
		case want == "" && (core.KindOf(err) != core.Internal || !strings.Contains(err.Error(), "UploadAuth")):
			t.Errorf("%s: got %s, %v, want an error about UploadAuth", auth, got, err)
		case want != "" && (err != nil || got.UTC().Format(time.TimeOnly) != want):
			t.Errorf("%s: got %s, %v, want %s", auth, got, err, want)
		}
	}
}

func TestGrant(t *testing.T) {
	t.Parallel()
	const (
		auth    = `{"AccessKeyId":"STS.made-up","AccessKeySecret":"made-up-s","SecurityToken":"made-up-t","ExpireUTCTime":"2026-03-20T12:50:00Z","Region":"cn-shanghai"}`
		address = `{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"outin-1","FileName":"sv/made-up.mp4"}`
	)
	got, err := upload.Credentials{UploadAuth: encoded(auth), UploadAddress: encoded(address)}.Grant()
	if err != nil {
		t.Fatal(err)
	}
	if got.Endpoint != "https://oss-cn-shanghai.aliyuncs.com" || got.Bucket != "outin-1" || got.Object != "sv/made-up.mp4" || got.Region != "cn-shanghai" ||
		got.AccessKeyID.Reveal() != "STS.made-up" || got.AccessKeySecret.Reveal() != "made-up-s" || got.SecurityToken.Reveal() != "made-up-t" ||
		!got.Expiry.Equal(time.Date(2026, 3, 20, 12, 50, 0, 0, time.UTC)) {
		t.Errorf("got %+v", got)
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, "STS") || strings.Contains(text, "made-up-") {
		t.Errorf("%s gives the keys away", text)
	}
	for _, member := range []string{"AccessKeyId", "AccessKeySecret", "SecurityToken", "ExpireUTCTime", "Endpoint", "Bucket", "FileName"} {
		u := upload.Credentials{
			UploadAuth:    encoded(strings.Replace(auth, `"`+member+`"`, `"Other"`, 1)),
			UploadAddress: encoded(strings.Replace(address, `"`+member+`"`, `"Other"`, 1)),
		}
		_, err := u.Grant()
		if core.KindOf(err) != core.Internal || strings.Contains(fmt.Sprintf("%+v", err), "made-up") {
			t.Errorf("without %s: got %v", member, err)
		}
	}
	for _, u := range []upload.Credentials{
		{UploadAuth: secret.New("made-up"), UploadAddress: encoded(address)},
		{UploadAuth: encoded(auth), UploadAddress: secret.New("made-up")},
	} {
		if _, err := u.Grant(); core.KindOf(err) != core.Internal || strings.Contains(err.Error(), "made-up") {
			t.Errorf("got %v", err)
		}
	}
}

// Whatever the platform says, it is read or refused, and never quoted.
func FuzzGrant(f *testing.F) {
	f.Add(`{"AccessKeyId":"a","AccessKeySecret":"b","SecurityToken":"c","ExpireUTCTime":"2026-03-20T12:50:00Z"}`, `{"Endpoint":"a","Bucket":"b","FileName":"c"}`)
	f.Add(`{"Expiration":1e9}`, `[]`)
	f.Fuzz(func(t *testing.T, auth, address string) {
		u := upload.Credentials{RequestID: "R", UploadAuth: encoded(auth), UploadAddress: encoded(address)}
		grant, err := u.Grant()
		if err != nil && core.KindOf(err) != core.Internal {
			t.Errorf("got %v", err)
		}
		if err == nil && (grant.Endpoint == "" || grant.Bucket == "" || grant.Object == "" || grant.SecurityToken.Empty()) {
			t.Errorf("got %+v", grant)
		}
	})
}

func ExampleCredentials_Grant() {
	u := upload.Credentials{
		UploadAuth:    encoded(`{"AccessKeyId":"STS.x","AccessKeySecret":"y","SecurityToken":"z","ExpireUTCTime":"2026-03-20T12:50:00Z"}`),
		UploadAddress: encoded(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"b","FileName":"sv/a.mp4"}`),
	}
	grant, err := u.Grant()
	fmt.Println(grant.Endpoint, grant.Bucket, grant.Object, grant.AccessKeySecret, grant.Expiry, err)
	// Output: https://oss-cn-shanghai.aliyuncs.com b sv/a.mp4 *** 2026-03-20 12:50:00 +0000 UTC <nil>
}

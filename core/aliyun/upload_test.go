package aliyun_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestRefreshUpload(t *testing.T) {
	t.Parallel()
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	address := encode(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"outin-1","FileName":"sv/a.mp4"}`)
	auth := encode(`{"AccessKeyId":"STS.made-up","AccessKeySecret":"made-up","SecurityToken":"t","Expiration":"3541"}`)
	for _, tc := range []struct{ name, video, address, auth, wrong string }{
		{"good", "m1", address, auth, ""},
		{"no address", "m1", "", auth, "UploadAddress is not the base64 of a JSON object"},
		{"no auth", "m1", address, "", "UploadAuth is not the base64 of a JSON object"},
		{"not base64", "m1", address, "{made-up}", "UploadAuth is not"},
		{"cut off", "m1", address[:20], auth, "UploadAddress is not"},
		{"not an object", "m1", address, encode(`"made-up"`), "UploadAuth is not"},
		{"an empty object", "m1", encode(`{}`), auth, "UploadAddress is not"},
		{"another video", "m2", address, auth, "not about the media that was asked for"},
		{"no video", "", address, auth, "not about the media that was asked for"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			body := fmt.Sprintf(`{"RequestId":"R","VideoId":%q,"UploadAddress":%q,"UploadAuth":%q}`, tc.video, tc.address, tc.auth)
			s := serve(t, map[string]http.HandlerFunc{"RefreshUploadVideo": answer(200, body)})
			got, err := client(t, s.URL).RefreshUpload(t.Context(), "m1")
			if tc.wrong != "" {
				e := wantError(t, err, core.Internal, tc.wrong)
				if text := fmt.Sprintf("%+v %#v", err, e); strings.Contains(text, "made-up") || tc.auth != "" && strings.Contains(text, tc.auth) {
					t.Errorf("%s gives the credentials away", text)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.RequestID != "R" || got.VideoID != "m1" || got.UploadAddress.Reveal() != address || got.UploadAuth.Reveal() != auth {
				t.Errorf("credentials %+v differ from the answer", got)
			}
			if got.Answer.Reveal() != body {
				t.Errorf("the answer is %s, want %s", got.Answer.Reveal(), body)
			}
			if text := fmt.Sprintf("%+v", got); strings.Contains(text, auth) || strings.Contains(text, address) {
				t.Errorf("%s gives the credentials away", text)
			}
			if sent := parameters(s.asked("RefreshUploadVideo")[0]); len(sent) != 1 || sent["VideoId"] != "m1" {
				t.Errorf("sent %v", sent)
			}
		})
	}
}

// The SDK would take these; an upload client would not.
func TestRefreshUploadWantsTheDocumentedMembers(t *testing.T) {
	t.Parallel()
	const text = "e30K"
	for name, body := range map[string]string{
		"in lower case": `{"RequestId":"R","videoid":"m1","uploadaddress":"eyJhIjoxfQ==","uploadauth":"eyJhIjoxfQ=="}`,
		"a number":      `{"RequestId":"R","VideoId":1,"UploadAddress":"eyJhIjoxfQ==","UploadAuth":"eyJhIjoxfQ=="}`,
		"an object":     `{"RequestId":"R","VideoId":"m1","UploadAddress":{"a":1},"UploadAuth":"eyJhIjoxfQ=="}`,
		"empty objects": `{"RequestId":"R","VideoId":"m1","UploadAddress":"` + text + `","UploadAuth":"` + text + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"RefreshUploadVideo": answer(200, body)})
			_, err := client(t, s.URL).RefreshUpload(t.Context(), "m1")
			wantError(t, err, core.Internal, "the answer")
		})
	}
}

// A damaged video is what the request is about, and no fault of the request.
func TestRefreshUploadRefused(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]core.Kind{
		"InvalidVideo.Damaged": core.NotReady, "InvalidVideo.NotFound": core.NotFound, "InvalidParameter": core.Invalid, "Throttling": core.Throttled,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"RefreshUploadVideo": answer(400, `{"Code":"`+code+`","Message":"no","RequestId":"R"}`)})
			_, err := client(t, s.URL).RefreshUpload(t.Context(), "m1")
			if e := wantError(t, err, want, code); e.RequestID != "R" {
				t.Errorf("got %+v", e)
			}
		})
	}
}

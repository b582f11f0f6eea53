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
			if text := fmt.Sprintf("%+v", got); strings.Contains(text, auth) || strings.Contains(text, address) {
				t.Errorf("%s gives the credentials away", text)
			}
			if sent := parameters(s.asked("RefreshUploadVideo")[0]); len(sent) != 1 || sent["VideoId"] != "m1" {
				t.Errorf("sent %v", sent)
			}
		})
	}
}

package service_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

// TestNoCredentialsAreShown gives credentials, and refuses them in every way, with
// platforms that put them where they do not belong, and looks for them everywhere
// but in the answers that they are for.
func TestNoCredentialsAreShown(t *testing.T) {
	t.Parallel()
	good := &uploads{}
	encoded := base64.StdEncoding.EncodeToString([]byte(`{"AccessKeySecret":"` + stsSecret + `"}`))
	for name, answer := range map[string]func(w http.ResponseWriter, action, video string){
		"given":     nil,
		"no end":    instead(200, `{"RequestId":"R","VideoId":"`+media+`","UploadAddress":"`+encoded+`","UploadAuth":"`+encoded+`"}`),
		"another's": instead(200, good.given("another", 1)),
		"cut off":   instead(200, good.given(media, 1)[:300]),
		"an error":  instead(400, `{"Code":"InvalidParameter","Message":"AccessKeyId `+encoded+`","RequestId":"R"}`),
		"HTML":      instead(502, "<html>"+good.given(media, 1)+"</html>"),
		"a time":    instead(200, strings.Replace(good.given(media, 1), base64Of(t, good), base64.StdEncoding.EncodeToString([]byte(`{"ExpireUTCTime":"`+stsSecret+`"}`)), 1)),
		"a reset":   func(http.ResponseWriter, string, string) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u := &uploads{answer: answer}
				h := studio(t, u, "LOG_LEVEL=debug")
				ticket := mediaTicket(t)
				hidden := []string{stsSecret, encoded, encoded[:40], ticket, ticketKey, oldTicket, apiToken, accessSecret, stsToken, "CAIS??", "STS."}
				var shown strings.Builder
				for i, tc := range []struct{ video, query, token string }{
					{media, "", ticket},
					{media, "?view=decoded", ticket},
					{media, "?overwrite=true", apiToken},
					{media, "?view=" + ticket, apiToken},
					{media, "?overwrite=" + ticket, apiToken},
					{"another", "", ticket},
					{media, "", ticket + "x"},
					{media, "", strings.Replace(ticket, ".", "..", 1)},
					{media, "", ticketKey},
				} {
					w := h.refresh(tc.video, tc.query, tc.token)
					fmt.Fprintln(&shown, w.Header())
					if w.Code == http.StatusOK && answer == nil {
						var texts map[string]string
						if err := json.Unmarshal(w.Body.Bytes(), &texts); err != nil {
							t.Fatal(err)
						}
						for _, member := range []string{"UploadAuth", "UploadAddress", "accessKeySecret", "securityToken"} {
							if text := texts[member]; text != "" {
								hidden = append(hidden, text)
							}
						}
					} else if !strings.Contains(tc.query, ticket) { // 400 says what is wrong
						fmt.Fprintln(&shown, i, w.Code, w.Body)
					}
				}
				shown.WriteString(h.log.String())
				for _, text := range hidden {
					if strings.Contains(shown.String(), text) {
						t.Errorf("%q is shown in\n%s", text, shown.String())
					}
				}
				if !strings.Contains(shown.String(), `"msg":"credentials refused"`) {
					t.Errorf("nothing was driven: %s", shown.String())
				}
			})
		})
	}
}

// instead answers every question for credentials with a text.
func instead(status int, body string) func(w http.ResponseWriter, action, video string) {
	return func(w http.ResponseWriter, action, video string) {
		if action == "GetVideoInfo" {
			fmt.Fprintf(w, `{"RequestId":"S","Video":{"VideoId":%q,"Status":"Uploading"}}`, video)
			return
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// base64Of is the UploadAuth of the first answer.
func base64Of(t *testing.T, u *uploads) string {
	t.Helper()
	found := regexp.MustCompile(`"UploadAuth" : "([^"]+)"`).FindStringSubmatch(u.given(media, 1))
	if len(found) != 2 {
		t.Fatal("there is no UploadAuth")
	}
	return found[1]
}

package service_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// answers are the platform's, those that repeat what they were sent among them.
func answers() map[string]func(http.ResponseWriter, url.Values) {
	return map[string]func(http.ResponseWriter, url.Values){
		"accepted": accept,
		"echoing": func(w http.ResponseWriter, q url.Values) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"Code":"InvalidParameter","Message":"bad request ?%s"}`, q.Encode())
		},
		"signature": refuse(400, "SignatureDoesNotMatch"),
		"HTML": func(w http.ResponseWriter, q url.Values) {
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprintf(w, "<html>%s %s</html>", q.Encode(), q.Get("SecurityToken"))
		},
		"reset": func(http.ResponseWriter, url.Values) { panic(http.ErrAbortHandler) },
	}
}

// TestNoSecretIsShown drives every way that an answer or a log line can come
// about, and looks for keys, tokens and signatures in all of them.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	for name, answer := range answers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, answer, "RULES=rules: [{on: [TranscodeComplete], do: refresh, when: replaced}]")
			var shown strings.Builder
			for _, w := range []*httptest.ResponseRecorder{
				b.call(time.Now(), transcoded),
				b.call(time.Now().Add(-time.Hour), transcoded),
				b.call(time.Now(), "{"),
				b.ask("POST", "/v1/refresh", apiToken, `{"MediaIds":"a,b"}`),
				b.ask("POST", "/v1/refresh", apiToken, `{"MediaIds":"a","dryRun":true}`),
				b.ask("POST", "/v1/refresh", apiToken+"x", `{"MediaIds":"a,b"}`),
				b.ask("POST", "/v1/refresh", apiToken, `{"Formats":"avi"}`),
				b.ask("GET", "/v1/jobs/aliyun/c5ae", apiToken, ""),
				b.ask("GET", "/v1/quota", apiToken, ""),
				b.ask("POST", "/v1/uploads/a/credentials", apiToken, ""),
				b.ask("POST", "/v1/uploads/a/credentials?overwrite=true", apiToken, ""),
				b.ask("POST", "/v1/uploads/a/credentials", apiToken+"x", ""),
			} {
				fmt.Fprintln(&shown, w.Code, w.Header(), w.Body)
			}
			shown.WriteString(b.log.String())
			nothing(t, shown.String(), b.cloud)
		})
	}
}

// nothing is an error if a text shows a key, a token or a signature.
func nothing(t *testing.T, shown string, c *cloud, more ...string) {
	t.Helper()
	hidden := append([]string{accessKey, accessSecret, stsToken, callbackKey, apiToken, "OldKey1", url.QueryEscape(accessSecret)}, more...)
	for _, call := range c.made() {
		hidden = append(hidden, call.Get("Signature"), url.QueryEscape(call.Get("Signature")))
	}
	for _, h := range hidden {
		if strings.Contains(shown, h) {
			t.Errorf("%q is shown in\n%s", h, shown)
		}
	}
}

// TestNoSecretIsShownByTheWorks does the same for what a queue and a store add:
// the worker, the follower, the quota, the lists, and engines that are out.
func TestNoSecretIsShownByTheWorks(t *testing.T) {
	t.Parallel()
	for name, answer := range answers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &cloud{answer: answer}
				p := newPlot(t, vodsim.Config{})
				p.platform = c
				rules := "RULES=rules: [{on: [TranscodeComplete], do: refresh+preload, when: replaced}, {on: [FileUploadComplete], do: refresh, confirm: true}]"
				h := p.open(t, rules, "MEDIA_DAILY=1")
				var shown strings.Builder
				signatures := drive(&shown, h)
				time.Sleep(3 * time.Hour) // worker and follower try, wait, and give up
				signatures = append(signatures, drive(&shown, h)...)
				if err := h.stop(); err != nil {
					t.Error(err)
				}
				shown.WriteString(h.log.String())

				p.queue, p.store = broken(t)
				out := p.open(t, rules)
				signatures = append(signatures, drive(&shown, out)...)
				time.Sleep(time.Minute)
				if err := out.stop(); err != nil {
					t.Error(err)
				}
				shown.WriteString(out.log.String())

				for _, part := range []string{`"msg":"callback"`, "could not receive from the queue", "could not look for jobs", "the queue is closed"} {
					if !strings.Contains(shown.String(), part) {
						t.Errorf("%q was not driven", part)
					}
				}
				if len(c.made()) == 0 {
					t.Error("nobody called the platform")
				}
				nothing(t, shown.String(), c, signatures...)
			})
		})
	}
}

// drive asks a house for everything, and returns the signatures that it sent.
func drive(shown *strings.Builder, h *house) (signatures []string) {
	for _, body := range []string{
		happened("TranscodeComplete", "a", time.Now()), happened("FileUploadComplete", "b", time.Now()),
		`{"EventType":"SubmitMediaRefreshComplete","Status":"success","MediaId":"a","MediaRefreshJobId":"c5ae61bf9af1"}`, "{",
	} {
		signatures = append(signatures, aliyun.Sign(registered, secret.New(callbackKey), time.Now()).Get(aliyun.HeaderSignature))
		w := h.tell(body)
		fmt.Fprintln(shown, w.Code, w.Header(), w.Body)
	}
	for _, r := range []struct{ method, path, body, prefer string }{
		{"POST", "/v1/refresh", `{"MediaIds":"c,d"}`, "wait=5"},
		{"POST", "/v1/refresh", `{"MediaIds":"e"}`, ""},
		{"POST", "/v1/refresh", `{"MediaIds":"e","dryRun":true}`, ""},
		{"GET", "/v1/jobs", "", ""},
		{"GET", "/v1/jobs/aliyun/c5ae61bf9af1", "", ""},
		{"GET", "/v1/quota", "", ""},
		{"GET", "/v1/dead", "", ""},
		{"GET", "/v1/dead?most=x", "", ""},
		{"POST", "/v1/dead/redrive", `{}`, ""},
		{"POST", "/v1/dead/redrive", `{"all":true}`, ""},
		{"POST", "/v1/uploads/a/credentials", "", ""},
		{"POST", "/v1/uploads/a/credentials?overwrite=true", "", ""},
		{"GET", "/readyz", "", ""},
	} {
		w := h.ask(r.method, r.path, r.body, r.prefer)
		fmt.Fprintln(shown, w.Code, w.Header(), w.Body)
	}
	return signatures
}

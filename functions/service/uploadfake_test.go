package service_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

const (
	ticketKey = "fake-ticket-key-of-more-than-32-bytes"
	oldTicket = "fake-ticket-key-that-is-being-rotated"
	webPage   = "https://www.example.com"
	stsSecret = "FakeStsSecretOfAnUpload"
)

// uploads is a foreign stand-in for the platform's two operations on uploads. It
// shares no code with the driver, and checks signatures by itself.
type uploads struct {
	latency time.Duration
	status  string                                            // of every video; Uploading if empty
	life    time.Duration                                     // of the keys; 50 minutes if zero
	answer  func(w http.ResponseWriter, action, video string) // instead of all that, if it is there

	mu    sync.Mutex
	calls []uploadCall
}

type uploadCall struct {
	action, video string
	at            time.Time
}

func (u *uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	action, video := query.Get("Action"), query.Get("VideoId")
	u.mu.Lock()
	u.calls = append(u.calls, uploadCall{action, video, time.Now()})
	n := len(u.calls)
	u.mu.Unlock()
	if query.Get("Signature") != signature(r.Method, query) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"Code":"SignatureDoesNotMatch"}`)
		return
	}
	select {
	case <-time.After(u.latency):
	case <-r.Context().Done():
		return
	}
	switch {
	case u.answer != nil:
		u.answer(w, action, video)
	case action == "GetVideoInfo":
		status := u.status
		if status == "" {
			status = "Uploading"
		}
		fmt.Fprintf(w, `{"RequestId":"S-%d","Video":{"VideoId":%q,"Status":%q}}`, n, video, status)
	default:
		fmt.Fprint(w, u.given(video, n))
	}
}

// given is an answer of RefreshUploadVideo as the platform writes it.
func (u *uploads) given(video string, n int) string {
	life := u.life
	if life == 0 {
		life = 50 * time.Minute
	}
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("{\n  \"RequestId\" : \"R-%d\",\n  \"VideoId\" : %q,\n  \"UploadAddress\" : %q,\n  \"UploadAuth\" : %q\n}", n, video,
		encode([]byte(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"outin-1","FileName":"sv/`+video+`.mp4"}`)),
		encode(fmt.Appendf(nil, `{"SecurityToken":"CAIS??>>%d","AccessKeyId":"STS.%d","ExpireUTCTime":%q,"AccessKeySecret":%q,"Expiration":"3000","Region":"cn-shanghai"}`,
			n, n, time.Now().Add(life).UTC().Format(time.RFC3339), stsSecret)))
}

// made are the calls so far; of one action, if it is named.
func (u *uploads) made(action string) (made []uploadCall) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, c := range u.calls {
		if action == "" || action == c.action {
			made = append(made, c)
		}
	}
	return made
}

// busiest is the most calls within any second.
func busiest(calls []uploadCall) (n int) {
	slices.SortFunc(calls, func(a, b uploadCall) int { return a.at.Compare(b.at) })
	for i, first := range calls {
		end := i
		for end < len(calls) && calls[end].at.Sub(first.at) < time.Second {
			end++
		}
		n = max(n, end-i)
	}
	return n
}

// studio opens a house in front of uploads.
func studio(t *testing.T, u *uploads, environ ...string) *house {
	t.Helper()
	p := newPlot(t, vodsim.Config{})
	p.platform = u
	if slices.Contains(environ, "STORE_URL=none:") {
		p.store = nil
	}
	return p.open(t, append([]string{"UPLOAD_TICKET_KEYS=" + ticketKey + "," + oldTicket, "CORS_ORIGINS=" + webPage}, environ...)...)
}

// mint signs a ticket as a back-end does that knows RFC 7515 and no library.
func mint(t *testing.T, key, alg string, claims map[string]any) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + encode(body)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

// mediaTicket is a good one, to upload the media.
func mediaTicket(t *testing.T) string {
	t.Helper()
	return mint(t, ticketKey, "HS256", map[string]any{"sub": media, "exp": time.Now().Add(time.Hour).Unix(), "scope": "upload"})
}

// refresh asks for credentials as a page does.
func (h *house) refresh(video, query, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/uploads/"+video+"/credentials"+query, strings.NewReader("{}"))
	r.Header.Set("Origin", webPage)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	return w
}

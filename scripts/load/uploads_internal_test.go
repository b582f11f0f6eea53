package main

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the documented protocol
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
)

// store sends a film in one piece, as a client whose clock is right, and returns
// the answer's status.
func store(u *uploading, grant oss.Grant, now time.Time) int {
	r := httptest.NewRequest(http.MethodPut, "http://outin-simulator.localhost/film.mp4", strings.NewReader("hello"))
	date, token := now.UTC().Format(http.TimeFormat), grant.SecurityToken.Reveal()
	mac := hmac.New(sha1.New, []byte(grant.AccessKeySecret.Reveal()))
	mac.Write([]byte("PUT\n\n\n" + date + "\nx-oss-date:" + date + "\nx-oss-security-token:" + token + "\n/outin-simulator/film.mp4"))
	r.Header.Set("X-Oss-Date", date)
	r.Header.Set("X-Oss-Security-Token", token)
	r.Header.Set("Authorization", "OSS "+grant.AccessKeyID+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	u.ServeHTTP(w, r)
	return w.Code
}

// control asks or orders something.
func control(u *uploading, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	u.control().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func TestCredentialsRunOutOnOrder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		order string
		takes int // of three, before a refusal
	}{
		"never":               {"", 3},
		"at once":             {`{"seconds":300}`, 0},
		"after the first":     {`{"seconds":300,"parts":1}`, 1},
		"after the second":    {`{"seconds":301,"parts":2}`, 2},
		"later than the last": {`{"seconds":300,"parts":4}`, 3},
		"not far enough":      {`{"seconds":290,"parts":1}`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := clock.NewFake(noon())
			u := newUploading(fake, vodsim.Config{})
			store(u, u.platform.Storage().Grant("film.mp4", time.Hour), noon()) // what came before does not count
			grant := u.platform.Storage().Grant("film.mp4", 5*time.Minute)
			if w := control(u, http.MethodPost, "/clock", test.order); test.order != "" && w.Code != http.StatusOK {
				t.Fatalf("the order is answered %d %s", w.Code, w.Body)
			}
			for n := range 3 {
				want := http.StatusOK
				if n >= test.takes {
					want = http.StatusForbidden
				}
				if got := store(u, grant, noon()); got != want {
					t.Errorf("number %d is answered %d, want %d", n+1, got, want)
				}
			}
			if refused := 3 - test.takes; len(fake.Slept()) != refused {
				t.Errorf("%d answers were held back, want the %d refusals", len(fake.Slept()), refused)
			}
		})
	}
}

func TestUploadsControl(t *testing.T) {
	t.Parallel()
	u := newUploading(clock.NewFake(noon()), vodsim.Config{})
	if got := strings.TrimSpace(control(u, http.MethodGet, "/parts", "").Body.String()); got != "[]" {
		t.Errorf("parts %s", got)
	}
	if w := control(u, http.MethodGet, "/objects/film.mp4", ""); w.Code != http.StatusNotFound {
		t.Errorf("an object that is not there: %d", w.Code)
	}
	if got := store(u, u.platform.Storage().Grant("film.mp4", time.Hour), noon()); got != http.StatusOK {
		t.Fatalf("answer %d", got)
	}
	var object oss.Object
	if err := json.NewDecoder(control(u, http.MethodGet, "/objects/film.mp4", "").Body).Decode(&object); err != nil ||
		object.MD5 != "5d41402abc4b2a76b9719d911017c592" {
		t.Errorf("object %+v, error %v", object, err)
	}
	if w := control(u, http.MethodPost, "/clock", "tomorrow"); w.Code != http.StatusBadRequest {
		t.Errorf("an order that is none: %d", w.Code)
	}
}

func TestUploadsProcess(t *testing.T) {
	t.Parallel()
	urls := runPart(t, "uploads", "--life", "1m", "--expired", "InvalidAccessKeyId")
	if err := refresh(t, urls[0], "unknown"); err != nil {
		t.Errorf("the API answers %v", err)
	}
	fault := vodsim.Fault{Kind: vodsim.FaultThrottle, Times: 1}
	if err := ask(t.Context(), &http.Client{}, http.MethodPost, urls[1]+"/faults", fault, nil); err != nil {
		t.Fatal(err)
	}
	if err := refresh(t, urls[0], "unknown"); core.KindOf(err) != core.Throttled {
		t.Errorf("with the fault, the API answers %v", err)
	}
}

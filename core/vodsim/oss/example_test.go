package oss_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the documented protocol
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
)

// Credentials are good for one object, until they expire.
func Example() {
	now := clock.NewFake(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	storage := oss.New(oss.Config{Clock: now})
	grant := storage.Grant("film.mp4", time.Hour)

	put := func() {
		r := httptest.NewRequest(http.MethodPut, "/film.mp4", strings.NewReader("hello"))
		date, token := now.Now().Format(http.TimeFormat), grant.SecurityToken.Reveal()
		mac := hmac.New(sha1.New, []byte(grant.AccessKeySecret.Reveal()))
		fmt.Fprintf(mac, "PUT\n\n\n%s\nx-oss-date:%s\nx-oss-security-token:%s\n/outin-simulator/film.mp4", date, date, token)
		r.Header.Set("X-Oss-Date", date)
		r.Header.Set("X-Oss-Security-Token", token)
		r.Header.Set("Authorization", "OSS "+grant.AccessKeyID+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		w := httptest.NewRecorder()
		storage.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.Contains(w.Body.String(), "SecurityTokenExpired"))
	}
	put()
	object, _ := storage.Object("film.mp4")
	fmt.Println(object.Size, object.MD5)
	now.Advance(time.Hour)
	put()
	// Output:
	// 200 false
	// 5 5d41402abc4b2a76b9719d911017c592
	// 403 true
}

package oss_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestGrant(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	again := s.Grant(film, time.Hour)
	for _, g := range []oss.Grant{s.grant, again} {
		if !strings.HasPrefix(g.AccessKeyID, "STS.") || len(g.SecurityToken.Reveal()) != 972 || g.AccessKeySecret.Empty() {
			t.Errorf("grant %+v", g)
		}
		if g.Object != film || !g.Expires.Equal(noon().Add(time.Hour)) {
			t.Errorf("grant %+v", g)
		}
		if text := fmt.Sprintf("%+v", g); strings.Contains(text, g.SecurityToken.Reveal()) || strings.Contains(text, g.AccessKeySecret.Reveal()) {
			t.Errorf("%s shows its secrets", text)
		}
	}
	if again.AccessKeyID == s.grant.AccessKeyID || again.SecurityToken.Reveal() == s.grant.SecurityToken.Reveal() {
		t.Error("two grants are the same")
	}
	// The old one is good as long as it was to be.
	s.must(http.MethodPut, film, nil)
	s.grant = again
	s.must(http.MethodPut, film, nil)
}

func TestWhoMayWrite(t *testing.T) {
	t.Parallel()
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := map[string]struct {
		prepare func(*storage)
		change  func(*http.Request) // before the signature
		forge   func(*http.Request) // after it
		code    string
	}{
		"no key":               {forge: header("Authorization", ""), code: "AccessDenied"},
		"another scheme":       {forge: header("Authorization", "Bearer a:b"), code: "AccessDenied"},
		"no signature":         {forge: header("Authorization", "OSS key:"), code: "AccessDenied"},
		"no access key":        {forge: header("Authorization", "OSS :x"), code: "AccessDenied"},
		"an unknown key":       {forge: header("Authorization", "OSS key:x"), code: "InvalidAccessKeyId"},
		"no token":             {change: header("X-Oss-Security-Token", ""), code: "InvalidAccessKeyId"},
		"another token":        {change: header("X-Oss-Security-Token", "x"), code: "InvalidSecurityToken"},
		"another key's token":  {prepare: func(s *storage) { s.grant.SecurityToken = s.Grant(film, time.Hour).SecurityToken }, code: "InvalidSecurityToken"},
		"another key's secret": {prepare: func(s *storage) { s.grant.AccessKeySecret = secret.New("x") }, code: "SignatureDoesNotMatch"},
		"not base64":           {forge: func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")+"!") }, code: "SignatureDoesNotMatch"},
		"changed on its way":   {forge: header("Content-Type", "video/mp4"), code: "SignatureDoesNotMatch"},
		"no date":              {change: func(r *http.Request) { r.Header.Del("X-Oss-Date") }, code: "AccessDenied"},
		"no date at all":       {change: header("X-Oss-Date", "yesterday"), code: "AccessDenied"},
		"an old date":          {change: header("X-Oss-Date", noon().Add(-15*time.Minute-time.Second).Format(http.TimeFormat)), code: "RequestTimeTooSkewed"},
		"a date to come":       {change: header("X-Oss-Date", noon().Add(15*time.Minute+time.Second).Format(http.TimeFormat)), code: "RequestTimeTooSkewed"},
		"a date that will do":  {change: header("X-Oss-Date", noon().Add(-15*time.Minute).Format(http.TimeFormat))},
		"another object":       {prepare: func(s *storage) { s.grant = s.Grant(film+"x", time.Hour) }, code: "AccessDenied"},
		"the last moment":      {prepare: func(s *storage) { s.clock.Advance(time.Hour - 1) }},
		"the end":              {prepare: func(s *storage) { s.clock.Advance(time.Hour) }, code: "SecurityTokenExpired"},
		"long after": {prepare: func(s *storage) {
			s.clock.Advance(26 * time.Hour)
			s.Grant(film, time.Hour) // what is long gone is cleared away
		}, code: "InvalidAccessKeyId"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStorage(t, oss.Config{})
			if tt.prepare != nil {
				tt.prepare(s)
			}
			var changes []func(*http.Request)
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			r := s.request(http.MethodPut, film, []byte("hello"), changes...)
			if tt.forge != nil {
				tt.forge(r)
			}
			got := s.send(r)
			if tt.code == "" {
				s.refused(got, http.StatusOK, "")
				return
			}
			s.refused(got, http.StatusForbidden, tt.code)
			if (got.ServerTime == "2026-03-04T12:00:00Z") != (tt.code == "RequestTimeTooSkewed") {
				t.Errorf("server time %q with %s", got.ServerTime, tt.code)
			}
			if o, ok := s.Object(film); ok {
				t.Errorf("%+v was stored", o)
			}
		})
	}
}

// A client that is not a browser signs Date.
func TestDateHeader(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	dated := func(at time.Time) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("X-Oss-Date")
			r.Header.Set("Date", at.Format(http.TimeFormat))
		}
	}
	s.refused(s.do(http.MethodPut, film, nil, dated(noon())), http.StatusOK, "")
	s.refused(s.do(http.MethodPut, film, nil, dated(noon().Add(-time.Hour))), http.StatusForbidden, "RequestTimeTooSkewed")
}

func TestExpiredCode(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"InvalidAccessKeyId", "InvalidSecurityToken.Expired"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := newStorage(t, oss.Config{Expired: code})
			s.must(http.MethodPut, film, nil)
			s.clock.Advance(time.Hour)
			s.refused(s.do(http.MethodPut, film, nil), http.StatusForbidden, code)
		})
	}
}

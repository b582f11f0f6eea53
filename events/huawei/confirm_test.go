package huawei_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// invited is an invitation as it comes out of a verifier.
func invited() huawei.Message {
	return huawei.Message{
		Channel: huawei.SMN, Sort: huawei.SubscriptionConfirmation, Topic: topic, Subscribe: secret.New(invite),
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	s := serving(http.StatusOK, []byte(`{"subscription_urn":"`+topic+`:a0e5d779bcdf4af882b65ab8ca98ec0d"}`))
	answer := s.answer
	s.answer = func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet || r.URL.String() != invite || len(r.Header) != 0 {
			t.Errorf("request %s %s with headers %v", r.Method, r.URL, r.Header)
		}
		return answer(r)
	}
	if err := huawei.Confirm(t.Context(), s, invited()); err != nil {
		t.Fatal(err)
	}
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests, want one", n)
	}
}

// What does not come from a verifier is not followed.
func TestConfirmRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*huawei.Message){
		"a notification":      func(m *huawei.Message) { m.Sort = huawei.Notification },
		"an end":              func(m *huawei.Message) { m.Sort = huawei.UnsubscribeConfirmation },
		"another channel":     func(m *huawei.Message) { m.Channel = huawei.MFS },
		"no channel":          func(m *huawei.Message) { m.Channel = huawei.None },
		"no topic":            func(m *huawei.Message) { m.Topic = "" },
		"another topic":       func(m *huawei.Message) { m.Topic += "2" },
		"no URL":              func(m *huawei.Message) { m.Subscribe = secret.Value{} },
		"a URL over http":     func(m *huawei.Message) { m.Subscribe = secret.New(strings.Replace(invite, "https", "http", 1)) },
		"a URL on a host far": func(m *huawei.Message) { m.Subscribe = secret.New("https://evil.example.com/?token=" + token) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := invited()
			change(&m)
			s := serving(http.StatusOK, []byte(`{"subscription_urn":"u"}`))
			err := huawei.Confirm(t.Context(), s, m)
			if err == nil || s.requests.Load() != 0 {
				t.Fatalf("error %v and %d requests, want an error and none", err, s.requests.Load())
			}
			quiet(t, err)
		})
	}
}

// quiet checks that an error shows neither the token nor the URL, and that
// nothing in its chain does.
func quiet(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), "token=") {
			t.Errorf("error %q shows the token", err)
		}
	}
}

func TestConfirmFails(t *testing.T) {
	t.Parallel()
	failing := func(err error) *site {
		return &site{answer: func(*http.Request) (*http.Response, error) { return nil, err }}
	}
	for name, test := range map[string]struct {
		site *site
		want string
	}{
		"a redirect":             {serving(http.StatusFound, nil), "status 302"},
		"not found":              {serving(http.StatusNotFound, []byte(token)), "status 404"},
		"out of order":           {serving(http.StatusInternalServerError, []byte(token)), "status 500"},
		"a page to log in":       {serving(http.StatusOK, []byte("<html>"+token)), "no subscription_urn"},
		"a list":                 {serving(http.StatusOK, []byte("[]")), "no subscription_urn"},
		"an answer without one":  {serving(http.StatusOK, []byte(`{"message":"`+token+`"}`)), "no subscription_urn"},
		"an answer too long":     {serving(http.StatusOK, []byte(strings.Repeat(" ", 64<<10+1))), "more than 65536 bytes"},
		"an error with the URL":  {failing(&url.Error{Op: "Get", URL: invite, Err: errors.New("no")}), "the request failed (*url.Error)"},
		"an error of the caller": {failing(errors.New(invite)), "the request failed"},
		"cancelled":              {failing(context.Canceled), "cancelled"},
		"no connection": {
			failing(&url.Error{Op: "Get", URL: invite, Err: &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}}),
			"dial tcp: connection refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := huawei.Confirm(t.Context(), test.site, invited())
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), topic) {
				t.Fatalf("error %v, want one of the topic with %q", err, test.want)
			}
			quiet(t, err)
			if n := test.site.requests.Load(); n != 1 {
				t.Errorf("%d requests, want one", n)
			}
		})
	}
}

func TestConfirmWaitsThreeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := huawei.Confirm(t.Context(), hanging(nil, 0, nil), invited())
		if err == nil || !strings.Contains(err.Error(), "no answer in time") || time.Since(start) != 3*time.Second {
			t.Errorf("error %v after %v, want none in time after 3s", err, time.Since(start))
		}
	})
}

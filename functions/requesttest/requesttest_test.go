package requesttest_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// TestPlainHTTP is what every other way is compared to.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	requesttest.Run(t, func(t *testing.T, environ []string) requesttest.Send {
		t.Helper()
		cfg, err := config.Local.Load(environ)
		if err != nil {
			t.Fatal(err)
		}
		s, err := service.New(cfg, service.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return requesttest.Serve(t, s.Handler)
	})
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	header := http.Header{"Allow": {"GET", "HEAD, POST"}, "Vary": {"Origin"}}
	for name, test := range map[string]struct {
		want requesttest.Want
		body string
		says []string // beginnings
	}{
		"the same":           {requesttest.Want{Status: 200, Header: map[string]string{"Allow": "GET, HEAD, POST", "Age": ""}, Body: "ok"}, "ok\n", nil},
		"stars":              {requesttest.Want{Status: 200, Header: map[string]string{"Vary": "*"}, Body: "*a*b*"}, "xaxbx", nil},
		"stars for nothing":  {requesttest.Want{Status: 200, Body: "*a*b*c"}, "abc", nil},
		"another status":     {requesttest.Want{Status: 201, Body: "ok"}, "ok", []string{"status: got 200, want 201"}},
		"another body":       {requesttest.Want{Status: 200, Body: "ok"}, "no", []string{`body: got "no", want "ok"`}},
		"a body":             {requesttest.Want{Status: 200}, "no", []string{"body: "}},
		"another beginning":  {requesttest.Want{Status: 200, Body: "a*"}, "ba", []string{"body: "}},
		"another end":        {requesttest.Want{Status: 200, Body: "a*b"}, "abc", []string{"body: "}},
		"another middle":     {requesttest.Want{Status: 200, Body: "a*x*b"}, "acb", []string{"body: "}},
		"another order":      {requesttest.Want{Status: 200, Body: "*b*a*"}, "ab", []string{"body: "}},
		"too short for both": {requesttest.Want{Status: 200, Body: "ab*bc"}, "abc", []string{"body: "}},
		"a header missing":   {requesttest.Want{Status: 200, Header: map[string]string{"Age": "1"}}, "", []string{`Age: got "", want "1"`}},
		"a header too many":  {requesttest.Want{Status: 200, Header: map[string]string{"Vary": ""}}, "", []string{`Vary: got "Origin"`}},
		"all of it":          {requesttest.Want{Status: 1, Header: map[string]string{"Allow": "PUT", "Vary": "x"}, Body: "b"}, strings.Repeat("long", 1000), []string{"status: ", "Allow: ", "Vary: ", "body: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			says := test.want.Differences(requesttest.Answer{Status: 200, Header: header, Body: []byte(test.body)})
			if len(says) != len(test.says) {
				t.Fatalf("says %q, want %q", says, test.says)
			}
			for i, beginning := range test.says {
				if !strings.HasPrefix(says[i], beginning) || len(says[i]) > 2000 {
					t.Errorf("says %q, want %q", says[i], beginning)
				}
			}
		})
	}
}

// TestOver: what is sent arrives as it was said, and redirects are not followed.
func TestOver(t *testing.T) {
	t.Parallel()
	send := requesttest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.RequestURI != "/a%2Fb?c=%20&c=+" || string(body) != "\xff" || len(r.Header.Values("X-Twice")) != 2 {
			t.Errorf("got %s %v %q, %v", r.RequestURI, r.Header, body, err)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	request := requesttest.Request{
		Method: http.MethodPost, Path: "/a%2Fb", Query: "c=%20&c=+", Body: []byte("\xff"),
		Header: []requesttest.Field{{Name: "x-twice", Value: "1"}, {Name: "X-TWICE", Value: "2"}},
	}
	answer, err := send(t.Context(), request)
	if err != nil || answer.Status != http.StatusFound || answer.Header.Get("Location") != "/elsewhere" {
		t.Errorf("got %+v, %v", answer, err)
	}
	if _, err := send(t.Context(), requesttest.Request{Method: "NO METHOD"}); err == nil {
		t.Error("sent what cannot be sent")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := send(ended, request); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

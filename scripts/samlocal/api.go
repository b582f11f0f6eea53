package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// tried is a request to the API and what is expected of the answer.
type tried struct {
	name, method, path string
	header             http.Header
	body               string
	status             int
	holds              string // part of the body
}

// tryAPI sends requests to `sam local start-api`, and then runs the way of a
// callback from there to its end.
func tryAPI(ctx context.Context, s *stage, tool *sam, r *report) error {
	port, err := freePort(ctx, loopback)
	if err != nil {
		return err
	}
	var served *api
	err = r.step("start-api", func() (err error) {
		if served, err = tool.startAPI(ctx, loopback, port); err != nil {
			return err
		}
		return s.await(ctx, served)
	})
	if served != nil {
		defer served.stop()
	}
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: time.Minute}
	failed := r.failed
	for _, t := range requests(s.clock.Now()) {
		r.check("start-api: "+t.name, func() error {
			return errors.Join(t.send(ctx, client, served.url), s.permitted(t.function()))
		})
	}
	if r.failed > failed {
		fmt.Fprintln(r.out, tail(served.said()))
	}
	s.follow(ctx, tool, r)
	return nil
}

const loopback = "127.0.0.1"

// await waits until the API answers, which it does once its containers run.
func (s *stage) await(ctx context.Context, served *api) error {
	const patience, pause = time.Minute, 200 * time.Millisecond
	client := &http.Client{Timeout: patience}
	for until := s.clock.Now().Add(patience); s.clock.Now().Before(until); {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, served.url, nil)
		if err != nil {
			return err
		}
		if answer, err := client.Do(request); err == nil {
			return answer.Body.Close()
		}
		if err := s.clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	return fmt.Errorf("it does not answer:\n%s", tail(served.said()))
}

// requests are what is sent, the callbacks signed at a time. That a path is not
// there SAM answers with 403, as the real API answers 404.
func requests(now time.Time) []tried {
	signed := aliyun.Sign(requesttest.CallbackURL, secret.New(requesttest.CallbackKey), now)
	forged := aliyun.Sign(requesttest.CallbackURL, secret.New("NotTheKey"), now)
	stale := aliyun.Sign(requesttest.CallbackURL, secret.New(requesttest.CallbackKey), now.Add(-time.Hour))
	token := http.Header{"Authorization": {"Bearer " + requesttest.Token}}
	ticket := http.Header{"Origin": {requesttest.Origin}}
	for _, field := range requesttest.Ticket("uploading-1", now) {
		ticket.Set(field.Name, field.Value)
	}
	preflight := http.Header{"Origin": {requesttest.Origin}, "Access-Control-Request-Method": {http.MethodPost}}
	const aliyunPath, uploads = "/callbacks/aliyun", "/v1/uploads/uploading-1/credentials"
	return []tried{
		{"a callback", http.MethodPost, aliyunPath, signed, callbackOf(mediaOfCallback), 200, `"verdict":"queued"`},
		{"a callback that no rule wants", http.MethodPost, aliyunPath, signed, `{"EventType":"SnapshotComplete"}`, 200, `"verdict":"ignored"`},
		{"a callback with a bad signature", http.MethodPost, aliyunPath, forged, callbackOf(mediaOfCallback), 403, `"status":403`},
		{"a callback that is stale", http.MethodPost, aliyunPath, stale, callbackOf(mediaOfCallback), 403, `"status":403`},
		{"a callback that is no JSON", http.MethodPost, aliyunPath, signed, "no JSON", 400, `"status":400`},
		{"a callback of nobody", http.MethodPost, "/callbacks/nobody", signed, "{}", 404, `"status":404`},
		{"a request for a refresh", http.MethodPost, "/v1/refresh", token, `{"MediaIds":"` + mediaOfRequest + `"}`, 202, `"outcome":"queued"`},
		{"a request without a token", http.MethodPost, "/v1/refresh", nil, `{"MediaIds":"m"}`, 401, `"status":401`},
		{"the quota", http.MethodGet, "/v1/quota", token, "", 200, `"provider":"huawei"`},
		{"the jobs", http.MethodGet, "/v1/jobs", token, "", 200, `[`},
		{"a job that is not there", http.MethodGet, "/v1/jobs/aliyun/nobody", token, "", 404, `"status":404`},
		{"the dead letters", http.MethodGet, "/v1/dead", token, "", 200, `[`},
		{"a redrive of nothing", http.MethodPost, "/v1/dead/redrive", token, `{"ids":["nobody"]}`, 200, `0`},
		{"credentials with a ticket", http.MethodPost, uploads, ticket, "{}", 200, `"UploadAuth"`},
		{"credentials without a ticket", http.MethodPost, uploads, nil, "{}", 401, `"status":401`},
		{"a page's preflight", http.MethodOptions, uploads, preflight, "", 204, ""},
		{"a path that is not there", http.MethodGet, "/nothing", nil, "", 403, "Missing Authentication Token"},
	}
}

// callbackOf is the body of an Alibaba callback about a media.
func callbackOf(media string) string {
	return `{"EventType":"TranscodeComplete","Status":"success","VideoId":"` + media + `"}`
}

func (t tried) send(ctx context.Context, client *http.Client, to string) error {
	request, err := http.NewRequestWithContext(ctx, t.method, to+t.path, bytes.NewReader([]byte(t.body)))
	if err != nil {
		return err
	}
	request.Header = t.header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if t.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode != t.status || !strings.Contains(string(body), t.holds)) {
		err = fmt.Errorf("answered %d %s, want %d and %s", answer.StatusCode, body, t.status, t.holds)
	}
	return err
}

// function is the one that answers.
func (t tried) function() string {
	switch {
	case strings.HasPrefix(t.path, "/callbacks/"):
		return "CallbackFunction"
	case strings.HasPrefix(t.path, "/v1/uploads/"):
		return "CredentialsFunction"
	default:
		return "RefreshFunction"
	}
}

// tail is the end of a log.
func tail(log string) string {
	const most = 2000
	return log[max(0, len(log)-most):]
}

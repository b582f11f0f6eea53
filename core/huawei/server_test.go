package huawei_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Made-up credentials. No error may ever quote them.
const (
	accessKey     = "MADEUPACCESSKEY00001"
	secretKey     = "made-up/secret+of=the key"
	securityToken = "gQpjbi1tYWRlLXVw/token+with==odd&characters"
	projectID     = "0123456789abcdef0123456789abcdef"
)

// The operations, as a server sees them.
const (
	refreshAsset        = "POST /v1/" + projectID + "/asset/refresh"
	showRefreshResult   = "GET /v1/" + projectID + "/asset/refresh"
	preheatAsset        = "POST /v1.0/" + projectID + "/asset/preheating"
	showPreheatingAsset = "GET /v1.0/" + projectID + "/asset/preheating"
	showAssetMeta       = "GET /v1.0/" + projectID + "/asset/info"
)

// accepted is the platform's answer to a task.
const accepted = `{"task_id":"5199337c31c8e4622f1590735b13a263"}`

// noon is when the tests take place.
func noon() time.Time { return time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC) }

// asked is a request as it arrived.
type asked struct {
	op     string // method and path
	query  url.Values
	header http.Header
	body   string
}

// server is an endpoint that answers each operation as a test wants, and keeps
// what it was asked.
type server struct {
	*httptest.Server

	mu    sync.Mutex
	calls []asked
}

// serve starts an endpoint; an operation that is not in answers gets HTTP 500.
func serve(t *testing.T, answers map[string]http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op := r.Method + " " + r.URL.EscapedPath()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
		s.mu.Lock()
		s.calls = append(s.calls, asked{op, r.URL.Query(), r.Header, string(body)})
		s.mu.Unlock()
		if answer, ok := answers[op]; ok {
			answer(w, r)
			return
		}
		http.Error(w, "no answer prepared", http.StatusInternalServerError)
	}))
	t.Cleanup(s.Close)
	return s
}

// asked returns the requests of an operation so far, all of them if op is empty.
func (s *server) asked(op string) []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []asked
	for _, call := range s.calls {
		if op == "" || call.op == op {
			all = append(all, call)
		}
	}
	return all
}

// answer is a fixed answer.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.Header().Set("X-Request-Id", "REQ-1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refused is the API's error answer.
func refused(status int, code, message string) http.HandlerFunc {
	body, err := json.Marshal(map[string]string{"error_code": code, "error_msg": message})
	if err != nil {
		panic(err)
	}
	return answer(status, string(body))
}

// keys returns the made-up credentials.
func keys(context.Context) (huawei.Credentials, error) {
	return huawei.Credentials{AccessKey: accessKey, SecretKey: secret.New(secretKey), SecurityToken: secret.New(securityToken)}, nil
}

// client makes a client for an endpoint, with its configuration changed.
func client(t *testing.T, endpoint string, change ...func(*huawei.Config)) *huawei.Client {
	t.Helper()
	cfg := huawei.Config{Endpoint: endpoint, ProjectID: projectID, Credentials: keys, Clock: clock.NewFake(noon())}
	for _, f := range change {
		f(&cfg)
	}
	c, err := huawei.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return c
}

// batch is a batch without options.
func batch(do core.TaskType, target core.Target, ids ...string) core.Batch {
	return core.Batch{Target: target, IDs: ids, Options: core.Options{TaskType: do}}
}

// refresh is a batch of assets to refresh.
func refresh(ids ...string) core.Batch { return batch(core.Refresh, core.Media, ids...) }

// wantError checks the kind and, in part, the text of an error, and that
// neither it nor what it wraps gives anything away.
func wantError(t *testing.T, err error, kind core.Kind, text string) core.Error {
	t.Helper()
	e, ok := errors.AsType[*core.Error](err)
	if !ok {
		t.Fatalf("error %v is no *core.Error", err)
	}
	if e.Kind != kind || !strings.Contains(err.Error(), text) {
		t.Errorf("error %q of kind %s, want kind %s and %q in it", err, e.Kind, kind, text)
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		for _, verb := range []string{"%v", "%+v", "%q"} {
			wantNoSecret(t, fmt.Sprintf(verb, cause))
		}
	}
	return *e
}

func wantNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, hidden := range []string{
		accessKey, secretKey, url.QueryEscape(secretKey), securityToken, url.QueryEscape(securityToken),
		"Signature=", "SDK-HMAC-SHA256", "://",
	} {
		if strings.Contains(text, hidden) {
			t.Errorf("%q gives away %q", text, hidden)
		}
	}
}

// transport is a RoundTripper made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// second is the error of a call whose result does not matter.
func second[T any](_ T, err error) error { return err }

package aliyun_test

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
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Made-up credentials. No error may ever quote them.
const (
	keyID     = "LTAI5tMadeUpKeyID001"
	keySecret = "made-up/secret+of=the key"
	stsToken  = "CAISmadeUp/token+with==odd&characters"
)

// noon is when the tests take place: 20:00 at +08:00.
func noon() time.Time { return time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC) }

// server is an endpoint that answers each action as a test wants, and keeps
// what it was asked.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	calls []url.Values
}

// serve starts an endpoint; an action that is not in answers gets HTTP 500.
func serve(t *testing.T, answers map[string]http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		query.Set("http method", r.Method)
		s.mu.Lock()
		s.calls = append(s.calls, query)
		s.mu.Unlock()
		if answer, ok := answers[query.Get("Action")]; ok {
			answer(w, r)
			return
		}
		http.Error(w, "no answer prepared", http.StatusInternalServerError)
	}))
	t.Cleanup(s.Close)
	return s
}

// asked returns the queries of an action so far.
func (s *server) asked(action string) []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	var queries []url.Values
	for _, query := range s.calls {
		if query.Get("Action") == action {
			queries = append(queries, query)
		}
	}
	return queries
}

// answer is a fixed answer.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refused is the API's error answer.
func refused(status int, code, message string) http.HandlerFunc {
	body, err := json.Marshal(map[string]string{"RequestId": "REQ-1", "HostId": "vod", "Code": code, "Message": message})
	if err != nil {
		panic(err)
	}
	return answer(status, string(body))
}

// keys returns the made-up credentials.
func keys(context.Context) (aliyun.Credentials, error) {
	return aliyun.Credentials{AccessKeyID: keyID, AccessKeySecret: secret.New(keySecret), SecurityToken: secret.New(stsToken)}, nil
}

// client makes a client for an endpoint, with its configuration changed.
func client(t *testing.T, endpoint string, change ...func(*aliyun.Config)) *aliyun.Client {
	t.Helper()
	cfg := aliyun.Config{Endpoint: endpoint, Credentials: keys, Clock: clock.NewFake(noon())}
	for _, f := range change {
		f(&cfg)
	}
	c, err := aliyun.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return c
}

// refresh is a batch that every part of the driver takes part in.
func refresh(ids ...string) core.Batch {
	return core.Batch{Target: core.Media, IDs: ids, Options: core.Options{TaskType: core.Refresh}}
}

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
		keyID, keySecret, url.QueryEscape(keySecret), stsToken, url.QueryEscape(stsToken),
		"Signature=", "://",
	} {
		if strings.Contains(text, hidden) {
			t.Errorf("%q gives away %q", text, hidden)
		}
	}
}

package platform_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
)

func TestLifeStart(t *testing.T) {
	t.Parallel()
	life := platform.NewLife("sim")
	base, err := life.Start(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(base, "http://127.0.0.1:") {
		t.Errorf("URL %q, want one of the loopback address", base)
	}
	answer, err := http.Get(base)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusTeapot {
		t.Errorf("status %d, want the handler's", answer.StatusCode)
	}
	_, again := life.Start(http.NotFoundHandler())
	for range 2 {
		if err := life.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	_, after := life.Start(http.NotFoundHandler())
	for what, err := range map[string]error{"again": again, "after Close": after} {
		if err == nil || err.Error() != "sim: the server was already started or closed" {
			t.Errorf("Start %s: error %v", what, err)
		}
	}
	if answer, err := http.Get(base); err == nil {
		answer.Body.Close()
		t.Error("the port still answers after Close")
	}
}

// TestLifeWaits: Close ends what goes on, and returns when it has ended.
func TestLifeWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		life := platform.NewLife("sim")
		var ended atomic.Int32
		life.Go(func() {
			<-life.Context().Done()
			time.Sleep(time.Second)
			ended.Add(1)
		})
		ctx, leave, open := life.Enter(t.Context())
		if !open {
			t.Fatal("not open")
		}
		go func() {
			<-ctx.Done()
			time.Sleep(2 * time.Second)
			ended.Add(1)
			leave()
		}()
		start := time.Now()
		if err := life.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if took := time.Since(start); took != 2*time.Second || ended.Load() != 2 {
			t.Errorf("closed after %v with %d ended, want after 2s with 2", took, ended.Load())
		}
	})
}

func TestLifeIsOver(t *testing.T) {
	t.Parallel()
	life := platform.NewLife("sim")
	if err := life.Close(); err != nil {
		t.Fatal(err)
	}
	life.Go(func() { t.Error("work goes on after the end") })
	if _, _, open := life.Enter(t.Context()); open {
		t.Error("open after the end")
	}
	if life.Context().Err() == nil {
		t.Error("the context has not ended")
	}
}

func TestLeaveEndsTheContext(t *testing.T) {
	t.Parallel()
	life := platform.NewLife("sim")
	ctx, leave, _ := life.Enter(t.Context())
	if ctx.Err() != nil {
		t.Fatalf("ended before: %v", ctx.Err())
	}
	leave()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("error %v after leaving, want %v", ctx.Err(), context.Canceled)
	}
	if err := life.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	type fault = platform.Fault[string]
	never := func() float64 { return 0.9 }
	tests := []struct {
		name   string
		faults []fault
		calls  []string // actions
		want   []string // kinds
	}{
		{"none", nil, []string{"a"}, []string{""}},
		{"every action, always", []fault{{Kind: "x"}}, []string{"a", "b", ""}, []string{"x", "x", "x"}},
		{"one action", []fault{{Kind: "x", Action: "b"}}, []string{"a", "b", ""}, []string{"", "x", ""}},
		{"twice", []fault{{Kind: "x", Times: 2}}, []string{"a", "a", "a"}, []string{"x", "x", ""}},
		{"only calls of the action count", []fault{{Kind: "x", Action: "b", Times: 1}}, []string{"a", "b", "b"}, []string{"", "x", ""}},
		{"the oldest first", []fault{{Kind: "x", Times: 1}, {Kind: "y"}}, []string{"a", "a"}, []string{"x", "y"}},
		{"a share that misses", []fault{{Kind: "x", Share: 0.5}, {Kind: "y"}}, []string{"a"}, []string{"y"}},
		{"a share that hits", []fault{{Kind: "x", Share: 0.95}}, []string{"a"}, []string{"x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var faults platform.Faults[string]
			for _, f := range tt.faults {
				faults.Add(f)
			}
			var got []string
			for _, action := range tt.calls {
				got = append(got, faults.Pick(action, never).Kind)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("kinds %q, want %q", got, tt.want)
			}
			faults.Clear()
			if hit := faults.Pick("a", never); hit != (fault{}) {
				t.Errorf("hit by %+v after Clear", hit)
			}
		})
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	var log platform.Log[int]
	if got := log.Calls(); len(got) != 0 {
		t.Errorf("calls %v of an empty log", got)
	}
	for i := range 10_001 {
		log.Add(i)
	}
	got := log.Calls()
	if len(got) != 9_001 || got[0] != 1_000 || got[9_000] != 10_000 {
		t.Errorf("%d calls kept, from %d on, want the oldest 1,000 of 10,000 dropped at once", len(got), got[0])
	}
	got[0] = -1
	if again := log.Calls(); again[0] != 1_000 {
		t.Error("a caller changed the log")
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	steps := []struct {
		after  time.Duration
		action string
		limit  int
		want   bool
	}{
		{0, "a", 2, true},
		{30 * time.Second, "a", 2, true},
		{31 * time.Second, "a", 2, false},
		{31 * time.Second, "b", 2, true},
		{31 * time.Second, "a", -1, true}, // not counted
		{time.Minute - 1, "a", 2, false},
		{time.Minute, "a", 2, true},
		{time.Minute, "a", 2, false},
		{89 * time.Second, "a", 3, true},
		{89 * time.Second, "c", 0, false},
	}
	pace := platform.NewPace(time.Minute)
	for i, step := range steps {
		if got := pace.Allow(step.action, step.limit, start.Add(step.after)); got != step.want {
			t.Errorf("step %d: allowed %v, want %v", i, got, step.want)
		}
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != `{"a":1}` || r.Method != http.MethodPost || r.Header.Get("X-Mine") != "yes" {
			t.Errorf("%s %s %v, error %v", r.Method, body, r.Header, err)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
		_, _ = w.Write([]byte(r.Header.Get("Content-Type")))
	}))
	t.Cleanup(receiver.Close)
	for _, client := range []*http.Client{nil, {}} {
		header := http.Header{"X-Mine": {"yes"}}
		m := platform.Message{To: receiver.URL, Header: header, Body: []byte(`{"a":1}`)}
		status, err := platform.Post(t.Context(), platform.Sender(client), m)
		if err != nil || status != http.StatusFound {
			t.Errorf("status %d, error %v, want the redirect itself", status, err)
		}
		if len(header) != 1 {
			t.Errorf("the caller's headers are now %v", header)
		}
	}
}

// contentType notes the content type of a request and fails.
type contentType struct{ got string }

func (c *contentType) RoundTrip(r *http.Request) (*http.Response, error) {
	c.got = r.Header.Get("Content-Type")
	return nil, errors.New("no network")
}

func TestPostContentType(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"": "application/json", "application/json; charset=UTF-8": "application/json; charset=UTF-8"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			var noted contentType
			header := http.Header{}
			if given != "" {
				header.Set("Content-Type", given)
			}
			_, err := platform.Post(t.Context(), platform.Sender(&http.Client{Transport: &noted}), platform.Message{To: "http://a.example/", Header: header})
			if noted.got != want || err == nil {
				t.Errorf("content type %q, error %v, want %q and an error", noted.got, err, want)
			}
		})
	}
}

func TestPostErrorsHideTheURL(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]string{
		"no network": "http://a.example/?token=t0", "no URL": "http://a.example/%zz?token=t0", "no host": "http://a b/?token=t0",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := platform.Post(t.Context(), &http.Client{Transport: &contentType{}}, platform.Message{To: to})
			if err == nil || strings.Contains(err.Error(), "t0") || !strings.HasPrefix(err.Error(), "post a callback: ") {
				t.Errorf("error %v, want one without the token", err)
			}
		})
	}
}

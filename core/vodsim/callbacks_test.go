package vodsim_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	aliyunevents "github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

const registered = "https://callbacks.example.com/callbacks/aliyun?tenant=1"

// receiver is where callbacks go: a transport that answers without a network.
type receiver struct {
	answer func(try int, r *http.Request) (status int, err error)

	mu  sync.Mutex
	got []delivery
}

type delivery struct {
	after  time.Duration
	url    string
	header http.Header
	body   map[string]string
}

func (rc *receiver) RoundTrip(r *http.Request) (*http.Response, error) {
	var d delivery
	if err := json.NewDecoder(r.Body).Decode(&d.body); err != nil {
		return nil, err
	}
	d.after, d.url, d.header = time.Since(noon()), r.URL.String(), r.Header
	rc.mu.Lock()
	rc.got = append(rc.got, d)
	try := len(rc.got)
	rc.mu.Unlock()
	status, err := rc.answer(try, r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Location": {"/elsewhere"}}, Body: io.NopCloser(strings.NewReader("")),
	}, nil
}

// deliveries are the callbacks so far.
func (rc *receiver) deliveries() []delivery {
	synctest.Wait()
	rc.mu.Lock()
	defer rc.mu.Unlock()
	return slices.Clone(rc.got)
}

// inBubble runs a test on virtual time. The bubble fails the test if a
// goroutine is left when it ends.
func inBubble(t *testing.T, rc *receiver, cfg vodsim.Config, test func(p *platform)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Clock, cfg.HTTP, cfg.AnyMedia = clock.System{}, &http.Client{Transport: rc}, true
		cfg.CallbackURL = registered
		time.Sleep(time.Until(noon()))
		test(withClock(t, cfg))
	})
}

func TestCallback(t *testing.T) {
	t.Parallel()
	key := secret.New("callbackkey")
	rc := &receiver{answer: func(int, *http.Request) (int, error) { return http.StatusOK, nil }}
	cfg := vodsim.Config{CallbackTo: "http://127.0.0.1:9/callbacks/aliyun", CallbackKey: key, SubmitTime: 2 * time.Second}
	inBubble(t, rc, cfg, func(p *platform) {
		job := p.must("RefreshMediaPlayUrls", "MediaIds", "a,b,missing", "TaskType", "Refresh", "Formats", "m3u8")
		time.Sleep(time.Minute)

		got := rc.deliveries()
		if len(got) != 2 {
			p.t.Fatalf("%d callbacks, want one for each media that was accepted", len(got))
		}
		media := map[string]bool{}
		for _, d := range got {
			media[d.body["MediaId"]] = true
			if d.after != 2*time.Second || d.url != cfg.CallbackTo {
				p.t.Errorf("sent after %v to %s, want after 2s to %s", d.after, d.url, cfg.CallbackTo)
			}
			verifier, err := aliyunevents.NewVerifier([]string{registered}, []secret.Value{key})
			if err != nil {
				p.t.Fatal(err)
			}
			if _, err := verifier.Verify(d.header, noon().Add(2*time.Second)); err != nil {
				p.t.Errorf("signature: %v", err)
			}
			for name, want := range map[string]string{
				"EventType": "SubmitMediaRefreshComplete", "EventTime": "2026-03-04T12:00:02Z", "Status": "success",
				"MediaRefreshJobId": job.text("MediaRefreshJobId"), "TaskType": "refresh",
				"SuccessPlayUrls": "https://media.example.com/" + d.body["MediaId"] + "/hd.m3u8",
				"FilterPolicy":    `{"SliceFlag":false,"ResultType":"Single","Formats":"m3u8"}`,
				"TaskIds":         entries(p, job, "MediaId", d.body["MediaId"])[0].text("TaskIds"),
			} {
				if d.body[name] != want {
					p.t.Errorf("%s = %q, want %q", name, d.body[name], want)
				}
			}
		}
		if !media["a"] || !media["b"] {
			p.t.Errorf("callbacks for %v, want a and b", media)
		}
	})
}

func TestCallbackTries(t *testing.T) {
	t.Parallel()
	hang := func(_ int, r *http.Request) (int, error) {
		<-r.Context().Done()
		return 0, r.Context().Err()
	}
	tests := []struct {
		name   string
		answer func(int, *http.Request) (int, error)
		after  []time.Duration
	}{
		{"taken at once", status(200), []time.Duration{0}},
		{"taken the third time", func(try int, _ *http.Request) (int, error) { return 197 + try, nil }, []time.Duration{0, time.Second, 2 * time.Second}},
		{"never taken", status(500), []time.Duration{0, time.Second, 2 * time.Second}},
		{"no content", status(204), []time.Duration{0, time.Second, 2 * time.Second}},
		{"redirect", status(302), []time.Duration{0, time.Second, 2 * time.Second}},
		{"refused", func(int, *http.Request) (int, error) { return 0, errors.New("refused") }, []time.Duration{0, time.Second, 2 * time.Second}},
		{"too late", hang, []time.Duration{0, 6 * time.Second, 12 * time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rc := &receiver{answer: tt.answer}
			inBubble(t, rc, vodsim.Config{SubmitTime: -1}, func(p *platform) {
				p.must("RefreshMediaPlayUrls", "MediaIds", "a", "TaskType", "Refresh")
				time.Sleep(time.Minute)
				got := rc.deliveries()
				if len(got) != len(tt.after) {
					p.t.Fatalf("%d tries, want %d", len(got), len(tt.after))
				}
				for i, want := range tt.after {
					if got[i].after != want || got[i].url != registered {
						p.t.Errorf("try %d after %v to %s, want after %v to %s", i+1, got[i].after, got[i].url, want, registered)
					}
					if got[i].header.Get(aliyunevents.HeaderSignature) != "" {
						p.t.Error("signed without a key")
					}
				}
			})
		})
	}
}

func status(code int) func(int, *http.Request) (int, error) {
	return func(int, *http.Request) (int, error) { return code, nil }
}

func TestCloseEndsCallbacks(t *testing.T) {
	t.Parallel()
	hang := func(_ int, r *http.Request) (int, error) {
		<-r.Context().Done()
		return 0, r.Context().Err()
	}
	tests := []struct {
		name   string
		answer func(int, *http.Request) (int, error)
		wait   time.Duration
		tries  int
	}{
		{"before the submission", status(500), 0, 0},
		{"while one is sent", hang, 1500 * time.Millisecond, 1},
		{"between two tries", status(500), 1500 * time.Millisecond, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rc := &receiver{answer: tt.answer}
			inBubble(t, rc, vodsim.Config{}, func(p *platform) {
				p.must("RefreshMediaPlayUrls", "MediaIds", "a", "TaskType", "Refresh")
				time.Sleep(tt.wait)
				start := time.Now()
				if err := p.Close(); err != nil {
					p.t.Errorf("Close: %v", err)
				}
				if took := time.Since(start); took != 0 {
					p.t.Errorf("Close took %v, want no time at all", took)
				}
				if got := rc.deliveries(); len(got) != tt.tries {
					p.t.Errorf("%d tries, want %d", len(got), tt.tries)
				}
			})
		})
	}
}

func TestCallbackURLUnreadable(t *testing.T) {
	t.Parallel()
	rc := &receiver{answer: status(200)}
	inBubble(t, rc, vodsim.Config{CallbackTo: "http://bad host/"}, func(p *platform) {
		p.must("RefreshMediaPlayUrls", "MediaIds", "a", "TaskType", "Refresh")
		time.Sleep(time.Minute)
		if got := rc.deliveries(); len(got) != 0 {
			p.t.Errorf("callbacks %v to a URL that cannot be read", got)
		}
	})
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	aliyunvod "github.com/vodrefresh/vodrefresh/core/aliyun"
)

// The driver takes what the studio says, directly and through the proxy, and the
// studio tells how long it took.
func TestStudioAndProxy(t *testing.T) {
	t.Parallel()
	studio := runPart(t, "studio", "--latency", "3ms")
	proxy := runPart(t, "proxy", "--endpoint", studio[0])
	for video, endpoint := range map[string]string{"direct": studio[0], "proxied": proxy[0]} {
		client, err := aliyunvod.New(aliyunvod.Config{Endpoint: endpoint, Credentials: credentials})
		if err != nil {
			t.Fatal(err)
		}
		info, err := client.Media(t.Context(), video)
		if err != nil || info.Status != "Uploading" {
			t.Errorf("%s: got %+v, %v", video, info, err)
		}
		given, err := client.RefreshUpload(t.Context(), video)
		if err != nil {
			t.Fatal(err)
		}
		if grant, err := given.Grant(); err != nil || time.Until(grant.Expiry) < 40*time.Minute {
			t.Errorf("%s: ends at %s, %v", video, grant.Expiry, err)
		}
	}
	var took map[string]time.Duration
	if err := ask(t.Context(), http.DefaultClient, http.MethodGet, studio[1], nil, &took); err != nil {
		t.Fatal(err)
	}
	for _, video := range []string{"direct", "proxied"} {
		if took[video] < 6*time.Millisecond {
			t.Errorf("%s took %s, the studio says, and that was two calls of 3 ms", video, took[video])
		}
	}
}

func TestProxyNeedsAnEndpoint(t *testing.T) {
	t.Parallel()
	if code, _, said := command(t.Context(), "proxy", "--endpoint", "http://%zz"); code != 1 || !strings.Contains(said, "%zz") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// upload answers for a server of the test: it asks the platform as the real one
// does, after a while if it is the slow one.
func upload(w http.ResponseWriter, r *http.Request, client *aliyunvod.Client, slow bool) error {
	video := r.PathValue("video")
	if slow {
		time.Sleep(30 * time.Millisecond)
	}
	if r.URL.Query().Get("overwrite") == "" {
		if _, err := client.Media(r.Context(), video); err != nil {
			return err
		}
	}
	given, err := client.RefreshUpload(r.Context(), video)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(given.Answer.Reveal())
}

func TestWhatIsAddedIsJudged(t *testing.T) {
	t.Parallel()
	ways := func(server time.Duration, wrong int) []*way {
		return []*way{
			{name: "server", added: []time.Duration{server}, wrong: wrong},
			{name: "reverse proxy", added: []time.Duration{2 * time.Millisecond}},
			{name: "nothing", added: []time.Duration{time.Millisecond}},
		}
	}
	for name, tc := range map[string]struct {
		ways   []*way
		missed int
	}{
		"fast":          {ways(6*time.Millisecond, 0), 0},
		"slow":          {ways(6100*time.Microsecond, 0), 1},
		"wrong":         {ways(time.Millisecond, 1), 1},
		"slow and more": {ways(time.Second, 7), 2},
	} {
		found := &report{}
		renewing{bound: 5 * time.Millisecond}.judge(found, tc.ways)
		if found.missed != tc.missed {
			t.Errorf("%s: %d bounds are missed, want %d: %+v", name, found.missed, tc.missed, found.rows)
		}
	}
}

func TestFetchWants200(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/good" {
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	t.Cleanup(server.Close)
	if err := fetch(t.Context(), server.Client(), http.MethodPost, server.URL+"/good"); err != nil {
		t.Error(err)
	}
	if err := fetch(t.Context(), server.Client(), http.MethodPost, server.URL+"/bad"); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := fetch(ended, server.Client(), http.MethodPost, server.URL+"/good"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := fetch(t.Context(), server.Client(), "not a method", server.URL); core.KindOf(err) == "" {
		t.Error("a method that is none is used")
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	aliyunvod "github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// runPart runs one of the processes in this one until the test ends, and returns
// the URLs that it announces.
func runPart(t *testing.T, line ...string) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	code := make(chan int, 1)
	var said bytes.Buffer
	go func() {
		code <- run(ctx, line, session{out: write, err: &said, clock: clock.System{}})
		_ = write.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if got := <-code; got != 0 {
			t.Errorf("%s ends with exit code %d: %s", line[0], got, said.String())
		}
	})
	var where announcement
	if err := json.NewDecoder(read).Decode(&where); err != nil {
		t.Fatalf("%s does not say where it is: %v", line[0], err)
	}
	return where.URLs
}

// refresh submits media as a server would.
func refresh(t *testing.T, endpoint string, media ...string) error {
	t.Helper()
	client, err := aliyunvod.New(aliyunvod.Config{Endpoint: endpoint, Credentials: credentials})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Submit(t.Context(), core.Batch{Target: core.Media, IDs: media, Options: core.Options{TaskType: core.Refresh}})
	return err
}

func TestSimulator(t *testing.T) {
	t.Parallel()
	urls := runPart(t, "simulator", "--rate", "-1", "--latency", "1ms")
	p := &platform{api: urls[0], control: urls[1], client: &http.Client{}, process: &process{ended: make(chan struct{})}}
	if err := refresh(t, p.api, "one", "missing", "other"); err != nil {
		t.Fatal(err)
	}
	if err := p.fault(t.Context(), vodsim.Fault{Kind: vodsim.FaultThrottle, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if err := refresh(t, p.api, "one"); core.KindOf(err) != core.Throttled {
		t.Errorf("with the fault, a call ends with %v", err)
	}
	sum, err := p.stats(t.Context())
	if err != nil || sum.Accepted != 1 || sum.Throttled != 1 || sum.Media != 2 || sum.Last.Before(sum.First.Add(time.Millisecond)) {
		t.Errorf("stats are %+v, %v", sum, err)
	}
	calls, err := p.submissions(t.Context())
	if err != nil || len(calls) != 2 || strings.Join(calls[0].Media, " ") != "one other" {
		t.Errorf("submissions are %+v, %v", calls, err)
	}

	if err := p.fault(t.Context(), vodsim.Fault{Kind: vodsim.FaultThrottle}); err != nil {
		t.Fatal(err)
	}
	if err := ask(t.Context(), p.client, http.MethodDelete, p.control+"/faults", nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := refresh(t, p.api, "one"); err != nil {
		t.Errorf("without the fault, a call ends with %v", err)
	}
	if err := ask(t.Context(), p.client, http.MethodPost, p.control+"/faults", "none", nil); err == nil {
		t.Error("a text is taken for a fault")
	}
}

func TestReceivers(t *testing.T) {
	t.Parallel()
	simulator := runPart(t, "simulator")
	bare, naive := runPart(t, "bare")[0], runPart(t, "naive", "--endpoint", simulator[0])[0]
	good := final("media", noon()).body
	signed := func(key string) http.Header { return aliyun.Sign(callbackURL, secret.New(key), clock.System{}.Now()) }
	for name, test := range map[string]struct {
		to     string
		header http.Header
		body   []byte
		status int
	}{
		"bare":              {bare, signed(callbackKey().Reveal()), good, 200},
		"bare, forged":      {bare, signed("Another"), good, 403},
		"bare, no callback": {bare, signed(callbackKey().Reveal()), []byte("hello"), 400},
		"naive":             {naive, signed(callbackKey().Reveal()), good, 200},
		"naive, no media":   {naive, signed(callbackKey().Reveal()), []byte(`{"EventType":"TranscodeComplete"}`), 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, test.to, bytes.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = test.header
			answer, err := (&http.Client{}).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != test.status {
				t.Errorf("it answers %s, want %d", answer.Status, test.status)
			}
		})
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	for nodes, replicas := range map[string]int{"1": 1, "3": 3} {
		t.Run(nodes, func(t *testing.T) {
			t.Parallel()
			urls := runPart(t, "cluster", "--nodes", nodes, "--dir", t.TempDir())
			servers, parameters, _ := strings.Cut(urls[0], "?")
			if parameters != "replicas="+nodes || strings.Count(servers, "nats://") != replicas {
				t.Fatalf("it is at %q", urls)
			}
			conn, err := jetstream.Connect(t.Context(), servers, jetstream.Options{Replicas: replicas})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			store, err := jetstream.OpenStore(t.Context(), conn, jetstream.StoreConfig{})
			if err != nil {
				t.Fatalf("a store that is kept %d times: %v", replicas, err)
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAutopsy(t *testing.T) {
	t.Parallel()
	letter := func(id, reason string) (d deadLetter) {
		d.Message.Task.ID, d.Reason = id, reason
		return d
	}
	for name, test := range map[string]struct {
		dead     []deadLetter
		expected []string
		want     autopsied
	}{
		"none":        {},
		"as expected": {[]deadLetter{letter("a", "no a"), letter("b", "no b")}, []string{"a", "b"}, autopsied{reasons: []string{"no …"}}},
		"one is not":  {[]deadLetter{letter("a", "no a")}, []string{"a", "b"}, autopsied{without: 1, reasons: []string{"no …"}}},
		"one too many": {
			[]deadLetter{letter("a", "no a"), letter("c", "tired")},
			[]string{"a"},
			autopsied{wrong: 1, reasons: []string{"no …", "tired"}},
		},
		"no reason": {[]deadLetter{letter("a", "")}, []string{"a"}, autopsied{unexplained: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := autopsy(test.dead, test.expected)
			if strings.Join(got.reasons, "|") != strings.Join(test.want.reasons, "|") || got.without != test.want.without ||
				got.wrong != test.want.wrong || got.unexplained != test.want.unexplained {
				t.Errorf("autopsy finds %+v, want %+v", got, test.want)
			}
		})
	}
}

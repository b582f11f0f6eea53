package jetstream_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

func TestConnectRefuses(t *testing.T) {
	t.Parallel()
	const password = "do-not-tell"
	nobody := fmt.Sprintf("nats://me:%s@127.0.0.1:%d", password, freePort(t))
	tests := map[string]struct {
		url  string
		opts jetstream.Options
		kind core.Kind
		says string
	}{
		"nothing":        {"", jetstream.Options{}, core.Invalid, "URL: must be nats://host"},
		"no host":        {"nats://", jetstream.Options{}, core.Invalid, "URL: must be"},
		"other scheme":   {"https://me:" + password + "@host", jetstream.Options{}, core.Invalid, "URL: must be"},
		"no URL":         {"nats://me:" + password + "@host:port", jetstream.Options{}, core.Invalid, "URL: must be"},
		"one of several": {"nats://a, nats://me:" + password + "@", jetstream.Options{}, core.Invalid, "URL: must be"},
		"two replicas":   {"nats://a", jetstream.Options{Replicas: 2}, core.Invalid, "Replicas: must be 1, 3 or 5"},
		"nobody there":   {nobody, jetstream.Options{}, core.Unavailable, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := jetstream.Connect(t.Context(), test.url, test.opts)
			wantError(t, err, test.kind, test.says)
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), password) {
				t.Errorf("%+v has the password in it", err)
			}
		})
	}
}

func TestConnectGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := jetstream.Connect(ctx, "nats://127.0.0.1", jetstream.Options{})
	wantError(t, err, core.Unavailable, "given up")
}

// listening starts a server that listens on a port.
func listening(t *testing.T, port int, with func(*server.Options)) {
	t.Helper()
	s, err := jetstream.StartListening(t.Context(), jetstream.Config{Dir: t.TempDir()}, port, with)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	listening(t, port, func(o *server.Options) { o.Username, o.Password = "me", "right" })
	_, err := jetstream.Connect(t.Context(), fmt.Sprintf("nats://me:wrong@127.0.0.1:%d", port), jetstream.Options{})
	wantError(t, err, core.Unauthenticated)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := jetstream.Connect(ctx, fmt.Sprintf("nats://me:right@127.0.0.1:%d", port), jetstream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestReplicasNeedACluster(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	listening(t, port, nil)
	conn := connect(t, fmt.Sprintf("nats://127.0.0.1:%d", port), jetstream.Options{Replicas: 3})
	_, err := jetstream.OpenStore(t.Context(), conn, jetstream.StoreConfig{})
	wantError(t, err, core.Invalid, "replicas > 1 not supported")
}

// safeBuffer is a log that several goroutines write to.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestConnectionComesBack(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	var text safeBuffer
	conn := connect(t, p.url(), jetstream.Options{Log: slog.New(slog.NewTextHandler(&text, nil))})
	q := openQueue(t, conn, jetstream.QueueConfig{})
	if err := q.Enqueue(t.Context(), messages(20)); err != nil {
		t.Fatal(err)
	}
	p.kill(t)
	wantError(t, q.Enqueue(t.Context(), messages(1)), core.Unavailable)
	p.start(t)
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = q.Enqueue(t.Context(), messages(1)); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	wantDepth(t, q, core.Depth{Ready: 21})
	if got := text.String(); !strings.Contains(got, "connection lost") || !strings.Contains(got, "connection is back") {
		t.Errorf("the log does not tell:\n%s", got)
	}
}

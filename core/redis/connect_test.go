package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
)

// discreet fails a test whose text has the password in it.
func discreet(t *testing.T, texts ...any) {
	t.Helper()
	for _, text := range texts {
		if shown := fmt.Sprintf("%v %+v %#v", text, text, fmt.Sprint(text)); strings.Contains(shown, password) {
			t.Errorf("the password is in %q", shown)
		}
	}
}

func TestConnectRefusesURLs(t *testing.T) {
	t.Parallel()
	server, err := redis.Connect(t.Context(), "redis://:"+password+"@host/jobs", redis.Options{Later: true})
	if server != nil || core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "redis connect: invalid: URL: must have") {
		t.Errorf("Connect returns %v, %v; want an invalid URL", server, err)
	}
	discreet(t, err)
}

func TestConnectFails(t *testing.T) {
	t.Parallel()
	e := start(t)
	for name, test := range map[string]struct {
		url  string
		want core.Kind
		text string
	}{
		"nobody there":        {"redis://:" + password + "@127.0.0.1:1", core.Unavailable, "cannot be reached"},
		"nobody of that name": {"redis://:" + password + "@nowhere.invalid", core.Unavailable, "redis connect: "},
		"no password":         {"redis://127.0.0.1:" + e.port, core.Unauthenticated, "does not accept the user and password (NOAUTH)"},
		"a wrong password":    {"redis://:" + password + "x@127.0.0.1:" + e.port, core.Unauthenticated, "(WRONGPASS)"},
		"a wrong user":        {"redis://somebody:" + password + "@127.0.0.1:" + e.port, core.Unauthenticated, "(WRONGPASS)"},
		"TLS without TLS":     {"rediss://:" + password + "@127.0.0.1:" + e.port, core.Unavailable, "redis connect: "},
		"no such database":    {e.url() + "/99", core.Internal, "out of range (ERR)"},
		"no cluster":          {e.url() + "?cluster=true", core.Internal, "(ERR)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := redis.Connect(t.Context(), test.url, redis.Options{})
			if core.KindOf(err) != test.want || !strings.Contains(fmt.Sprint(err), test.text) {
				t.Errorf("error %v of kind %s, want one of kind %s with %q", err, core.KindOf(err), test.want, test.text)
			}
			discreet(t, err)
		})
	}
}

func TestConnectObeysContext(t *testing.T) {
	t.Parallel()
	mute := fake(t, func([]string) string { return "" })
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx  context.Context
		want error
	}{
		"deadline":  {soon, context.DeadlineExceeded},
		"cancelled": {ended, context.Canceled},
	} {
		_, err := redis.Connect(test.ctx, mute, redis.Options{})
		if !errors.Is(err, test.want) || core.KindOf(err) != core.Unavailable {
			t.Errorf("%s: error %v of kind %s, want one that is %v", name, err, core.KindOf(err), test.want)
		}
	}
}

func TestConnectWarns(t *testing.T) {
	t.Parallel()
	const (
		loses  = "redis may lose what it acknowledged"
		silent = "redis does not tell a setting"
	)
	for name, test := range map[string]struct {
		args []string
		want []string // each of a line
	}{
		"of nothing":        {nil, nil},
		"of no persistence": {[]string{"--appendonly", "no"}, []string{loses + `" setting=appendonly want=yes value=no`}},
		"of slow syncing":   {[]string{"--appendfsync", "everysec"}, []string{loses + `" setting=appendfsync want=always value=everysec`}},
		"of eviction":       {[]string{"--maxmemory-policy", "allkeys-lru"}, []string{loses + `" setting=maxmemory-policy want=noeviction value=allkeys-lru`}},
		"of what it can't see": {[]string{"--rename-command", "CONFIG", ""}, []string{
			silent, "setting=appendonly", silent, "setting=appendfsync", silent, "setting=maxmemory-policy",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text bytes.Buffer
			connect(t, start(t, test.args...).url(), slog.New(slog.NewTextHandler(&text, nil)))
			log := text.String()
			if len(test.want) == 0 && log != "" {
				t.Errorf("it warns: %s", log)
			}
			for _, want := range test.want {
				_, after, found := strings.Cut(log, want)
				if !found {
					t.Fatalf("no %q in what is left of the log, %s", want, log)
				}
				log = after
			}
			discreet(t, text.String())
		})
	}
}

// TestConnectLater: the server is asked nothing until it is used, and may be out
// until then; it is looked at once.
func TestConnectLater(t *testing.T) {
	t.Parallel()
	var lines logged
	log := slog.New(slog.NewTextHandler(&lines, nil))
	out, err := redis.Connect(t.Context(), "redis://127.0.0.1:1", redis.Options{Log: log, Later: true})
	if err != nil {
		t.Fatalf("connect to a server that is out: %v", err)
	}
	if _, err := out.Store().Get(t.Context(), []string{"k"}); core.KindOf(err) != core.Unavailable {
		t.Errorf("get: %v", err)
	}
	later, err := redis.Connect(t.Context(), start(t, "--appendfsync", "everysec").url(), redis.Options{Log: log, Later: true})
	if err != nil {
		t.Fatal(err)
	}
	if text := lines.String(); strings.Contains(text, "appendfsync") {
		t.Errorf("it was asked at the start: %s", text)
	}
	for range 2 {
		store := later.Store()
		if _, err := store.Get(t.Context(), []string{"k"}); err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	const warning = "setting=appendfsync want=always value=everysec"
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(lines.String(), warning); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no warning in %s", lines.String())
		}
	}
	if n := strings.Count(lines.String(), warning); n != 1 {
		t.Errorf("it warns %d times", n)
	}
}

// logged is a log that others write to meanwhile.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

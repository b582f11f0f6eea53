package redis_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
)

// TestLibraryLog: go-redis has one log, and writes where the last call says.
func TestLibraryLog(t *testing.T) { //nolint:paralleltest // the log is the whole process's
	defer redis.SetLogger(nil)
	dial := func() {
		t.Helper()
		_, err := redis.Connect(t.Context(), "redis://:"+password+"@127.0.0.1:1", redis.Options{})
		if core.KindOf(err) != core.Unavailable {
			t.Fatalf("got %v", err)
		}
	}
	var debug, info logged
	redis.SetLogger(slog.New(slog.NewJSONHandler(&debug, &slog.HandlerOptions{Level: slog.LevelDebug})))
	dial()
	said := debug.String()
	if !strings.Contains(said, `"level":"DEBUG","msg":"go-redis","line":"redis: connection pool: failed to dial`) {
		t.Errorf("at debug level: %q", said)
	}
	discreet(t, said)
	redis.SetLogger(slog.New(slog.NewJSONHandler(&info, nil)))
	dial()
	redis.SetLogger(nil)
	dial()
	if now := debug.String(); info.String() != "" || now != said {
		t.Errorf("at info level, and without a log: %q, %q", info.String(), now[len(said):])
	}
}

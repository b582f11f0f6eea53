package fctest_test

import (
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/redis"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
)

// Two servers are two servers, with settings that a queue takes.
func TestStartRedis(t *testing.T) {
	t.Parallel()
	one, two := fctest.StartRedis(t), fctest.StartRedis(t)
	if one.URL == two.URL || !strings.Contains(one.URL, fctest.Password) {
		t.Fatalf("got %s and %s", one.URL, two.URL)
	}
	for _, s := range []*fctest.Redis{one, two} {
		server, err := redis.Connect(t.Context(), s.URL, redis.Options{})
		if err != nil {
			t.Fatal(err)
		}
		queue := server.Queue(redis.QueueConfig{})
		if depth, err := queue.Depth(t.Context()); err != nil || depth.Ready+depth.Delayed+depth.Dead != 0 {
			t.Errorf("got %+v, %v, want an empty queue", depth, err)
		}
		if err := queue.Close(); err != nil {
			t.Error(err)
		}
	}
	one.Stop()
	one.Stop()
	if _, err := redis.Connect(t.Context(), one.URL, redis.Options{}); err == nil {
		t.Error("a server that was stopped goes on")
	}
}

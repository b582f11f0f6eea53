package redis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
)

// walk goes through what uses several keys at once.
func walk(t *testing.T, server *redis.Server) {
	t.Helper()
	ctx, q, s := t.Context(), server.Queue(redis.QueueConfig{Lease: time.Minute}), server.Store()
	t.Cleanup(func() { q.Close() })
	t.Cleanup(func() { s.Close() })
	time.AfterFunc(50*time.Millisecond, func() { _ = q.Enqueue(ctx, messages(2)) }) // what is wrong shows below
	held := receive(t, q, "m0", "m1")
	must(t, q.Extend(ctx, held))
	again := message("again")
	again.Due = time.Now().Add(500 * time.Millisecond) // long enough to be counted, on a busy machine too
	must(t, q.Settle(ctx, []core.Settlement{{Delivery: held[0], Dead: "x"}, {Delivery: held[1], Again: &again}}))
	depth(t, q, core.Depth{Delayed: 1, Dead: 1})
	receive(t, q, "again")
	if n, err := q.Redrive(ctx, nil); n != 1 || err != nil {
		t.Errorf("redrive: %d, %v; want 1", n, err)
	}
	depth(t, q, core.Depth{Ready: 2})

	put(t, s, core.Record{Key: "job/1", Value: []byte("1"), Due: time.Unix(1, 0)}, core.Record{Key: "plain", Value: []byte("2"), Due: time.Unix(2, 0)})
	if got := strings.Join(due(t, s, "", 10), " "); got != "job/1 plain" {
		t.Errorf("due are %s", got)
	}
	records, err := s.Get(ctx, []string{"plain", "job/1"})
	if err != nil || string(records[0].Value)+string(records[1].Value) != "21" {
		t.Errorf("got %+v, %v", records, err)
	}
}

// TestCluster: the keys of a queue and of a store are in one slot, or a cluster
// would refuse the scripts.
func TestCluster(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t, "--cluster-enabled", "yes")
	client := e.client(t)
	must(t, client.ClusterAddSlotsRange(ctx, 0, 16383).Err())
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if info := client.ClusterInfo(ctx).Val(); strings.Contains(info, "cluster_state:ok") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the cluster does not come up")
		}
	}
	for _, url := range []string{e.url() + "?cluster=true", e.url() + "?prefix=through-a-proxy"} {
		walk(t, connect(t, url, nil))
	}
}

// TestApart: prefixes and databases have nothing in common.
func TestApart(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	for _, url := range []string{e.url(), e.url() + "?prefix=b.c:d_e-f", e.url() + "/1", e.url() + "/1?prefix=second"} {
		walk(t, connect(t, url, nil))
	}
	keys, err := e.client(t).Keys(ctx, "*").Result()
	must(t, err)
	for _, key := range keys {
		if !strings.HasPrefix(key, "{vodrefresh}:") && !strings.HasPrefix(key, "{b.c:d_e-f}:") {
			t.Errorf("key %s has no prefix", key)
		}
	}
}

// TestAccount: these are the rights that a user needs. CONFIG is not one.
func TestAccount(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	must(t, e.client(t).Do(ctx, "ACL", "SETUSER", "vod", "on", ">"+password, "~{vodrefresh}:*",
		"-@all", "+@read", "+@write", "+@scripting", "+@connection", "+time").Err())
	walk(t, connect(t, strings.Replace(e.url(), "://:", "://vod:", 1), nil))
}

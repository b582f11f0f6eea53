package redis_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
	"github.com/vodrefresh/vodrefresh/events"
)

func message(id string) core.Message {
	return core.Message{
		Version: core.MessageVersion,
		Task:    core.Task{Provider: events.Aliyun, Target: core.Media, ID: id, Options: core.Options{TaskType: core.Refresh}},
	}
}

func messages(n int) []core.Message {
	all := make([]core.Message, n)
	for i := range all {
		all[i] = message(fmt.Sprint("m", i))
	}
	return all
}

// must stops a test at an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// receive takes exactly these media, in whatever order.
func receive(t *testing.T, q core.Queue, want ...string) []core.Delivery {
	t.Helper()
	got, err := q.Receive(t.Context(), max(1, len(want)), 2*time.Second*time.Duration(min(1, len(want))))
	must(t, err)
	var ids []string
	for _, d := range got {
		ids = append(ids, d.Message.Task.ID)
	}
	if !slices.Equal(slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values(want))) {
		t.Fatalf("received %v, want %v", ids, want)
	}
	return got
}

func depth(t *testing.T, q core.Queue, want core.Depth) {
	t.Helper()
	if got, err := q.Depth(t.Context()); err != nil || got != want {
		t.Fatalf("depth is %+v, %v; want %+v", got, err, want)
	}
}

// TestFullServer: with its memory used up a server refuses what is new at once,
// and can be drained all the same.
func TestFullServer(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	q, s, client := e.queue(t, time.Minute), e.store(t), e.client(t)
	later := message("later")
	later.Due = time.Now().Add(300 * time.Millisecond)
	must(t, q.Enqueue(ctx, []core.Message{message("a"), message("b"), message("c"), message("d"), later}))
	time.Sleep(350 * time.Millisecond) // so that a delayed one has to be moved
	must(t, client.ConfigSet(ctx, "maxmemory", "1").Err())

	begin := time.Now()
	_, putErr := s.Put(ctx, []core.Record{{Key: "k", Value: []byte("v")}})
	for op, err := range map[string]error{"enqueue": q.Enqueue(ctx, messages(1)), "put": putErr} {
		if core.KindOf(err) != core.Unavailable || !strings.Contains(fmt.Sprint(err), "is full") {
			t.Errorf("%s: %v, want that the server is full", op, err)
		}
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("the refusals took %v", took)
	}

	held := receive(t, q, "a", "b", "c", "d", "later")
	must(t, q.Extend(ctx, held))
	again, delayed := message("again"), message("delayed")
	delayed.Due = time.Now().Add(time.Hour)
	must(t, q.Settle(ctx, []core.Settlement{
		{Delivery: held[0]},
		{Delivery: held[1], Again: &again},
		{Delivery: held[2], Again: &delayed},
		{Delivery: held[3], Dead: "why not"},
	}))
	depth(t, q, core.Depth{Ready: 2, Delayed: 1, Dead: 1})
	if n, err := q.Redrive(ctx, nil); n != 1 || err != nil {
		t.Errorf("redrive: %d, %v; want 1", n, err)
	}
	depth(t, q, core.Depth{Ready: 3, Delayed: 1})
}

// TestLostData: a server that came back empty is used again without a restart
// of ours.
func TestLostData(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	q, client := e.queue(t, time.Minute), e.client(t)
	must(t, q.Enqueue(ctx, messages(1)))
	held := receive(t, q, "m0")
	must(t, client.FlushAll(ctx).Err())
	must(t, client.ScriptFlush(ctx).Err())
	must(t, q.Extend(ctx, held))
	again := message("again")
	must(t, q.Settle(ctx, []core.Settlement{{Delivery: held[0], Again: &again}}))
	depth(t, q, core.Depth{})
	must(t, q.Enqueue(ctx, messages(2)))
	receive(t, q, "m0", "m1")
}

// TestNothingIsLeft: a queue that was emptied takes no more room than before.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	q, client := e.queue(t, time.Minute), e.client(t)
	all := messages(1000)
	for i := range all[:500] {
		all[i].Due = time.Now().Add(300 * time.Millisecond)
	}
	must(t, q.Enqueue(ctx, all))
	for done := 0; done < len(all); {
		got, err := q.Receive(ctx, 300, 2*time.Second)
		must(t, err)
		settlements := make([]core.Settlement, len(got))
		for i, d := range got {
			settlements[i].Delivery = d
		}
		must(t, q.Settle(ctx, settlements))
		done += len(got)
	}
	keys, err := client.Keys(ctx, "*").Result()
	must(t, err)
	slices.Sort(keys)
	if want := []string{"{vodrefresh}:queue:bell", "{vodrefresh}:queue:ready"}; !slices.Equal(keys, want) {
		t.Errorf("keys left are %v, want %v", keys, want)
	}
	for _, key := range keys {
		if bytes, err := client.MemoryUsage(ctx, key).Result(); err != nil || bytes > 16<<10 {
			t.Errorf("%s has %d bytes, %v", key, bytes, err)
		}
	}
}

// TestLateExtend: who has lost a delivery does not prolong the other's lease.
func TestLateExtend(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	q, client := e.queue(t, 100*time.Millisecond), e.client(t)
	must(t, q.Enqueue(ctx, messages(1)))
	old := receive(t, q, "m0")
	receive(t, e.queue(t, time.Hour), "m0")
	before, err := client.ZRangeWithScores(ctx, "{vodrefresh}:queue:leases", 0, -1).Result()
	must(t, err)
	must(t, q.Extend(ctx, old))
	after, err := client.ZRangeWithScores(ctx, "{vodrefresh}:queue:leases", 0, -1).Result()
	if err != nil || !slices.Equal(after, before) {
		t.Errorf("leases are %v, %v; want %v as before", after, err, before)
	}
}

// TestDueRoundsUp: a message does not come in the millisecond before it is due.
func TestDueRoundsUp(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	q := e.queue(t, 0)
	at := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	for later, want := range map[time.Duration]int64{0: 0, 1: 1, 999_999: 1, time.Millisecond: 1} {
		m := message(later.String())
		m.Due = at.Add(later)
		must(t, q.Enqueue(ctx, []core.Message{m}))
		delayed, err := e.client(t).ZPopMin(ctx, "{vodrefresh}:queue:delayed").Result()
		must(t, err)
		if got := int64(delayed[0].Score); got != at.UnixMilli()+want {
			t.Errorf("%v after a millisecond is stored as %d, want %d", later, got, at.UnixMilli()+want)
		}
	}
}

func TestForeignDelivery(t *testing.T) {
	t.Parallel()
	ctx, q := t.Context(), start(t).queue(t, 0)
	foreign := core.Delivery{Message: message("a"), Receipt: "another driver's"}
	for op, err := range map[string]error{
		"extend": q.Extend(ctx, []core.Delivery{foreign}),
		"settle": q.Settle(ctx, []core.Settlement{{Delivery: foreign}}),
	} {
		if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "the delivery of a is not of this queue") {
			t.Errorf("%s: %v, want that it is invalid", op, err)
		}
	}
}

func TestNothingAskedFor(t *testing.T) {
	t.Parallel()
	ctx, q := t.Context(), start(t).queue(t, 0)
	must(t, q.Enqueue(ctx, messages(1)))
	got, err := q.Receive(ctx, 0, time.Hour)
	letters, deadErr := q.Dead(ctx, -1)
	if len(got) > 0 || len(letters) > 0 || err != nil || deadErr != nil {
		t.Errorf("received %v, %v and listed %v, %v; want nothing", got, err, letters, deadErr)
	}
}

// TestDefaultLease looks at when the lease of a delivery ends.
func TestDefaultLease(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	q := e.queue(t, 0)
	must(t, q.Enqueue(ctx, messages(1)))
	begin := time.Now()
	receive(t, q, "m0")
	leases, err := e.client(t).ZRangeWithScores(ctx, "{vodrefresh}:queue:leases", 0, -1).Result()
	must(t, err)
	ends := time.UnixMilli(int64(leases[0].Score)).Sub(begin)
	if ends < redis.DefaultLease-time.Second || ends > redis.DefaultLease+time.Second {
		t.Errorf("the lease ends after %v, want %v", ends, redis.DefaultLease)
	}
}

// TestUnwritable: a message that JSON cannot hold is the caller's mistake.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	ctx, q := t.Context(), start(t).queue(t, time.Minute)
	bad := message("bad")
	bad.Received = time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)
	must(t, q.Enqueue(ctx, messages(1)))
	held := receive(t, q, "m0")
	for op, err := range map[string]error{
		"enqueue": q.Enqueue(ctx, []core.Message{bad}),
		"settle":  q.Settle(ctx, []core.Settlement{{Delivery: held[0], Again: &bad}}),
	} {
		if _, ok := errors.AsType[*json.MarshalerError](err); core.KindOf(err) != core.Invalid || !ok {
			t.Errorf("%s: %v of kind %s, want that it is invalid", op, err, core.KindOf(err))
		}
	}
	depth(t, q, core.Depth{Ready: 1})
}

// TestSameTwice: two messages that say the same are two.
func TestSameTwice(t *testing.T) {
	t.Parallel()
	q := start(t).queue(t, time.Minute)
	now, later := message("now"), message("later")
	later.Due = time.Now().Add(time.Hour)
	must(t, q.Enqueue(t.Context(), []core.Message{now, later, now, later}))
	depth(t, q, core.Depth{Ready: 2, Delayed: 2})
}

package instance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
)

// A batch that EventBridge delivers three times costs what one delivery does.
func TestABatchDeliveredThreeTimes(t *testing.T) {
	t.Parallel()
	const count, perCall = 100, 20
	url := fctest.StartRedis(t).URL
	b := setup(t, "QUEUE_URL="+url, "STORE_URL="+url)
	for delivery := range 3 {
		got, err := b.handle(t, batch(count))
		if err != nil || got != (instance.Result{Messages: count}) {
			t.Fatalf("delivery %d: got %+v, %v", delivery, got, err)
		}
		media, calls := b.refreshed()
		if calls != count/perCall || len(media) != count {
			t.Errorf("after delivery %d: %d calls about %d media, want %d about %d", delivery, calls, len(media), count/perCall, count)
		}
	}
	wantLog(t, b.log)
}

// What is poison becomes a dead letter that says why, and the rest goes out once,
// whatever becomes of the batch.
func TestPoisonWithAQueue(t *testing.T) {
	t.Parallel()
	const count = 40
	url := fctest.StartRedis(t).URL
	b := setup(t, "QUEUE_URL="+url, "STORE_URL="+url)
	e := batch(count)
	poison := map[string]string{ // and a part of the reason
		"hello":                             "neither a JSON object nor base64 of one",
		"":                                  "cannot be read",
		`{"v":9,"task":{}}`:                 "cannot be read",
		`{"a":1}`:                           "neither a callback, which has an EventType, nor a message",
		string(transcoded("missing-media")): "not_found",
	}
	for body := range poison {
		e.Messages = slices.Insert(e.Messages, len(e.Messages)/2, envelope.Message{ID: "poison", Body: []byte(body)})
	}
	if got, err := b.handle(t, e); err != nil || got.Messages != count+len(poison) {
		t.Fatalf("got %+v, %v, want success: everything is durable or done", got, err)
	}
	if media, calls := b.refreshed(); len(media) != count+1 || calls > 4 {
		t.Errorf("%d calls about %d media, want 3 about %d", calls, len(media), count+1)
	}
	letters := dead(t, url)
	var reasons []string
	for _, l := range letters {
		reasons = append(reasons, l.Reason)
	}
	text := strings.Join(reasons, "\n")
	for body, part := range poison {
		if !strings.Contains(text, part) {
			t.Errorf("no dead letter says %q of %s: %s", part, body, text)
		}
	}
	if len(letters) != len(poison) {
		t.Errorf("%d dead letters, want %d: %s", len(letters), len(poison), text)
	}
	wantLog(t, b.log)
}

// dead lists the dead letters of a queue.
func dead(t *testing.T, url string) []core.DeadLetter {
	t.Helper()
	server, err := redis.Connect(t.Context(), url, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	queue := server.Queue(redis.QueueConfig{})
	defer queue.Close()
	letters, err := queue.Dead(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

// Without a queue nothing can hold what is poison: the batch fails whole, and the
// error says how much of it.
func TestPoisonWithoutAQueue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := batch(20)
	e.Messages[7].Body, e.Messages[11].Body = []byte("hello"), []byte("{")
	if got, err := b.handle(t, e); err == nil || got.Messages != 0 || !strings.Contains(err.Error(), "2 of 20 messages have to come again, and with them the whole batch") {
		t.Errorf("got %+v, %v, want an error", got, err)
	}
	wantLog(t, b.log, "a message has to come again", `"message_id":"message-7"`, `"message_id":"message-11"`)
	if got, err := b.handle(t, batch(20)); err != nil || got.Messages != 20 {
		t.Errorf("a batch without poison: got %+v, %v", got, err)
	}
}

// What the queue does not take has to come again; nothing of it is lost.
func TestAQueueThatIsOut(t *testing.T) {
	t.Parallel()
	server := fctest.StartRedis(t)
	b := setup(t, "QUEUE_URL="+server.URL, "STORE_URL="+server.URL)
	server.Stop()
	if got, err := b.handle(t, batch(3)); err == nil || !strings.Contains(err.Error(), "3 of 3 messages have to come again") || strings.Contains(err.Error(), fctest.Password) {
		t.Errorf("got %+v, %v, want an error", got, err)
	}
	if _, calls := b.refreshed(); calls != 0 {
		t.Errorf("%d calls", calls)
	}
	if _, err := b.handle(t, envelope.Event{Kind: envelope.Timer}); err == nil {
		t.Error("a tick without a queue succeeded")
	}
}

// The timer sends what is due, a callback's delayed task among it.
func TestATickDrainsTheQueue(t *testing.T) {
	t.Parallel()
	url := fctest.StartRedis(t).URL
	b := setup(t, "QUEUE_URL="+url, "STORE_URL="+url)
	server, err := redis.Connect(t.Context(), url, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	queue := server.Queue(redis.QueueConfig{})
	defer queue.Close()
	task := core.Task{Provider: "aliyun", Target: core.Media, ID: "media-1", Options: core.Options{TaskType: core.Refresh}}
	later := core.NewMessage(core.Task{Provider: "aliyun", Target: core.Media, ID: "media-2", Options: task.Options}, time.Now())
	later.Due = time.Now().Add(time.Hour)
	if err := queue.Enqueue(t.Context(), []core.Message{core.NewMessage(task, time.Now()), later}); err != nil {
		t.Fatal(err)
	}
	if got, err := b.handle(t, envelope.Event{Kind: envelope.Timer}); err != nil || got != (instance.Result{}) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if media, calls := b.refreshed(); calls != 1 || media["media-1"] != 1 || media["media-2"] != 0 {
		t.Errorf("%d calls about %v, want one about media-1", calls, media)
	}
	wantLog(t, b.log, `"msg":"quota"`)
}

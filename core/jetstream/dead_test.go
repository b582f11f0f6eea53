package jetstream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

func TestUnreadableMessageIsADeadLetter(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	q := openQueue(t, conn, jetstream.QueueConfig{})
	for _, data := range []string{"garbage", `{"v":2,"task":{"id":"later"}}`} {
		if _, err := conn.NATS().Request("vodrefresh.queue.due", []byte(data), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // redriven, they are no more readable than before
		if got, err := q.Receive(t.Context(), 10, 0); err != nil || len(got) != 0 {
			t.Errorf("received %v, %v", got, err)
		}
		wantDepth(t, q, core.Depth{Dead: 2})
		letters, err := q.Dead(t.Context(), 10)
		if err != nil || len(letters) != 2 {
			t.Fatalf("dead letters %v, %v", letters, err)
		}
		if !strings.Contains(letters[0].Reason, "no message in JSON") || !strings.Contains(letters[1].Reason, "version 2, not 1") || letters[1].Message.Task.ID != "later" {
			t.Errorf("dead letters %+v", letters)
		}
		if n, err := q.Redrive(t.Context(), nil); n != 2 || err != nil {
			t.Fatalf("redrive %d, %v", n, err)
		}
	}
}

func TestUnreadableDeadLetter(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	q := openQueue(t, conn, jetstream.QueueConfig{})
	if _, err := conn.NATS().Request("vodrefresh.dead", []byte("garbage"), time.Second); err != nil {
		t.Fatal(err)
	}
	letters, err := q.Dead(t.Context(), 10)
	if err != nil || len(letters) != 1 || !strings.Contains(letters[0].Reason, "no dead letter in JSON") || letters[0].At.IsZero() {
		t.Errorf("dead letters %+v, %v", letters, err)
	}
}

func TestRedriveMany(t *testing.T) {
	t.Parallel()
	q := openQueue(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.QueueConfig{})
	const count = 1200 // more than a batch
	if err := q.Enqueue(t.Context(), messages(count)); err != nil {
		t.Fatal(err)
	}
	var settlements []core.Settlement
	for _, d := range receive(t, q, count) {
		settlements = append(settlements, core.Settlement{Delivery: d, Dead: "all of them"})
	}
	if err := q.Settle(t.Context(), settlements); err != nil {
		t.Fatal(err)
	}
	wantDepth(t, q, core.Depth{Dead: count})
	if n, err := q.Redrive(t.Context(), []string{"3", "3", "no number", "0", "99999"}); n != 1 || err != nil {
		t.Errorf("redrive of one: %d, %v", n, err)
	}
	if n, err := q.Redrive(t.Context(), []string{"3"}); n != 0 || err != nil {
		t.Errorf("redrive of one that is gone: %d, %v", n, err)
	}
	if n, err := q.Redrive(t.Context(), nil); n != count-1 || err != nil {
		t.Errorf("redrive of the rest: %d, %v", n, err)
	}
	wantDepth(t, q, core.Depth{Ready: count})
}

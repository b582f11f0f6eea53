package jetstream_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

func receive(t *testing.T, q *jetstream.Queue, most int) []core.Delivery {
	t.Helper()
	got, err := q.Receive(t.Context(), most, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// wantDepth waits for a depth: on a busy machine the consumer hears a while later
// than the stream of what is stored, and until then it counts as delayed.
func wantDepth(t *testing.T, q *jetstream.Queue, want core.Depth) {
	t.Helper()
	got, err := q.Depth(t.Context())
	for end := time.Now().Add(5 * time.Second); err == nil && got != want && time.Now().Before(end); time.Sleep(time.Millisecond) {
		got, err = q.Depth(t.Context())
	}
	if err != nil || got != want {
		t.Errorf("depth %+v, %v, want %+v", got, err, want)
	}
}

func TestFullQueueRefusesAtOnce(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(messages(1)[0])
	if err != nil {
		t.Fatal(err)
	}
	stored := int64(len(data) + len("vodrefresh.queue.due") + 30) // with what the server adds
	tests := map[string]jetstream.QueueConfig{
		"messages": {MaxMessages: 10},
		"bytes":    {MaxBytes: 11*stored - 1},
	}
	for name, cfg := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := openQueue(t, inProcess(t, startServer(t, jetstream.Config{})), cfg)
			if err := q.Enqueue(t.Context(), messages(10)); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			wantError(t, q.Enqueue(t.Context(), messages(1)), core.Unavailable, "the queue is full", "10 messages")
			if took := time.Since(start); took > time.Second {
				t.Errorf("refused after %v", took)
			}
			got := receive(t, q, 2)
			if err := q.Settle(t.Context(), []core.Settlement{{Delivery: got[0]}, {Delivery: got[1], Again: &got[1].Message}}); err != nil {
				t.Fatal(err)
			}
			if err := q.Enqueue(t.Context(), messages(1)); err != nil {
				t.Errorf("after one is gone: %v", err)
			}
			wantError(t, q.Enqueue(t.Context(), messages(1)), core.Unavailable, "the queue is full")
			wantDepth(t, q, core.Depth{Ready: 10})
		})
	}
}

func TestTooLargeMessageHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	q := openQueue(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.QueueConfig{})
	large := messages(1)
	large[0].Task.ID = strings.Repeat("x", 2<<20)
	wantError(t, q.Enqueue(t.Context(), large), core.Invalid, "Message: must have at most", "bytes")
	if err := q.Enqueue(t.Context(), messages(1)); err != nil {
		t.Fatal(err)
	}
	d := receive(t, q, 1)[0]
	wantError(t, q.Settle(t.Context(), []core.Settlement{{Delivery: d, Again: &large[0]}}), core.Invalid)
	d.Message = large[0]
	wantError(t, q.Settle(t.Context(), []core.Settlement{{Delivery: d, Dead: "large"}}), core.Invalid)
	wantDepth(t, q, core.Depth{Ready: 1})
}

func TestManyEnqueueTogether(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	q := openQueue(t, conn, jetstream.QueueConfig{})
	const callers, each = 100, 7
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			if err := q.Enqueue(t.Context(), messages(each)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantDepth(t, q, core.Depth{Ready: callers * each})
}

func TestQueueConfiguration(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	tests := map[string]struct {
		cfg  jetstream.QueueConfig
		says string
	}{
		"name":      {jetstream.QueueConfig{Name: "a.b"}, "Name: must be at most 64 of a-z"},
		"long name": {jetstream.QueueConfig{Name: strings.Repeat("a", 65)}, "Name: must be"},
		"lease":     {jetstream.QueueConfig{Lease: time.Millisecond}, "Lease: must be 100ms or more"},
		"messages":  {jetstream.QueueConfig{MaxMessages: -1}, "MaxMessages: must be"},
		"bytes":     {jetstream.QueueConfig{MaxBytes: -1}, "MaxBytes: must be"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := jetstream.OpenQueue(t.Context(), conn, test.cfg)
			wantError(t, err, core.Invalid, test.says)
		})
	}
}

func TestStreamThatIsNotOurs(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	js, err := natsjs.New(conn.NATS())
	if err != nil {
		t.Fatal(err)
	}
	foreign := func(name, subject string) {
		cfg := natsjs.StreamConfig{Name: name, Subjects: []string{subject}, MaxAge: time.Hour}
		if _, err := js.CreateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	foreign("a_queue", "a.>")
	foreign("b_dead", "b.>")
	foreign("c_log", "c.>")
	_, errA := jetstream.OpenQueue(t.Context(), conn, jetstream.QueueConfig{Name: "a"})
	wantError(t, errA, core.Invalid, "open stream a_queue", "Retention", "AllowMsgSchedules", "MaxAge: must be 0s")
	_, errB := jetstream.OpenQueue(t.Context(), conn, jetstream.QueueConfig{Name: "b"})
	wantError(t, errB, core.Invalid)
	_, errC := jetstream.OpenStore(t.Context(), conn, jetstream.StoreConfig{Name: "c"})
	wantError(t, errC, core.Invalid, "Subjects", "MaxAge: must be 0s")
}

func TestClosedQueue(t *testing.T) {
	t.Parallel()
	q := openQueue(t, inProcess(t, startServer(t, jetstream.Config{})), jetstream.QueueConfig{})
	if err := errors.Join(q.Close(), q.Close()); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, errReceive := q.Receive(ctx, 1, 0)
	_, errDead := q.Dead(ctx, 1)
	_, errRedrive := q.Redrive(ctx, nil)
	_, errDepth := q.Depth(ctx)
	for _, err := range []error{q.Enqueue(ctx, messages(1)), q.Extend(ctx, nil), q.Settle(ctx, nil), errReceive, errDead, errRedrive, errDepth} {
		wantError(t, err, core.Unavailable, "the queue is closed")
	}
}

func TestLostConnection(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	q, s := openQueue(t, conn, jetstream.QueueConfig{}), openStore(t, conn, jetstream.StoreConfig{})
	if err := q.Enqueue(t.Context(), messages(1)); err != nil {
		t.Fatal(err)
	}
	d := receive(t, q, 1)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, errReceive := q.Receive(ctx, 1, 0)
	_, errDead := q.Dead(ctx, 1)
	_, errRedrive := q.Redrive(ctx, []string{"1"})
	_, errAll := q.Redrive(ctx, nil)
	_, errDepth := q.Depth(ctx)
	_, errGet := s.Get(ctx, []string{"a"})
	_, errPut := s.Put(ctx, []core.Record{{Key: "a", Value: []byte("v")}})
	_, errBatch := s.Put(ctx, []core.Record{{Key: "a", Value: []byte("v"), Due: time.Now()}})
	_, errDue := s.Due(ctx, "", time.Now(), 1)
	_, errOpen := jetstream.OpenStore(ctx, conn, jetstream.StoreConfig{})
	for i, err := range []error{
		q.Enqueue(ctx, messages(1)), q.Enqueue(ctx, messages(100)), q.Extend(ctx, d), errReceive, errDead, errRedrive, errAll, errDepth,
		q.Settle(ctx, []core.Settlement{{Delivery: d[0]}}), q.Settle(ctx, []core.Settlement{{Delivery: d[0], Dead: "x"}}),
		q.Settle(ctx, []core.Settlement{{Delivery: d[0], Again: &d[0].Message}}),
		errGet, errPut, errBatch, errDue, errOpen,
	} {
		if core.KindOf(err) != core.Unavailable {
			t.Errorf("error %d: %v is %q, want %q", i, err, core.KindOf(err), core.Unavailable)
		}
	}
}

// TestScheduleIsTheServersOwn holds that a delayed message is not one in hand.
func TestScheduleIsTheServersOwn(t *testing.T) {
	t.Parallel()
	conn := inProcess(t, startServer(t, jetstream.Config{}))
	q := openQueue(t, conn, jetstream.QueueConfig{})
	later := messages(20)
	for i := range later {
		later[i].Due = time.Now().Add(time.Hour)
	}
	if err := q.Enqueue(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	answer, err := conn.NATS().Request("$JS.API.CONSUMER.INFO.vodrefresh_queue.workers", nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var workers natsjs.ConsumerInfo
	if err := json.Unmarshal(answer.Data, &workers); err != nil || workers.NumAckPending != 0 || workers.NumPending != 0 {
		t.Errorf("the consumer has %d in hand and %d to come, %v", workers.NumAckPending, workers.NumPending, err)
	}
	last, err := conn.NATS().Request("$JS.API.STREAM.MSG.GET.vodrefresh_queue", []byte(`{"seq":1}`), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var stored struct {
		Message struct {
			Header []byte `json:"hdrs"`
		} `json:"message"`
	}
	if err := json.Unmarshal(last.Data, &stored); err != nil {
		t.Fatal(err)
	}
	header, err := nats.DecodeHeadersMsg(stored.Message.Header)
	if want := "@at " + later[0].Due.UTC().Format(time.RFC3339Nano); err != nil || header.Get("Nats-Schedule") != want {
		t.Errorf("headers %v, %v, want Nats-Schedule %s", header, err, want)
	}
	wantDepth(t, q, core.Depth{Delayed: 20})
	if text := fmt.Sprint(receive(t, q, 1)); text != "[]" {
		t.Errorf("received %s", text)
	}
}

package main_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// TestBatch: exactly what cannot be read comes back, and no media is asked for
// twice, although the batch is delivered twice.
func TestBatch(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := s.start(t, config.Refresh)
	media := named(57)
	s.fill(t, media, 3)
	batch := s.receive(t, 60)
	failed, _ := s.deliver(t, p, batch, patience)
	slices.Sort(failed)
	if want := poisoned(batch); len(want) != 3 || !slices.Equal(failed, want) {
		t.Errorf("reports %q, want %q", failed, want)
	}
	got, calls := s.refreshed()
	if !slices.Equal(got, media) || calls != 3 {
		t.Errorf("%d calls for %d media, want 3 for %d", calls, len(got), len(media))
	}
	for _, m := range batch {
		if slices.Contains(failed, m.MessageID) {
			s.call(t, "DeleteMessage", map[string]any{"QueueUrl": s.queue, "ReceiptHandle": m.ReceiptHandle}, nil)
		}
	}
	if depth, err := s.own.Depth(t.Context()); depth.Ready != 0 || err != nil {
		t.Errorf("left are %+v, %v", depth, err)
	}
	if strings.Contains(p.Stderr(), requesttest.AccessKeySecret) {
		t.Error("the log shows a secret")
	}
}

// TestEndToEnd: a callback goes through the queue, as between two functions.
func TestEndToEnd(t *testing.T) {
	t.Parallel()
	s := open(t)
	callback, refresh := s.start(t, config.Callback), s.start(t, config.Refresh)
	send := envelopetest.Sources()[0].Over(invoke(callback))
	answer, err := send(t.Context(), requesttest.Request{
		Method: http.MethodPost, Path: "/callbacks/aliyun", Header: requesttest.Signed(requesttest.CallbackKey, time.Now()), Body: requesttest.Transcoded("media-1"),
	})
	if err != nil || answer.Status != http.StatusOK || !strings.Contains(string(answer.Body), `"queued"`) {
		t.Fatalf("got %d %s, %v", answer.Status, answer.Body, err)
	}
	if media, _ := s.refreshed(); len(media) > 0 {
		t.Errorf("refreshed before the queue: %q", media)
	}
	if failed, _ := s.deliver(t, refresh, s.receive(t, 1), patience); len(failed) > 0 {
		t.Errorf("reports %q", failed)
	}
	if media, calls := s.refreshed(); !slices.Equal(media, []string{"media-1"}) || calls != 1 {
		t.Errorf("%d calls for %q", calls, media)
	}
	if _, err := invoke(refresh)(t.Context(), []byte(`{"vodrefresh":"tick"}`)); err != nil {
		t.Error(err)
	}
	if !strings.Contains(refresh.Stderr(), `"message":"quota"`) {
		t.Errorf("a tick logs no quota: %s", refresh.Stderr())
	}
}

// TestEventOfQueue is the event of testdata/lambda that comes from a queue.
func TestEventOfQueue(t *testing.T) {
	t.Parallel()
	s := open(t)
	event, err := os.ReadFile("../../testdata/lambda/refresh_sqs_batch.json")
	if err != nil {
		t.Fatal(err)
	}
	var batch struct{ Records []message }
	if err := json.Unmarshal(event, &batch); err != nil {
		t.Fatal(err)
	}
	answer, err := invoke(s.start(t, config.Refresh))(t.Context(), event)
	if want := `{"batchItemFailures":[{"itemIdentifier":"` + batch.Records[1].MessageID + `"}]}`; string(answer) != want || err != nil {
		t.Errorf("is answered %s, %v, want %s", answer, err, want)
	}
	if media, calls := s.refreshed(); !slices.Equal(media, []string{"media-1", "missing-1"}) || calls != 1 {
		t.Errorf("%d calls for %q", calls, media)
	}
}

// TestBatchWithoutAQueue: with QUEUE_URL=direct: messages of any queue are submitted,
// and what cannot be read, is refused or was not done is reported.
func TestBatchWithoutAQueue(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.environ = append(s.environ, "QUEUE_URL=direct:", "STORE_URL=none:", "AWS_ENDPOINT_URL_SQS=")
	p := s.start(t, config.Refresh)
	media := append(named(37), "missing-1")
	s.fill(t, media, 2)
	batch := s.receive(t, 40)
	failed, _ := s.deliver(t, p, batch, patience)
	slices.Sort(failed)
	want := poisoned(batch)
	for _, m := range batch {
		if strings.Contains(m.Body, "missing-1") {
			want = append(want, m.MessageID)
		}
	}
	slices.Sort(want)
	if len(want) != 3 || !slices.Equal(failed, want) {
		t.Errorf("reports %q, want %q", failed, want)
	}
	if got, calls := s.refreshed(); !slices.Equal(got, media) || calls != 2 {
		t.Errorf("%d calls for %q", calls, got)
	}
}

// TestPlatformAway: what the platform does not take within the time comes again,
// reported or put back, and is not lost.
func TestPlatformAway(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.cloud.Close(); err != nil {
		t.Fatal(err)
	}
	p := s.start(t, config.Refresh)
	s.fill(t, named(5), 0)
	const timeout = 8 * time.Second
	failed, took := s.deliver(t, p, s.receive(t, 5), timeout)
	depth, err := s.own.Depth(context.WithoutCancel(t.Context()))
	if took >= timeout || err != nil || depth.Ready+depth.Delayed < 5 {
		t.Errorf("after %s, %d are reported and %+v in the queue, %v", took, len(failed), depth, err)
	}
	if _, err := p.Invoke(t.Context(), runtimetest.Event{Payload: []byte(`{"httpMethod":"GET","path":"/healthz"}`)}); err != nil {
		t.Error(err)
	}
}

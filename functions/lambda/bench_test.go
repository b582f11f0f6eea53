package main_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// The benchmarks measure the program as it is deployed; scripts/start runs them
// with the numbers that are published, and holds what they report to its bounds.

// durable is the environment of a function with a queue and a store that nobody
// asks while it starts.
func durable(function config.Function) []string {
	return append(requesttest.Environ(function, "http://127.0.0.1:1"), "AWS_REGION=eu-west-1", "LOG_LEVEL=info",
		"QUEUE_URL=sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod", "STORE_URL=dynamodb://vodrefresh",
		"AWS_ACCESS_KEY_ID=AKIAMADEUP", "AWS_SECRET_ACCESS_KEY=made-up")
}

// BenchmarkStart: process start to the first request for an event, beside a
// function that does nothing. Medians of as many starts as there are iterations.
func BenchmarkStart(b *testing.B) {
	for _, function := range []config.Function{config.Callback, config.Refresh, config.Credentials} {
		b.Run(string(function), func(b *testing.B) {
			compared, err := binaries.Compare(b.Context(), runtimetest.AWS(), b.N, hello, bootstrap, durable(function)...)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(0, "ns/op")
			for unit, value := range compared.Metrics() {
				b.ReportMetric(value, unit)
			}
		})
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkCallback: a warm function verifies a callback, decodes it and puts it
// into the queue of the emulator, beside the bare call that does the last of
// these; and the memory that the process holds in the end.
func BenchmarkCallback(b *testing.B) {
	s := open(b)
	p := s.start(b, config.Callback)
	var took, bare []time.Duration
	send := envelopetest.Sources()[0].Over(invoke(p))
	callback := func(media string) {
		answer, err := send(b.Context(), requesttest.Request{
			Method: http.MethodPost, Path: "/callbacks/aliyun", Body: requesttest.Transcoded(media),
			Header: requesttest.Signed(requesttest.CallbackKey, time.Now()),
		})
		if err != nil || answer.Status != http.StatusOK {
			b.Fatalf("%d %s, %v", answer.Status, answer.Body, err)
		}
	}
	callback("warm")
	media := named(b.N)
	b.ResetTimer()
	for _, id := range media {
		began := time.Now()
		callback(id)
		took = append(took, time.Since(began))
		began = time.Now()
		s.call(b, "SendMessage", map[string]any{"QueueUrl": s.queue, "MessageBody": string(requesttest.Transcoded(id))}, nil)
		bare = append(bare, time.Since(began))
	}
	resident, err := p.Resident()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(runtimetest.Median(took)), "callback-ms")
	b.ReportMetric(milliseconds(runtimetest.Median(bare)), "send-ms")
	b.ReportMetric(float64(resident)/1e6, "resident-MB")
}

// BenchmarkBatch: a thousand messages, every twentieth of which nobody can read.
// It fails unless exactly those are reported and everything else is refreshed once.
func BenchmarkBatch(b *testing.B) {
	const messages, poison, timeout = 1000, 50, 90 * time.Second
	for b.Loop() {
		s := open(b)
		p := s.start(b, config.Refresh)
		media := named(messages - poison)
		s.fill(b, media, poison)
		batch := s.receive(b, messages)
		failed, took := s.deliver(b, p, batch, timeout)
		slices.Sort(failed)
		if want := poisoned(batch); len(want) != poison || !slices.Equal(failed, want) {
			b.Fatalf("reports %d messages, want exactly the %d that nobody can read: %q", len(failed), poison, failed)
		}
		got, calls := s.refreshed()
		if !slices.Equal(got, media) {
			b.Fatalf("%d media were refreshed, want %d, each once", len(got), len(media))
		}
		resident, err := p.Resident()
		if err != nil {
			b.Fatal(err)
		}
		least := (len(media) + 19) / 20
		b.ReportMetric(float64(calls)/float64(least), "times-least-calls")
		b.ReportMetric(took.Seconds(), "batch-s")
		b.ReportMetric(timeout.Seconds(), "timeout-s")
		b.ReportMetric(float64(resident)/1e6, "resident-MB")
		b.ReportMetric(0, "ns/op")
	}
}

package jetstream

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// writer is a server that takes its time, or does not answer.
type writer struct {
	begun chan int   // how many messages each write has
	end   chan error // what becomes of it
}

func newWriter() writer { return writer{make(chan int), make(chan error)} }

func (w writer) write(_ context.Context, messages []*nats.Msg) error {
	w.begun <- len(messages)
	return <-w.end
}

func some(count int) []*nats.Msg { return make([]*nats.Msg, count) }

// adder adds in the background, and waits until the gatherer has it.
func adder(t *testing.T, g *gatherer, wg *sync.WaitGroup, count int) <-chan error {
	t.Helper()
	g.mu.Lock()
	waiting := len(g.waiting)
	g.mu.Unlock()
	result := make(chan error, 1)
	wg.Go(func() { result <- g.add(context.Background(), some(count)) })
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		g.mu.Lock()
		taken := len(g.waiting) > waiting
		g.mu.Unlock()
		if taken {
			return result
		}
	}
	t.Fatal("nothing was added")
	return nil
}

func TestGathererSharesWrites(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	w := newWriter()
	g := newGatherer(clock.NewFake(time.Unix(0, 0)), w.write)
	first := make(chan error, 1)
	wg.Go(func() { first <- g.add(context.Background(), some(1)) })
	if n := <-w.begun; n != 1 {
		t.Errorf("first write has %d messages", n)
	}
	results := []<-chan error{first}
	for _, count := range []int{2, 3, batchSize, 5} {
		results = append(results, adder(t, g, &wg, count))
	}
	failed := core.Errorf(core.Unavailable, "full")
	for _, want := range []int{5, batchSize, 5} { // 2 and 3 together; then no more than a batch
		w.end <- failed
		if n := <-w.begun; n != want {
			t.Errorf("a write has %d messages, want %d", n, want)
		}
	}
	w.end <- nil
	for i, result := range results {
		if err := <-result; (err == nil) != (i == len(results)-1) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	wg.Wait()
	g.wait()
}

func TestGathererStopsWaitingWithItsCaller(t *testing.T) {
	t.Parallel()
	w := newWriter()
	g := newGatherer(clock.System{}, w.write)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-w.begun; cancel() }()
	if err := g.add(ctx, some(1)); !errors.Is(err, context.Canceled) || core.KindOf(err) != core.Unavailable {
		t.Errorf("given up: %v", err)
	}
	w.end <- nil
	g.wait()
}

// TestGathererRests holds that a server that does not answer is waited for once,
// not by each caller after the other.
func TestGathererRests(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	now := clock.NewFake(time.Unix(0, 0))
	w := newWriter()
	g := newGatherer(now, w.write)
	wg.Go(func() { _ = g.add(context.Background(), some(1)) })
	<-w.begun
	waiting := adder(t, g, &wg, 1)
	silence := failure("enqueue", context.DeadlineExceeded)
	w.end <- silence
	if err := <-waiting; !errors.Is(err, silence) {
		t.Errorf("who waited got %v", err)
	}
	wg.Wait()
	g.wait()
	if err := g.add(t.Context(), some(1)); !errors.Is(err, silence) { // nobody writes: it would hang
		t.Errorf("who came at once got %v", err)
	}
	now.Advance(rest)
	wg.Go(func() { <-w.begun; w.end <- nil })
	if err := g.add(t.Context(), some(1)); err != nil {
		t.Errorf("who came later got %v", err)
	}
	if err := add(g, &wg, w); err != nil {
		t.Errorf("who came after it was well again got %v", err)
	}
}

func add(g *gatherer, wg *sync.WaitGroup, w writer) error {
	wg.Go(func() { <-w.begun; w.end <- nil })
	defer wg.Wait()
	return g.add(context.Background(), some(1))
}

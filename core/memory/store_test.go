package memory_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

func TestStoreExpiresByItsClock(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(noon())
	s := memory.NewStore(c)
	record := core.Record{Key: "a", Value: []byte("x"), Due: noon(), Expires: noon().Add(time.Hour)}
	if _, err := s.Put(t.Context(), []core.Record{record}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		found, getErr := s.Get(t.Context(), []string{"a"})
		due, dueErr := s.Due(t.Context(), "", c.Now(), 10)
		if err := errors.Join(getErr, dueErr); err != nil {
			t.Fatal(err)
		}
		if there := found[0].Revision != ""; there != (want == 1) || len(due) != want {
			t.Errorf("at %v: there is %t, due %d; want %d", c.Now(), there, len(due), want)
		}
		c.Advance(time.Hour)
	}
}

func TestStoreSharesNothing(t *testing.T) {
	t.Parallel()
	s := memory.NewStore(nil)
	value := []byte("one")
	if _, err := s.Put(t.Context(), []core.Record{{Key: "a", Value: value}}); err != nil {
		t.Fatal(err)
	}
	value[0] = 'X'
	for range 2 {
		found, err := s.Get(t.Context(), []string{"a"})
		if err != nil || string(found[0].Value) != "one" {
			t.Fatalf("found %q, error %v; want one", found[0].Value, err)
		}
		found[0].Value[0] = 'X'
	}
}

// TestStoreForgets writes what expires at once, over and over: memory does not
// grow with it.
func TestStoreForgets(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(noon())
	s := memory.NewStore(c)
	kept := core.Record{Key: "kept", Value: []byte("x")}
	if _, err := s.Put(t.Context(), []core.Record{kept}); err != nil {
		t.Fatal(err)
	}
	const rounds, size = 5000, 60_000
	for i := range rounds { // 300 MB in all
		r := core.Record{Key: fmt.Sprint(i), Value: make([]byte, size), Expires: c.Now().Add(time.Second)}
		if _, err := s.Put(t.Context(), []core.Record{r}); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Second)
	}
	var after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := after.HeapAlloc; used > rounds*size/2 {
		t.Errorf("%d MiB in use after %d records have expired", used>>20, rounds)
	}
	if found, err := s.Get(t.Context(), []string{"kept"}); err != nil || found[0].Revision == "" {
		t.Errorf("found %+v, error %v; want it kept", found, err)
	}
}

func TestStoreEnds(t *testing.T) {
	t.Parallel()
	calls := func(ctx context.Context, s *memory.Store) map[string]error {
		_, get := s.Get(ctx, nil)
		_, put := s.Put(ctx, nil)
		_, due := s.Due(ctx, "", noon(), 1)
		return map[string]error{"get": get, "put": put, "due": due}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := memory.NewStore(nil)
	for call, err := range calls(ctx, s) {
		if !errors.Is(err, context.Canceled) || core.KindOf(err) != core.Unavailable {
			t.Errorf("%s after its context ended: error %v", call, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for call, err := range calls(t.Context(), s) {
		if core.KindOf(err) != core.Unavailable {
			t.Errorf("%s of a closed store: error %v", call, err)
		}
	}
}

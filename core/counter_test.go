package core_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

func TestCount(t *testing.T) {
	t.Parallel()
	type step struct {
		n, limit, total int
		ok              bool
	}
	for name, steps := range map[string][]step{
		"up to the limit":       {{1, 2, 1, true}, {1, 2, 2, true}, {1, 2, 2, false}},
		"more than is left":     {{3, 5, 3, true}, {3, 5, 3, false}, {2, 5, 5, true}},
		"over at once":          {{6, 5, 0, false}, {5, 5, 5, true}},
		"a limit of zero":       {{1, 0, 0, false}, {0, 0, 0, true}},
		"no limit":              {{1000, core.NoLimit, 1000, true}, {1, core.NoLimit, 1001, true}},
		"given back":            {{5, 5, 5, true}, {-2, 5, 3, true}, {2, 5, 5, true}},
		"given back too much":   {{2, 5, 2, true}, {-3, 5, 0, true}},
		"over a lowered limit":  {{5, 5, 5, true}, {1, 3, 5, false}, {-1, 3, 4, true}, {0, 3, 4, true}},
		"read, without a count": {{4, 5, 4, true}, {0, 5, 4, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := memory.NewStore(clock.NewFake(noon()))
			for i, s := range steps {
				total, ok, err := core.Count(t.Context(), store, "counter", s.n, s.limit, time.Time{})
				if total != s.total || ok != s.ok || err != nil {
					t.Fatalf("step %d: total %d, %t, error %v; want %d, %t", i, total, ok, err, s.total, s.ok)
				}
			}
		})
	}
}

func TestCountExpires(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(noon())
	store := memory.NewStore(c)
	for range 2 { // days
		for _, want := range []int{1, 2} {
			if total, ok, err := core.Count(t.Context(), store, "day", 1, 2, c.Now().Add(time.Hour)); total != want || !ok || err != nil {
				t.Errorf("total %d, %t, error %v; want %d", total, ok, err, want)
			}
		}
		c.Advance(time.Hour)
	}
}

// TestCountRace lets workers share what a limit leaves.
func TestCountRace(t *testing.T) {
	t.Parallel()
	const limit = 30
	store := memory.NewStore(clock.System{})
	var (
		workers sync.WaitGroup
		got     atomic.Int32
	)
	for range 50 {
		workers.Go(func() {
			_, ok, err := core.Count(t.Context(), store, "counter", 1, limit, time.Time{})
			if err != nil {
				t.Error(err)
			}
			if ok {
				got.Add(1)
			}
		})
	}
	workers.Wait()
	if got.Load() != limit {
		t.Errorf("%d of 50 were let through, want %d", got.Load(), limit)
	}
}

func TestCountFails(t *testing.T) {
	t.Parallel()
	broken := core.Errorf(core.Unavailable, "broken")
	store := memory.NewStore(nil)
	if _, err := store.Put(t.Context(), []core.Record{{Key: "text", Value: []byte("many")}}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		store core.Store
		key   string
		kind  core.Kind
		want  string
	}{
		"cannot be read":    {fault{Store: store, get: broken}, "a", core.Unavailable, "broken"},
		"cannot be written": {fault{Store: store, put: broken}, "a", core.Unavailable, "broken"},
		"under siege":       {fault{Store: store, conflict: true}, "a", core.Unavailable, `counter "a" was changed by others 128 times`},
		"no number":         {store, "text", core.Internal, `counter "text" holds "many"`},
		"no key":            {store, "", core.Invalid, "must have 1 to 512 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			total, ok, err := core.Count(t.Context(), tt.store, tt.key, 1, 5, time.Time{})
			if total != 0 || ok || core.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("total %d, %t, error %v; want an error of kind %s with %q", total, ok, err, tt.kind, tt.want)
			}
		})
	}
}

func TestCheckRecords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", core.MaxKey)
	for name, tt := range map[string]struct {
		records []core.Record
		want    string // empty: no error
	}{
		"none":             {nil, ""},
		"as large as may":  {[]core.Record{{Key: long, Value: make([]byte, core.MaxValue)}, {Key: "a"}}, ""},
		"no key":           {[]core.Record{{Key: "a"}, {Key: ""}}, `[1].Key: must have 1 to 512 bytes, not ""`},
		"key too long":     {[]core.Record{{Key: long + "k"}}, "[0].Key: must have 1 to 512 bytes, not"},
		"key twice":        {[]core.Record{{Key: "a"}, {Key: "b"}, {Key: "a"}}, `[2].Key: must not come twice in one call, not "a"`},
		"value too large":  {[]core.Record{{Key: "a", Value: make([]byte, core.MaxValue+1)}}, `[0].Value: must have at most 65536 bytes, not "65537 bytes"`},
		"no key and twice": {[]core.Record{{}, {}}, "must not come twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := core.CheckRecords(tt.records)
			if tt.want == "" {
				if err != nil {
					t.Errorf("error %v, want none", err)
				}
				return
			}
			if e, ok := errors.AsType[*core.Error](err); !ok || e.Kind != core.Invalid || !strings.Contains(e.Error(), tt.want) {
				t.Errorf("error %v, want one of kind invalid with %q", err, tt.want)
			}
		})
	}
}

package ledger_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/ledger"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC)

// twin is a ledger and a store in memory, which are told the same.
type twin struct {
	t     *rapid.T
	ctx   context.Context
	now   *clock.Fake
	tape  *tape
	hash  func() func(string) uint64
	tiny  bool
	is    *ledger.Ledger
	model *memory.Store
	// revisions are those of the ledger and of the model, by the key. Older ones are
	// kept: somebody may still hold them.
	revisions map[string][][2]string
}

func (w *twin) open() {
	slack := 1 << 20
	if w.tiny {
		slack = 1 // always cleaning
	}
	l, err := ledger.Open(w.ctx, ledger.Config{Log: w.tape, Clock: w.now, Slack: slack, Hash: w.hash})
	if err != nil {
		w.t.Fatal(err)
	}
	w.is = l
}

func (w *twin) key() string {
	return rapid.SampledFrom([]string{"job/a", "job/b", "job/c", "ended/a", "ended/b", "x", "y", "job", "jo/a"}).Draw(w.t, "key")
}

// some is a time around now, or none.
func (w *twin) some(what string) time.Time {
	minutes := rapid.SampledFrom([]int{0, 0, -90, -1, 1, 1, 2, 90, 200}).Draw(w.t, what)
	if minutes == 0 {
		return time.Time{}
	}
	return w.now.Now().Add(time.Duration(minutes) * time.Minute)
}

func (w *twin) put(*rapid.T) {
	var records, models []core.Record
	for _, key := range rapid.SliceOfNDistinct(rapid.Custom(func(*rapid.T) string { return w.key() }), 1, 5, rapid.ID).Draw(w.t, "keys") {
		r := core.Record{Key: key, Due: w.some("due"), Expires: w.some("expires")}
		if rapid.IntRange(0, 4).Draw(w.t, "deleted") > 0 {
			r.Value = []byte(strings.Repeat(key, rapid.IntRange(0, 40).Draw(w.t, "size")))
		}
		m := r
		if known := w.revisions[key]; len(known) > 0 {
			back := rapid.SampledFrom([]int{0, 1, 1, 1, 1, 2}).Draw(w.t, "revision")
			if back > 0 && back <= len(known) {
				pair := known[len(known)-back]
				r.Revision, m.Revision = pair[0], pair[1]
			}
		}
		records, models = append(records, r), append(models, m)
	}
	is, err := w.is.Put(w.ctx, records)
	want, err2 := w.model.Put(w.ctx, models)
	if err != nil || err2 != nil {
		w.t.Fatal(err, err2)
	}
	for i := range is {
		if (is[i] == "") != (want[i] == "") || (is[i] == core.Deleted) != (want[i] == core.Deleted) {
			w.t.Fatalf("put %+v: revision %q, want one like %q", records[i], is[i], want[i])
		}
		if is[i] != "" && is[i] != core.Deleted {
			for _, old := range w.revisions[records[i].Key] {
				if old[0] == is[i] {
					w.t.Fatalf("revision %q of %q has been there before", is[i], records[i].Key)
				}
			}
			w.revisions[records[i].Key] = append(w.revisions[records[i].Key], [2]string{is[i], want[i]})
		}
	}
}

func (w *twin) same(is, want core.Record) {
	if is.Key != want.Key || !bytes.Equal(is.Value, want.Value) || (is.Value == nil) != (want.Value == nil) ||
		!is.Due.Equal(want.Due) || !is.Expires.Equal(want.Expires) || (is.Revision == "") != (want.Revision == "") {
		w.t.Fatalf("got %+v, want %+v", is, want)
	}
	if known := w.revisions[is.Key]; is.Revision != "" && is.Revision != known[len(known)-1][0] {
		w.t.Fatalf("%q has revision %q, want that of the latest write, %q", is.Key, is.Revision, known[len(known)-1][0])
	}
}

func (w *twin) check(*rapid.T) {
	keys := []string{"job/a", "job/b", "job/c", "ended/a", "ended/b", "x", "y", "job", "jo/a", "none"}
	is, err := w.is.Get(w.ctx, keys)
	want, err2 := w.model.Get(w.ctx, keys)
	if err != nil || err2 != nil {
		w.t.Fatal(err, err2)
	}
	for i := range is {
		w.same(is[i], want[i])
	}
	for _, prefix := range []string{"", "job/", "jo", "job/a", "x"} {
		for _, most := range []int{1, 20} {
			before := w.now.Now().Add(time.Minute)
			is, err := w.is.Due(w.ctx, prefix, before, most)
			want, err2 := w.model.Due(w.ctx, prefix, before, 20)
			if err != nil || err2 != nil || len(is) != min(most, len(want)) {
				w.t.Fatalf("below %q, %d of them: due %+v, %v, want %+v, %v", prefix, most, is, err, want, err2)
			}
			if most == 1 { // of those due at one time, any
				continue
			}
			for i := range is {
				w.same(is[i], want[i])
			}
		}
	}
}

// TestLikeAStoreInMemory: whatever is written, whenever it is opened again, and
// however often it is cleaned, also with keys whose hashes are the same.
func TestLikeAStoreInMemory(t *testing.T) {
	t.Parallel()
	hashes := map[string]func() func(string) uint64{
		"apart":    nil,
		"few":      func() func(string) uint64 { return func(key string) uint64 { return uint64(len(key)) << 30 } },
		"only one": func() func(string) uint64 { return func(string) uint64 { return 1<<40 - 1 } },
	}
	for name, hash := range hashes {
		for _, tiny := range []bool{true, false} {
			t.Run(fmt.Sprintf("hashes %s, cleaning %t", name, tiny), func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(rt *rapid.T) {
					now := clock.NewFake(noon)
					w := &twin{
						t: rt, ctx: t.Context(), now: now, tape: newTape(), hash: hash, tiny: tiny,
						model: memory.NewStore(now), revisions: map[string][][2]string{},
					}
					w.open()
					rt.Repeat(map[string]func(*rapid.T){
						"put":  w.put,
						"put2": w.put,
						"wait": func(*rapid.T) {
							now.Advance(time.Duration(rapid.IntRange(1, 100).Draw(w.t, "minutes")) * time.Minute)
						},
						"open": func(*rapid.T) { w.tape = w.tape.copy(); w.open() },
						"":     w.check,
					})
				})
			})
		}
	}
}

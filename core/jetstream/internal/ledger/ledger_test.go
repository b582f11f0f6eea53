package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/ledger"
)

// open opens a ledger that cleans as soon as half of its log is of no use.
func open(t *testing.T, log *tape, now clock.Clock) *ledger.Ledger {
	t.Helper()
	return openWith(t, ledger.Config{Log: log, Clock: now, Slack: 1})
}

// keep opens a ledger that has no reason to clean.
func keep(t *testing.T, log *tape, now clock.Clock) *ledger.Ledger {
	t.Helper()
	return openWith(t, ledger.Config{Log: log, Clock: now})
}

func openWith(t *testing.T, cfg ledger.Config) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func put(t *testing.T, l *ledger.Ledger, records ...core.Record) []string {
	t.Helper()
	revisions, err := l.Put(t.Context(), records)
	if err != nil {
		t.Fatal(err)
	}
	return revisions
}

// wantRecord looks a record up.
func wantRecord(t *testing.T, l *ledger.Ledger, want core.Record) {
	t.Helper()
	got, err := l.Get(t.Context(), []string{want.Key})
	if err != nil || !bytes.Equal(got[0].Value, want.Value) || got[0].Revision != want.Revision {
		t.Errorf("got %.80q, %v, want %.80q", fmt.Sprint(got), err, fmt.Sprint(want))
	}
}

// noise is a text of some bytes that is like no other.
func noise(of string, size int) []byte {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%s %d %x;", of, i, (i+len(of))*2654435761)
	}
	return []byte(b.String()[:size])
}

// TestTheCleanerMoves what is in use, so that the log does not grow, and nobody
// notices.
func TestTheCleanerMoves(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := open(t, log, clock.NewFake(noon))
	const kept, changing, rounds = 100, 20, 400
	held := make([]core.Record, kept)
	for i := range held {
		held[i] = core.Record{Key: fmt.Sprintf("kept/%d", i), Value: noise(fmt.Sprint("kept", i), 300), Due: noon}
		held[i].Revision = put(t, l, held[i])[0]
	}
	others := make([]core.Record, changing)
	for round := range rounds {
		for i := range others {
			others[i].Key, others[i].Value = fmt.Sprintf("changing/%d", i), noise(fmt.Sprint(round, i), 300)
		}
		for i, revision := range put(t, l, others...) {
			if others[i].Revision = revision; revision == "" {
				t.Fatalf("round %d: somebody else was faster", round)
			}
		}
	}
	const written = rounds * changing * 300
	if size := log.size(); size > written/5 || log.purges == 0 {
		t.Errorf("the log has %d bytes of %d that were written, after %d purges", size, written, log.purges)
	}
	for _, l := range []*ledger.Ledger{l, open(t, log.copy(), clock.NewFake(noon))} {
		for _, r := range slices.Concat(held, others) {
			wantRecord(t, l, r)
		}
		due, err := l.Due(t.Context(), "kept/", noon, 2*kept)
		if err != nil || len(due) != kept {
			t.Errorf("%d are due, %v, want %d", len(due), err, kept)
		}
	}
	for i, r := range held { // with the revisions of before they were moved
		r.Value = nil
		if gone := put(t, l, r); gone[0] != core.Deleted {
			t.Errorf("record %d: deleting what was moved: %q", i, gone)
		}
	}
}

// TestACrashWhileCleaning leaves what was moved twice in the log.
func TestACrashWhileCleaning(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := open(t, log, clock.NewFake(noon))
	log.purging = errors.New("no purge")
	held := core.Record{Key: "held", Value: noise("held", 300), Due: noon}
	held.Revision = put(t, l, held)[0]
	deleted := core.Record{Key: "deleted", Value: noise("deleted", 300)}
	deleted.Revision = put(t, l, deleted)[0]
	put(t, l, core.Record{Key: "deleted", Revision: deleted.Revision})
	other := core.Record{Key: "other"}
	for i := range 50 {
		other.Value = noise(fmt.Sprint(i), 300)
		other.Revision = put(t, l, other)[0]
	}
	if log.purges != 0 || log.first != 1 {
		t.Fatalf("%d purges, and the first page is %d", log.purges, log.first)
	}
	again := open(t, log.copy(), clock.NewFake(noon))
	for _, l := range []*ledger.Ledger{l, again} {
		wantRecord(t, l, held)
		wantRecord(t, l, other)
		wantRecord(t, l, core.Record{Key: "deleted"})
		if due, err := l.Due(t.Context(), "", noon, 9); err != nil || len(due) != 1 || due[0].Revision != held.Revision {
			t.Errorf("due %+v, %v", due, err)
		}
	}
	if put(t, again, held)[0] == "" {
		t.Error("what was moved cannot be written")
	}
}

// TestWhatHasExpiredLeavesTheLog, and with it what it replaced.
func TestWhatHasExpiredLeavesTheLog(t *testing.T) {
	t.Parallel()
	log, now := newTape(), clock.NewFake(noon)
	l := open(t, log, now)
	for i := range 100 {
		put(t, l, core.Record{
			Key: fmt.Sprintf("job/%d", i), Value: noise(fmt.Sprint(i), 300), Due: noon.Add(time.Hour), Expires: noon.Add(time.Minute),
		})
	}
	before := log.size()
	now.Advance(3 * time.Hour)
	for range 30 {
		put(t, l, core.Record{Key: "other", Value: noise("other", 300), Revision: revisionOf(t, l, "other")})
	}
	if size := log.size(); size > before/5 {
		t.Errorf("the log has %d bytes, and had %d", size, before)
	}
	if due, err := l.Due(t.Context(), "", now.Now(), 9); err != nil || len(due) != 0 {
		t.Errorf("due %+v, %v", due, err)
	}
}

func revisionOf(t *testing.T, l *ledger.Ledger, key string) string {
	t.Helper()
	got, err := l.Get(t.Context(), []string{key})
	if err != nil {
		t.Fatal(err)
	}
	return got[0].Revision
}

// TestAnswersAreLost: the pages whose fate nobody learnt are found before anything
// else is written.
func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	for _, stored := range []int{0, 1} {
		log := newTape()
		l := open(t, log, clock.NewFake(noon))
		r := core.Record{Key: "a", Value: []byte("one")}
		r.Revision = put(t, l, r)[0]
		log.deaf = func(int) int { return stored }
		next := r
		next.Value = []byte("two")
		if _, err := l.Put(t.Context(), []core.Record{next}); core.KindOf(err) != core.Unavailable {
			t.Errorf("stored %d: error %v", stored, err)
		}
		log.deaf = nil
		next.Value = []byte("three")
		if got := put(t, l, next)[0]; (got == "") != (stored == 1) {
			t.Errorf("stored %d: revision %q", stored, got)
		}
		want := []string{"three", "two"}[stored]
		if got, err := l.Get(t.Context(), []string{"a"}); err != nil || string(got[0].Value) != want {
			t.Errorf("stored %d: got %+v, %v, want %q", stored, got, err, want)
		}
	}
}

// TestALateReader looks up a place from which the record is moved before he comes.
func TestALateReader(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := keep(t, log, clock.NewFake(noon))
	r := core.Record{Key: "a", Value: []byte("one"), Due: noon}
	r.Revision = put(t, l, r)[0]
	for what, read := range map[string]func() ([]core.Record, error){
		"get": func() ([]core.Record, error) { return l.Get(t.Context(), []string{"a"}) },
		"due": func() ([]core.Record, error) { return l.Due(t.Context(), "", noon, 1) },
	} {
		once := true
		log.reading = func() error {
			if once { // another writes, and the page is removed
				once = false
				log.mu.Unlock()
				defer log.mu.Lock()
				next, err := l.Put(t.Context(), []core.Record{r})
				r.Revision = next[0]
				_, last, _ := log.Bounds(t.Context())
				return errors.Join(err, log.Purge(t.Context(), last))
			}
			return nil
		}
		if got, err := read(); err != nil || len(got) != 1 || got[0].Revision != r.Revision {
			t.Errorf("%s: got %+v, %v, want %+v", what, got, err, r)
		}
	}
}

// TestLostPages: what was not on the disk when the machine crashed does not exist.
func TestLostPages(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := keep(t, log, clock.NewFake(noon))
	var revisions []string
	r := core.Record{Key: "a", Due: noon}
	for i := range 3 {
		r.Value = []byte(fmt.Sprint(i))
		r.Revision = put(t, l, r)[0]
		revisions = append(revisions, r.Revision)
	}
	crashed := log.copy()
	crashed.pages[1] = nil // between the others
	l = keep(t, crashed, clock.NewFake(noon))
	wantRecord(t, l, r)
	if due, err := l.Due(t.Context(), "", noon, 9); err != nil || len(due) != 1 || due[0].Revision != r.Revision {
		t.Errorf("due %+v, %v", due, err)
	}
	if gone := put(t, l, core.Record{Key: "a", Revision: r.Revision})[0]; gone != core.Deleted {
		t.Errorf("deleted: %q", gone)
	}
	wantRecord(t, l, core.Record{Key: "a"})
	crashed = log.copy()
	crashed.pages = crashed.pages[:2] // the last one
	wantRecord(t, keep(t, crashed, clock.NewFake(noon)), core.Record{Key: "a", Value: []byte("1"), Revision: revisions[1]})
}

func TestFaultsOfTheLog(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := open(t, log, clock.NewFake(noon))
	r := core.Record{Key: "a", Value: []byte("one"), Due: noon}
	put(t, l, r)
	log.reading = func() error { return errLost }
	_, errGet := l.Get(t.Context(), []string{"a"})
	_, errDue := l.Due(t.Context(), "", noon, 1)
	_, errPut := l.Put(t.Context(), []core.Record{r}) // is it the same key?
	_, errOpen := ledger.Open(t.Context(), ledger.Config{Log: log, Clock: clock.NewFake(noon)})
	for i, err := range []error{errGet, errDue, errPut, errOpen} {
		if !errors.Is(err, errLost) {
			t.Errorf("error %d is %v", i, err)
		}
	}
	log.reading = nil
	log.pages[0] = []byte("garbage")
	_, errGet = l.Get(t.Context(), []string{"a"})
	_, errOpen = ledger.Open(t.Context(), ledger.Config{Log: log, Clock: clock.NewFake(noon)})
	for i, err := range []error{errGet, errOpen} {
		if core.KindOf(err) != core.Internal {
			t.Errorf("error %d is %v", i, err)
		}
	}
	log.pages[0] = nil
	_, errGet = l.Get(t.Context(), []string{"a"})
	if core.KindOf(errGet) != core.Internal {
		t.Errorf("a page is gone: %v", errGet)
	}
}

// TestAPutIsGivenUp, and what it wanted to write may be changed by then.
func TestAPutIsGivenUp(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := open(t, log, clock.NewFake(noon))
	ctx, cancel := context.WithCancel(t.Context())
	log.mu.Lock()
	value := []byte("one")
	done := make(chan error)
	go func() {
		_, err := l.Put(ctx, []core.Record{{Key: "a", Value: value}})
		done <- err
	}()
	cancel()
	err := <-done
	value[0] = 'x'
	log.mu.Unlock()
	if core.KindOf(err) != core.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if got, err := l.Get(t.Context(), []string{"a"}); err != nil || got[0].Revision != "" && string(got[0].Value) != "one" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestManyWriteWhileItIsCleaned: of those who write one record, one at a time wins.
func TestManyWriteWhileItIsCleaned(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := open(t, log, clock.System{})
	const writers, each = 16, 100
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			own := core.Record{Key: fmt.Sprintf("own/%d", w), Due: noon}
			for i := range each {
				own.Value = noise(fmt.Sprint(w, i), 500)
				revisions, err := l.Put(t.Context(), []core.Record{own})
				if err != nil || revisions[0] == "" {
					t.Errorf("writer %d: %q, %v", w, revisions, err)
					return
				}
				own.Revision = revisions[0]
				for won := false; !won; {
					shared, err := l.Get(t.Context(), []string{"shared"})
					if err != nil {
						t.Error(err)
						return
					}
					shared[0].Value = append(shared[0].Value, 1)
					revisions, err := l.Put(t.Context(), shared)
					if err != nil {
						t.Error(err)
						return
					}
					won = revisions[0] != ""
				}
			}
		})
	}
	running.Wait()
	for _, l := range []*ledger.Ledger{l, open(t, log.copy(), clock.System{})} {
		got, err := l.Get(t.Context(), []string{"shared"})
		if err != nil || len(got[0].Value) != writers*each {
			t.Errorf("%d of %d writes won, %v", len(got[0].Value), writers*each, err)
		}
		if due, err := l.Due(t.Context(), "own/", noon, 2*writers); err != nil || len(due) != writers {
			t.Errorf("%d are due, %v", len(due), err)
		}
	}
	if log.purges == 0 {
		t.Error("nothing was cleaned")
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(noon)
	l := open(t, newTape(), now)
	l.Limit(1000)
	put(t, l, core.Record{Key: "a", Value: noise("a", 700), Expires: noon.Add(time.Minute)})
	_, err := l.Put(t.Context(), []core.Record{{Key: "b", Value: noise("b", 700)}})
	if core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "maximum bytes exceeded") {
		t.Errorf("error %v", err)
	}
	now.Advance(2 * time.Hour) // what has expired makes room
	put(t, l, core.Record{Key: "b", Value: noise("b", 700)})
}

func TestAnotherWriterIsRefused(t *testing.T) {
	t.Parallel()
	log := newTape()
	l, err := ledger.Open(t.Context(), ledger.Config{Log: crowded{log}, Clock: clock.NewFake(noon)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Put(t.Context(), []core.Record{{Key: "a", Value: []byte("one")}})
	if core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "somebody else writes") {
		t.Errorf("error %v", err)
	}
}

// crowded is a log in which somebody else is always faster.
type crowded struct{ *tape }

func (crowded) Append(context.Context, uint64, [][]byte) (int, error) { return 0, ledger.ErrBehind }

func TestInvalid(t *testing.T) {
	t.Parallel()
	l := open(t, newTape(), clock.NewFake(noon))
	_, errGet := l.Get(t.Context(), []string{""})
	_, errPut := l.Put(t.Context(), []core.Record{{Key: ""}})
	if core.KindOf(errGet) != core.Invalid || core.KindOf(errPut) != core.Invalid {
		t.Errorf("errors %v and %v", errGet, errPut)
	}
	if revisions := put(t, l); len(revisions) != 0 {
		t.Errorf("nothing has revisions %q", revisions)
	}
}

package ledger_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/ledger"
)

// TestARevisionOfAnotherRecord is refused, also of one on the same page.
func TestARevisionOfAnotherRecord(t *testing.T) {
	t.Parallel()
	later := noon.Add(time.Hour)
	for name, other := range map[string]core.Record{
		"the same times": {Key: "b", Value: []byte("b"), Due: noon, Expires: later},
		"other times":    {Key: "b", Value: []byte("b"), Due: later},
	} {
		l := open(t, newTape(), clock.NewFake(noon))
		a := core.Record{Key: "a", Value: []byte("a"), Due: noon, Expires: later}
		revisions := put(t, l, a, other)
		if got := put(t, l, core.Record{Key: "a", Value: []byte("x"), Revision: revisions[1]})[0]; got != "" {
			t.Errorf("%s: a was written with the revision of b: %q", name, got)
		}
		a.Revision, other.Revision = revisions[0], revisions[1]
		wantRecord(t, l, a)
		wantRecord(t, l, other)
	}
}

// TestHashesDifferEachTime: two keys that were told apart when a page was written may
// have one hash when it is read again.
func TestHashesDifferEachTime(t *testing.T) {
	t.Parallel()
	log, now := newTape(), clock.NewFake(noon)
	all := []core.Record{{Key: "a", Value: []byte("a"), Due: noon}, {Key: "b", Value: []byte("b"), Due: noon}, {Key: "c", Value: []byte("c")}}
	for i, revision := range put(t, open(t, log, now), all...) {
		all[i].Revision = revision
	}
	tries := 0
	hashes := func() func(string) uint64 {
		tries++
		if tries < 3 {
			return func(string) uint64 { return 7 }
		}
		return func(key string) uint64 {
			h := fnv.New64()
			_, _ = h.Write([]byte(key))
			return h.Sum64()
		}
	}
	l := openWith(t, ledger.Config{Log: log, Clock: now, Slack: 1, Hash: hashes})
	if put(t, l, core.Record{Key: "a", Revision: all[0].Revision})[0] != core.Deleted {
		t.Error("a is not deleted")
	}
	wantRecord(t, l, core.Record{Key: "a"})
	for _, r := range all[1:] {
		wantRecord(t, l, r)
	}
	if due, err := l.Due(t.Context(), "", noon, 9); err != nil || len(due) != 1 || due[0].Key != "b" {
		t.Errorf("due %+v, %v", due, err)
	}
	_, err := ledger.Open(t.Context(), ledger.Config{Log: log.copy(), Clock: now, Hash: func() func(string) uint64 {
		return func(string) uint64 { return 7 }
	}})
	if core.KindOf(err) != core.Internal {
		t.Errorf("no hash tells two keys of a page apart: %v", err)
	}
}

// TestCloseEndsThoseWhoWrite: it need not wait until nobody wants to any more.
func TestCloseEndsThoseWhoWrite(t *testing.T) {
	t.Parallel()
	l := open(t, newTape(), clock.System{})
	const writers = 8
	ended := make(chan error, writers)
	begun := make(chan struct{}, writers)
	for w := range writers {
		go func() {
			r := core.Record{Key: fmt.Sprint(w), Value: []byte("x")}
			for i := 0; ; i++ {
				revisions, err := l.Put(context.Background(), []core.Record{r})
				if err != nil {
					ended <- err
					return
				}
				if r.Revision = revisions[0]; i == 10 {
					begun <- struct{}{}
				}
			}
		}()
	}
	for range writers {
		<-begun
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	for range writers {
		if err := <-ended; core.KindOf(err) != core.Unavailable {
			t.Errorf("error %v", err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.Put(t.Context(), []core.Record{{Key: "late", Value: []byte("x")}}); core.KindOf(err) != core.Unavailable {
		t.Errorf("written after it was closed: %v", err)
	}
	if got, err := l.Get(t.Context(), []string{"late"}); err != nil || got[0].Revision != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestAPageThatIsGone is an error, and no reason to make a record anew or to leave
// it out.
func TestAPageThatIsGone(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := open(t, log, clock.NewFake(noon))
	put(t, l, core.Record{Key: "a", Value: []byte("a"), Due: noon})
	put(t, l, core.Record{Key: "b", Value: []byte("b"), Due: noon})
	page := log.pages[0]
	log.pages[0] = nil
	_, errPut := l.Put(t.Context(), []core.Record{{Key: "a", Value: []byte("x")}})
	_, errDue := l.Due(t.Context(), "", noon, 9)
	_, errGet := l.Get(t.Context(), []string{"a"})
	for i, err := range []error{errPut, errDue, errGet} {
		if core.KindOf(err) != core.Internal {
			t.Errorf("error %d is %v", i, err)
		}
	}
	log.pages[0] = page
	if due, err := l.Due(t.Context(), "", noon, 9); err != nil || len(due) != 2 {
		t.Errorf("due %+v, %v", due, err)
	}
}

// TestRecordsThatExpireInYears are there until then, longer than hours are counted.
func TestRecordsThatExpireInYears(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	log, now := newTape(), clock.NewFake(noon)
	l := open(t, log, now)
	all := []core.Record{
		{Key: "a/1", Value: []byte("x"), Due: noon, Expires: noon.Add(time.Hour)},
		{Key: "a/7", Value: []byte("x"), Due: noon, Expires: noon.Add(7 * year)},
		{Key: "a/9", Value: []byte("x"), Due: noon, Expires: noon.Add(9 * year)},
		{Key: "a/100", Value: []byte("x"), Due: noon, Expires: noon.Add(100 * year)},
		{Key: "a/never", Value: []byte("x"), Due: noon},
	}
	for i, revision := range put(t, l, all...) {
		all[i].Revision = revision
	}
	other := core.Record{Key: "other", Value: noise("other", 300)}
	for years, want := range []int{5, 4, 4, 4, 4, 4, 4, 3, 3, 2, 2} {
		for range 20 { // so that it sweeps and cleans
			other.Revision = put(t, l, other)[0]
		}
		for _, l := range []*ledger.Ledger{l, keep(t, log.copy(), now)} {
			due, err := l.Due(t.Context(), "a/", now.Now(), 9)
			if err != nil || len(due) != want {
				t.Errorf("after %d years %d are due, %v, want %d", years, len(due), err, want)
			}
			for _, r := range all[len(all)-want:] {
				wantRecord(t, l, r)
			}
			for _, r := range all[:len(all)-want] {
				wantRecord(t, l, core.Record{Key: r.Key})
			}
		}
		now.Advance(year)
	}
}

// TestOneLargePut, of as many records as any caller writes, all as large as may be.
func TestOneLargePut(t *testing.T) {
	t.Parallel()
	log := newTape()
	l := open(t, log, clock.NewFake(noon))
	records := make([]core.Record, 80)
	value := noise("large", core.MaxValue)
	for i := range records {
		records[i] = core.Record{Key: strings.Repeat("k", core.MaxKey-4) + fmt.Sprintf("%04d", i), Value: value, Due: noon}
	}
	for range 2 {
		for i, revision := range put(t, l, records...) {
			if records[i].Revision = revision; revision == "" {
				t.Fatalf("record %d was not written", i)
			}
		}
	}
	for _, l := range []*ledger.Ledger{l, keep(t, log.copy(), clock.NewFake(noon))} {
		for _, r := range records[:3] {
			wantRecord(t, l, r)
		}
		if due, err := l.Due(t.Context(), records[0].Key[:9], noon, 9999); err != nil || len(due) != len(records) {
			t.Errorf("%d are due, %v", len(due), err)
		}
	}
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
)

// examined runs one check in virtual time.
func examined(t *testing.T, name string, newHarness func() Harness) (err error) {
	t.Helper()
	i := slices.IndexFunc(checks(), func(c check) bool { return c.name == name })
	if i < 0 {
		t.Fatalf("no check %q", name)
	}
	synctest.Test(t, func(t *testing.T) { err = checks()[i].examine(t, newHarness()) })
	return err
}

func TestGoodStorePasses(t *testing.T) {
	t.Parallel()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := examined(t, c.name, func() Harness { return harness(flawed{}) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRun meets a store without an engine in real time.
func TestRun(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) Harness {
		h := harness(flawed{})
		h.Crash = nil
		return h
	})
}

func TestDefectsAreFound(t *testing.T) {
	t.Parallel()
	broken := core.Errorf(core.Unavailable, "broken")
	type due = func(context.Context, core.Store, string, time.Time, int) ([]core.Record, error)
	dues := func(f due) flawed { return flawed{due: f} }
	tests := []struct {
		check, name string
		flawed      flawed
		want        string // in the complaint
	}{
		{"missing", "key lost", found(func(r *core.Record) { r.Key = "" }), `key of the record found is , want a`},
		{"missing", "empty value", found(func(r *core.Record) { r.Value = []byte{} }), "a key that was never written: record is"},
		{"missing", "left out", flawed{get: func(context.Context, core.Store, []string) ([]core.Record, error) { return nil, nil }}, "0 records, want 1"},
		{"create", "over another", blind(), "want a conflict"},
		{"create", "never", revised(func(int, string) string { return "" }), "conflict, want it written"},
		{"create", "no revisions", flawed{put: func(context.Context, core.Store, []core.Record) ([]string, error) { return nil, nil }}, "0 revisions, want 1"},
		{"create", "due in whole seconds", each(func(r *core.Record) { r.Due = r.Due.Add(-time.Millisecond) }), "record is"},
		{"create", "expiry lost", each(func(r *core.Record) { r.Expires = time.Time{} }), "record is"},
		{"update", "over another", blind(), "put of an old one with revision"},
		{"update", "revision stays", revised(func(int, string) string { return "1" }), `the revision is still "1"`},
		{"delete", "kept", each(func(r *core.Record) {
			if r.Value == nil {
				r.Value = []byte{}
			}
		}), "with a value: false"},
		{"delete", "of another", blind(), "put of nothing over an old one"},
		{"revision never comes back", "hash of the value", hashed(), "came back after the record was deleted"},
		{"nothing asked for", "fails", flawed{get: func(context.Context, core.Store, []string) ([]core.Record, error) { return nil, broken }}, "broken"},
		{"several at once", "all or none", flawed{put: func(ctx context.Context, s core.Store, all []core.Record) ([]string, error) {
			if all[1].Revision != "" {
				return make([]string, len(all)), nil
			}
			return s.Put(ctx, all)
		}}, `revision of a delete is , want deleted`},
		{"several at once", "other order", flawed{get: func(ctx context.Context, s core.Store, keys []string) ([]core.Record, error) {
			all, err := s.Get(ctx, keys)
			slices.SortFunc(all, func(a, b core.Record) int { return strings.Compare(a.Key, b.Key) })
			return all, err
		}}, "at 1: record is"},
		{"several at once", "conflict in silence", revised(func(i int, _ string) string { return fmt.Sprint("r", i) }), "revision of a conflict is r0"},
		{"same key twice", "taken", wrote(func(all []core.Record) []core.Record { return all[:1] }), "put of a key twice: no error"},
		{"odd keys", "case ignored", each(func(r *core.Record) { r.Key = strings.ToLower(r.Key) }), "must not come twice"},
		{"odd keys", "trimmed", found(func(r *core.Record) { r.Key = strings.TrimSpace(r.Key) }), `odd key " "`},
		{"odd keys", "pattern for prefix", dues(func(ctx context.Context, s core.Store, prefix string, before time.Time, most int) ([]core.Record, error) {
			return s.Due(ctx, strings.TrimRight(prefix, "*>"), before, most)
		}), `due below "*" lists`},
		{"odd keys", "prefix not found", dues(func(ctx context.Context, s core.Store, prefix string, before time.Time, most int) ([]core.Record, error) {
			return s.Due(ctx, strings.ReplaceAll(prefix, "\x00", "0"), before, most)
		}), "lists nothing"},
		{"impossible keys", "taken", wrote(func(all []core.Record) []core.Record { return all[:1] }), "put of an empty key: no error"},
		{"impossible keys", "foreign type", flawed{get: func(context.Context, core.Store, []string) ([]core.Record, error) {
			return nil, errors.New("no")
		}}, "want a core.Error"},
		{"impossible keys", "wrong kind", flawed{get: func(context.Context, core.Store, []string) ([]core.Record, error) { return nil, broken }}, "kind unavailable, want invalid"},
		{"values of any size", "empty is none", found(func(r *core.Record) {
			if len(r.Value) == 0 {
				r.Value = nil
			}
		}), "value of 0 bytes"},
		{"too large a value", "cut", each(func(r *core.Record) { r.Value = r.Value[:1] }), "too large: no error"},
		{"context has ended", "ignored", dues(func(context.Context, core.Store, string, time.Time, int) ([]core.Record, error) { return nil, nil }), "due whose context has ended: no error"},
		{"context has ended", "cause lost", dues(func(context.Context, core.Store, string, time.Time, int) ([]core.Record, error) { return nil, broken }), "want one that is context canceled"},
		{"expires", "is seen for an hour more", lingering(), "after it expired"},
		{"expires", "too late", each(func(r *core.Record) { r.Expires = r.Expires.Add(time.Second) }), "before it expires"},
		{"has expired", "still there", each(func(r *core.Record) { r.Expires = time.Time{} }), "that had expired when it was written"},
		{"expiry moves", "only once", each(func(r *core.Record) {
			if r.Revision != "" {
				r.Expires = time.Time{}
			}
		}), "that now expires sooner"},
		{"due", "latest first", listing(func(all []core.Record) []core.Record { slices.Reverse(all); return all }), "due at the second's time"},
		{"due", "all of them", dues(func(ctx context.Context, s core.Store, prefix string, before time.Time, _ int) ([]core.Record, error) {
			return s.Due(ctx, prefix, before, 100)
		}), "due two of them"},
		{"due", "not at its time", dues(func(ctx context.Context, s core.Store, prefix string, before time.Time, most int) ([]core.Record, error) {
			return s.Due(ctx, prefix, before.Add(-1), most)
		}), "due at the first's time"},
		{"due", "without value", listing(func(all []core.Record) []core.Record {
			for i := range all {
				all[i].Value = nil
			}
			return all
		}), "none: true"},
		{"due below a prefix", "of others too", dues(func(ctx context.Context, s core.Store, prefix string, before time.Time, most int) ([]core.Record, error) {
			return s.Due(ctx, prefix[:min(3, len(prefix))], before, most)
		}), "due below job/:"},
		{"due below a prefix", "by folder only", dues(func(ctx context.Context, s core.Store, prefix string, before time.Time, most int) ([]core.Record, error) {
			return s.Due(ctx, strings.TrimSuffix(prefix, "/")+"/", before, most)
		}), "due below jo:"},
		{"due time moves", "stays off", each(func(r *core.Record) {
			if r.Revision != "" && r.Due.IsZero() {
				r.Due = now().Add(-time.Hour)
			}
		}), "due after changes"},
		{"due until it expires", "uses up a place", listing(func(all []core.Record) []core.Record {
			return slices.DeleteFunc(all, func(r core.Record) bool { return r.Key == "job/b" })
		}), "due"},
		{"due for one worker", "for all", slow(blind()), "jobs taken"},
		{"one creator wins", "all win", revised(func(int, string) string { return "1" }), "number of creators that won is 50"},
		{"no increment is lost", "some are", slow(blind()), "sum of all counters"},
	}
	for _, tt := range tests {
		t.Run(tt.check+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			complains(t, tt.check, func() Harness { return harness(tt.flawed) }, tt.want)
		})
	}
}

// complains wants a check to find something.
func complains(t *testing.T, check string, newHarness func() Harness, want string) {
	t.Helper()
	err := examined(t, check, newHarness)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("complaint %q, want %q in it", fmt.Sprint(err), want)
	}
}

// forgetful is a store that begins anew after a crash, and with each handle if
// it cannot be reopened either.
func forgetful(reopens bool) Harness {
	s := memory.NewStore(clock.System{})
	opened := 0
	return Harness{
		Open: func(*testing.T) core.Store {
			opened++
			if opened > 1 && !reopens {
				s = memory.NewStore(clock.System{})
			}
			return flawed{Store: s}
		},
		Crash: func(*testing.T) { s = memory.NewStore(clock.System{}) },
	}
}

func TestLossIsFound(t *testing.T) {
	t.Parallel()
	for check, reopens := range map[string]bool{"reopened": false, "crash at rest": true, "crash in mid-run": true} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			complains(t, check, func() Harness { return forgetful(reopens) }, "after")
		})
	}
}

// TestCrashBreaksHandles lets calls fail although they have written.
func TestCrashBreaksHandles(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	err := examined(t, "crash in mid-run", func() Harness {
		return harness(flawed{put: func(ctx context.Context, s core.Store, all []core.Record) ([]string, error) {
			revisions, err := s.Put(ctx, all)
			if calls.Add(1)%3 == 0 {
				return nil, core.Errorf(core.Unavailable, "the engine is gone")
			}
			return revisions, err
		}})
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFailuresAreReported lets each call of each check fail: none goes unseen.
func TestFailuresAreReported(t *testing.T) {
	t.Parallel()
	for _, c := range checks() {
		if c.name == "crash in mid-run" { // where calls may fail
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{"get", "put", "due"} {
				for n := int32(1); n <= 12; n++ {
					f, calls := failing(method, n)
					err := examined(t, c.name, func() Harness { return harness(f) })
					if calls.Load() < n {
						break
					}
					if err == nil {
						t.Errorf("call %d of %s failed, and the check passed", n, method)
					}
				}
			}
		})
	}
}

// failing is a store of which one method fails when it is called for the n-th
// time, and the count of its calls.
func failing(method string, n int32) (flawed, *atomic.Int32) {
	var calls atomic.Int32
	var once sync.Once
	broken := func() (err error) {
		if calls.Add(1) >= n {
			once.Do(func() { err = core.Errorf(core.Internal, "broken") })
		}
		return err
	}
	var f flawed
	switch method {
	case "get":
		f.get = func(ctx context.Context, s core.Store, keys []string) ([]core.Record, error) {
			if err := broken(); err != nil {
				return nil, err
			}
			return s.Get(ctx, keys)
		}
	case "put":
		f.put = func(ctx context.Context, s core.Store, all []core.Record) ([]string, error) {
			if err := broken(); err != nil {
				return nil, err
			}
			return s.Put(ctx, all)
		}
	case "due":
		f.due = func(ctx context.Context, s core.Store, prefix string, before time.Time, most int) ([]core.Record, error) {
			if err := broken(); err != nil {
				return nil, err
			}
			return s.Due(ctx, prefix, before, most)
		}
	}
	return f, &calls
}

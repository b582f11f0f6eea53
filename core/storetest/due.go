package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// plan writes records that are due some milliseconds after a time.
func plan(t *testing.T, s core.Store, base time.Time, due map[string]int) (map[string]core.Record, error) {
	t.Helper()
	all := make(map[string]core.Record, len(due))
	for key, ms := range due {
		r, err := written(t.Context(), s, core.Record{
			Key: key, Value: []byte("value of " + key), Due: base.Add(time.Duration(ms) * time.Millisecond),
		})
		if err != nil {
			return nil, err
		}
		all[key] = r
	}
	return all, nil
}

func checkDue(t *testing.T, h Harness) error {
	ctx, s, other := t.Context(), h.open(t), h.open(t)
	base := now().Add(-time.Hour)
	// In order of neither key, value nor writing; far apart and a millisecond apart.
	all, err := plan(t, s, base, map[string]int{
		"job/c": 0, "job/a": 1, "job/d": 2, "job/b": 1000, "job/f": 60_000, "job/e": 7_200_000,
	})
	if err != nil {
		return err
	}
	if _, err := written(ctx, s, core.Record{Key: "job/never", Value: []byte("x")}); err != nil {
		return err
	}
	c, a, d, b, f, e := all["job/c"], all["job/a"], all["job/d"], all["job/b"], all["job/f"], all["job/e"]
	at := func(ms int) time.Time { return base.Add(time.Duration(ms) * time.Millisecond) }
	return errors.Join(
		listed(ctx, other, "before all", "job/", at(-1), 10),
		listed(ctx, other, "at the first's time", "job/", at(0), 10, c),
		listed(ctx, other, "at the second's time", "job/", at(1), 10, c, a),
		listed(ctx, other, "now", "job/", now(), 10, c, a, d, b, f),
		listed(ctx, other, "two of them", "job/", now(), 2, c, a),
		listed(ctx, other, "none of them", "job/", now(), 0),
		listed(ctx, other, "in the far future", "job/", at(365*24*3600*1000), 10, c, a, d, b, f, e),
	)
}

func checkPrefix(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	all, err := plan(t, s, now().Add(-time.Minute), map[string]int{
		"job/a": 1, "jobs/a": 2, "job": 3, "job/b": 4, "Job/a": 5, "task/job/a": 6, "job/a/x": 7, "job.a": 8,
	})
	if err != nil {
		return err
	}
	return errors.Join(
		listed(ctx, s, "below job/", "job/", now(), 10, all["job/a"], all["job/b"], all["job/a/x"]),
		listed(ctx, s, "two below job/", "job/", now(), 2, all["job/a"], all["job/b"]),
		listed(ctx, s, "below job/a", "job/a", now(), 10, all["job/a"], all["job/a/x"]),
		listed(ctx, s, "below job/a/", "job/a/", now(), 1, all["job/a/x"]),
		listed(ctx, s, "below task/", "task/", now(), 10, all["task/job/a"]),
		listed(ctx, s, "below jo", "jo", now(), 10,
			all["job/a"], all["jobs/a"], all["job"], all["job/b"], all["job/a/x"], all["job.a"]),
		listed(ctx, s, "below what is not there", "nothing/", now(), 10),
	)
}

func checkDueMoves(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	base := now().Add(-time.Hour)
	all, err := plan(t, s, base, map[string]int{"job/a": 1, "job/b": 2, "job/c": 3, "job/d": 4, "job/e": 5})
	if err != nil {
		return err
	}
	moved, off, gone, far, same := all["job/a"], all["job/b"], all["job/c"], all["job/d"], all["job/e"]
	moved.Due, off.Due, gone.Value, far.Due, same.Value = base.Add(time.Minute), time.Time{}, nil, now().Add(time.Hour), []byte("new")
	for _, r := range []*core.Record{&moved, &off, &gone, &far, &same} {
		if *r, err = written(ctx, s, *r); err != nil {
			return err
		}
	}
	stale := all["job/a"]
	stale.Due = base
	if err := errors.Join(
		refused(ctx, s, "of another due time", stale),
		listed(ctx, s, "after changes", "job/", now(), 10, same, moved),
		listed(ctx, s, "later", "job/", now().Add(2*time.Hour), 10, same, moved, far),
	); err != nil {
		return err
	}
	off.Due = base
	if off, err = written(ctx, s, off); err != nil {
		return err
	}
	return listed(ctx, s, "after one came back", "job/", now(), 10, off, same, moved)
}

func checkDueExpires(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	due, end := now().Add(-time.Minute), now().Add(life)
	short, err := written(ctx, s, core.Record{Key: "job/a", Value: []byte("x"), Due: due, Expires: end})
	if err != nil {
		return err
	}
	long, err := written(ctx, s, core.Record{Key: "job/b", Value: []byte("x"), Due: due.Add(time.Second)})
	if err != nil {
		return err
	}
	if err := listed(ctx, s, "before it expires", "job/", now(), 10, short, long); err != nil && now().Before(end) {
		return err
	}
	pause(ctx, end.Sub(now())+time.Millisecond)
	// What has expired must not use up the places of what is due.
	return listed(ctx, s, "after it expired", "job/", now(), 1, long)
}

// checkDueOnce lets workers take what is due by moving its time on: each record
// falls to one of them.
func checkDueOnce(t *testing.T, h Harness) error {
	const jobs = 40
	ctx, handles := t.Context(), []core.Store{h.open(t), h.open(t), h.open(t)}
	records := make([]core.Record, jobs)
	for i := range records {
		records[i] = core.Record{Key: fmt.Sprintf("job/%d", i), Value: []byte("x"), Due: now().Add(-time.Minute)}
	}
	if _, err := handles[0].Put(ctx, records); err != nil {
		return err
	}
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		taken   []string
		errs    []error
	)
	note := func(won []string, err error) {
		mu.Lock()
		defer mu.Unlock()
		taken = append(taken, won...)
		errs = append(errs, err)
	}
	for i := range 10 {
		s := handles[i%len(handles)]
		workers.Go(func() {
			for {
				due, err := s.Due(ctx, "job/", now(), 5)
				if err != nil || len(due) == 0 {
					note(nil, err)
					return
				}
				for j := range due {
					due[j].Due = now().Add(time.Hour)
				}
				revisions, err := s.Put(ctx, due)
				var won []string
				for j, revision := range revisions {
					if revision != "" {
						won = append(won, due[j].Key)
					}
				}
				note(won, err)
				if err != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	slices.Sort(taken)
	each := len(slices.Compact(slices.Clone(taken)))
	return errors.Join(errors.Join(errs...), equal("jobs taken", len(taken), jobs), equal("different jobs taken", each, jobs))
}

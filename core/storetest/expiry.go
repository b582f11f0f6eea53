package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func checkExpires(t *testing.T, h Harness) error {
	ctx, s, other := t.Context(), h.open(t), h.open(t)
	end := now().Add(life)
	short, err := written(ctx, s, core.Record{Key: "a", Value: []byte("one"), Expires: end})
	if err != nil {
		return err
	}
	long, err := written(ctx, s, core.Record{Key: "b", Value: []byte("one"), Expires: end.Add(time.Hour)})
	if err != nil {
		return err
	}
	if err := holds(ctx, other, "before it expires", short); err != nil && now().Before(end) {
		return err
	}
	pause(ctx, end.Sub(now())+time.Millisecond)
	stale := short
	stale.Value, stale.Expires = []byte("two"), time.Time{}
	if err := errors.Join(
		lacks(ctx, other, "after it expired", "a"),
		refused(ctx, s, "over what has expired", stale),
		lacks(ctx, other, "after a conflict", "a"),
		holds(ctx, other, "that lives longer", long),
	); err != nil {
		return err
	}
	again, err := written(ctx, s, core.Record{Key: "a", Value: []byte("three")})
	if err != nil {
		return err
	}
	if again.Revision == short.Revision {
		err = errors.New("a revision came back after the record expired")
	}
	pause(ctx, life/2) // what cleans up the old one must leave the new one alone
	return errors.Join(err, holds(ctx, other, "created again after it expired", again))
}

func checkExpired(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	past := now().Add(-time.Hour)
	if _, err := s.Put(ctx, []core.Record{{Key: "a", Value: []byte("one"), Due: past, Expires: past}}); err != nil {
		return err
	}
	if err := errors.Join(
		lacks(ctx, s, "that had expired when it was written", "a"),
		listed(ctx, s, "that had expired when it was written", "a", now(), 10),
	); err != nil {
		return err
	}
	r, err := written(ctx, s, core.Record{Key: "a", Value: []byte("two")})
	return errors.Join(err, holds(ctx, s, "written after that", r))
}

func checkExpiryMoves(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	end := now().Add(life)
	errs := []error{}
	kept := map[string]core.Record{}
	for key, expires := range map[string]time.Time{"never": {}, "later": end.Add(time.Hour)} {
		r, err := written(ctx, s, core.Record{Key: key, Value: []byte("one"), Expires: end})
		if err != nil {
			return err
		}
		r.Expires = expires
		if kept[key], err = written(ctx, s, r); err != nil {
			return err
		}
	}
	r, err := written(ctx, s, core.Record{Key: "sooner", Value: []byte("one")})
	if err != nil {
		return err
	}
	r.Expires = end
	if _, err = written(ctx, s, r); err != nil {
		return err
	}
	pause(ctx, end.Sub(now())+life/2)
	for key, r := range kept {
		errs = append(errs, holds(ctx, s, "that now expires "+key, r))
	}
	return errors.Join(append(errs, lacks(ctx, s, "that now expires sooner", "sooner"))...)
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func checkMissing(t *testing.T, h Harness) error {
	return lacks(t.Context(), h.open(t), "a key that was never written", "a")
}

func checkCreate(t *testing.T, h Harness) error {
	ctx, s, other := t.Context(), h.open(t), h.open(t)
	want, err := written(ctx, s, core.Record{
		Key: "a", Value: []byte("one\x00\xff"), Due: now().Add(time.Hour), Expires: now().Add(2 * time.Hour),
	})
	if err != nil {
		return err
	}
	plain, err := written(ctx, s, core.Record{Key: "plain", Value: []byte("one")})
	return errors.Join(err,
		holds(ctx, other, "after it was created", want),
		holds(ctx, other, "without due time and expiry", plain),
		refused(ctx, other, "of what exists", core.Record{Key: "a", Value: []byte("two")}),
		holds(ctx, other, "after a conflict", want),
	)
}

func checkUpdate(t *testing.T, h Harness) error {
	ctx, s, other := t.Context(), h.open(t), h.open(t)
	first, err := written(ctx, s, core.Record{Key: "a", Value: []byte("one"), Due: now().Add(time.Hour)})
	if err != nil {
		return err
	}
	next := first
	next.Value, next.Due, next.Expires = []byte("two"), time.Time{}, now().Add(time.Hour)
	next, err = written(ctx, other, next)
	if err != nil {
		return err
	}
	stale := first
	stale.Value = []byte("three")
	made, foreign := core.Record{Key: "b", Value: []byte("x"), Revision: next.Revision}, next
	foreign.Value, foreign.Revision = []byte("four"), "no such revision"
	return errors.Join(
		holds(ctx, s, "after an update", next),
		refused(ctx, s, "of an old one", stale),
		refused(ctx, s, "of an old one once more", stale),
		refused(ctx, s, "of an invented one", foreign),
		refused(ctx, s, "of what does not exist", made),
		holds(ctx, s, "after conflicts", next),
		lacks(ctx, s, "after a conflict", "b"),
	)
}

func checkDelete(t *testing.T, h Harness) error {
	ctx, s, other := t.Context(), h.open(t), h.open(t)
	first, err := written(ctx, s, core.Record{Key: "a", Value: []byte("one")})
	if err != nil {
		return err
	}
	second := first
	second.Value = []byte("two")
	if second, err = written(ctx, s, second); err != nil {
		return err
	}
	first.Value = nil
	if err := errors.Join(
		refused(ctx, other, "of nothing over an old one", first),
		refused(ctx, other, "of nothing over what should not exist", core.Record{Key: "a"}),
		holds(ctx, other, "after conflicts", second),
	); err != nil {
		return err
	}
	gone := second
	gone.Value = nil
	if _, err := written(ctx, other, gone); err != nil {
		return err
	}
	_, err = written(ctx, s, core.Record{Key: "never"})
	return errors.Join(err,
		lacks(ctx, s, "after it was deleted", "a"),
		refused(ctx, s, "of nothing over what is gone", gone),
		refused(ctx, s, "of a value over what is gone", second),
		lacks(ctx, s, "after conflicts", "a"),
	)
}

// checkRevisions: a revision of a life before does not fit the next one, or a
// worker that slept through a delete would write over somebody else's record.
func checkRevisions(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	seen := map[string]bool{}
	var old []core.Record
	for range 5 {
		r, err := written(ctx, s, core.Record{Key: "a", Value: []byte("the same")})
		if err != nil {
			return err
		}
		if seen[r.Revision] {
			return fmt.Errorf("revision %q came back after the record was deleted", r.Revision)
		}
		seen[r.Revision] = true
		for _, o := range old {
			if err := refused(ctx, s, "with a revision of a life before", o); err != nil {
				return err
			}
		}
		if err := holds(ctx, s, "after it was created again", r); err != nil {
			return err
		}
		old = append(old, r)
		r.Value = nil
		if _, err := written(ctx, s, r); err != nil {
			return err
		}
	}
	return nil
}

func checkContext(t *testing.T, h Harness) error {
	s := h.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, getErr := s.Get(ctx, []string{"a"})
	_, putErr := s.Put(ctx, []core.Record{{Key: "a", Value: []byte("x")}})
	_, dueErr := s.Due(ctx, "a", now(), 1)
	var errs []error
	for what, err := range map[string]error{"get": getErr, "put": putErr, "due": dueErr} {
		errs = append(errs, kind(what+" whose context has ended", err, core.Unavailable))
		if !errors.Is(err, context.Canceled) {
			errs = append(errs, fmt.Errorf("%s whose context has ended: error %w, want one that is %w", what, err, context.Canceled))
		}
	}
	return errors.Join(errs...)
}

package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// get reads one record.
func get(ctx context.Context, s core.Store, key string) (core.Record, error) {
	found, err := s.Get(ctx, []string{key})
	if err != nil {
		return core.Record{}, fmt.Errorf("get %.40q: %w", key, err)
	}
	if len(found) != 1 {
		return core.Record{}, fmt.Errorf("get %.40q: %d records, want 1", key, len(found))
	}
	return found[0], equal("key of the record found", found[0].Key, key)
}

// put writes one record and returns it with its new revision, which is empty if
// somebody else was faster.
func put(ctx context.Context, s core.Store, r core.Record) (core.Record, error) {
	revisions, err := s.Put(ctx, []core.Record{r})
	if err != nil {
		return r, fmt.Errorf("put %.40q: %w", r.Key, err)
	}
	if len(revisions) != 1 {
		return r, fmt.Errorf("put %.40q: %d revisions, want 1", r.Key, len(revisions))
	}
	r.Revision = revisions[0]
	return r, nil
}

// written writes a record that nobody else writes.
func written(ctx context.Context, s core.Store, r core.Record) (core.Record, error) {
	before := r.Revision
	r, err := put(ctx, s, r)
	switch {
	case err != nil:
		return r, err
	case r.Revision == "":
		return r, fmt.Errorf("put %.40q with revision %q: conflict, want it written", r.Key, before)
	case r.Revision == before:
		return r, fmt.Errorf("put %.40q: the revision is still %q", r.Key, before)
	case (r.Revision == core.Deleted) != (r.Value == nil):
		return r, fmt.Errorf("put %.40q: revision %q, with a value: %t", r.Key, r.Revision, r.Value != nil)
	}
	return r, nil
}

// refused is an error if a record is written that should meet a conflict.
func refused(ctx context.Context, s core.Store, when string, r core.Record) error {
	got, err := put(ctx, s, r)
	if err == nil && got.Revision != "" {
		err = fmt.Errorf("put %s with revision %q: new revision %q, want a conflict", when, r.Revision, got.Revision)
	}
	return err
}

// holds is an error unless the store has exactly this record.
func holds(ctx context.Context, s core.Store, when string, want core.Record) error {
	got, err := get(ctx, s, want.Key)
	if err != nil {
		return fmt.Errorf("%s: %w", when, err)
	}
	return same(when, got, want)
}

// lacks is an error if the store has such a record.
func lacks(ctx context.Context, s core.Store, when, key string) error {
	return holds(ctx, s, when, core.Record{Key: key})
}

// same is an error unless two records are alike, to the millisecond.
func same(when string, got, want core.Record) error {
	if got.Key == want.Key && got.Revision == want.Revision && (got.Value == nil) == (want.Value == nil) &&
		bytes.Equal(got.Value, want.Value) && got.Due.Equal(want.Due) && got.Expires.Equal(want.Expires) {
		return nil
	}
	return fmt.Errorf("%s: record is %s, want %s", when, text(got), text(want))
}

// text is a record in an error.
func text(r core.Record) string {
	return fmt.Sprintf("{%.40q value %.40q (%d bytes, none: %t) due %v expires %v revision %q}",
		r.Key, r.Value, len(r.Value), r.Value == nil, r.Due, r.Expires, r.Revision)
}

// listed is an error unless these records, and no others, are due, in this
// order.
func listed(ctx context.Context, s core.Store, when, prefix string, before time.Time, most int, want ...core.Record) error {
	got, err := s.Due(ctx, prefix, before, most)
	if err != nil {
		return fmt.Errorf("due %s: %w", when, err)
	}
	if len(got) != len(want) {
		return fmt.Errorf("due %s: %q, want %q", when, keys(got), keys(want))
	}
	errs := make([]error, len(want))
	for i := range want {
		errs[i] = same("due "+when, got[i], want[i])
	}
	return errors.Join(errs...)
}

// keys are those of records.
func keys(records []core.Record) []string {
	all := make([]string, len(records))
	for i, r := range records {
		all[i] = r.Key
	}
	return all
}

// equal is an error unless got is want.
func equal[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s is %v, want %v", what, got, want)
	}
	return nil
}

// invalid is an error unless err is a [core.Error] of kind Invalid that says
// what is wrong.
func invalid(what string, err error) error {
	return kind(what, err, core.Invalid)
}

// kind is an error unless err is a [core.Error] of this kind.
func kind(what string, err error, want core.Kind) error {
	e, ok := errors.AsType[*core.Error](err)
	switch {
	case err == nil:
		return fmt.Errorf("%s: no error, want kind %s", what, want)
	case !ok:
		return fmt.Errorf("%s: error of type %T, want a core.Error: %w", what, err, err)
	case e.Kind != want:
		return fmt.Errorf("%s: kind %s, want %s: %w", what, e.Kind, want, err)
	}
	return nil
}

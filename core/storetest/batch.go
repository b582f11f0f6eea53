package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func checkNothing(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	found, getErr := s.Get(ctx, nil)
	revisions, putErr := s.Put(ctx, nil)
	return errors.Join(getErr, putErr,
		equal("number of records found", len(found), 0),
		equal("number of revisions", len(revisions), 0),
		listed(ctx, s, "in an empty store", "a", now(), 10),
	)
}

func checkSeveral(t *testing.T, h Harness) error {
	const many = 100
	ctx, s, other := t.Context(), h.open(t), h.open(t)
	records := make([]core.Record, many)
	asked := make([]string, many)
	for i := range records {
		asked[i] = fmt.Sprintf("record/%d", (i*37)%many) // in no order
		records[i] = core.Record{Key: asked[i], Value: []byte(asked[i])}
	}
	revisions, err := s.Put(ctx, records)
	if err != nil || len(revisions) != many {
		return errors.Join(err, equal("number of revisions", len(revisions), many))
	}
	var errs []error
	for i, revision := range revisions {
		if revision == "" {
			errs = append(errs, fmt.Errorf("conflict at %d of an empty store", i))
		}
		records[i].Revision = revision
	}
	// Of the next call, each third is stale, and each fifth of the rest a delete.
	next := make([]core.Record, many)
	for i, r := range records {
		next[i] = core.Record{Key: r.Key, Value: []byte("next " + r.Key), Revision: r.Revision}
		switch {
		case i%3 == 0:
			next[i].Revision = ""
		case i%5 == 0:
			next[i].Value = nil
		}
	}
	revisions, err = other.Put(ctx, next)
	if err != nil || len(revisions) != many {
		return errors.Join(err, equal("number of revisions", len(revisions), many))
	}
	for i := range next {
		switch {
		case i%3 == 0:
			errs = append(errs, equal("revision of a conflict", revisions[i], ""))
			continue
		case i%5 == 0:
			errs = append(errs, equal("revision of a delete", revisions[i], core.Deleted))
			records[i] = core.Record{Key: asked[i]}
			continue
		case revisions[i] == "" || revisions[i] == records[i].Revision:
			errs = append(errs, fmt.Errorf("revision at %d is %q after %q", i, revisions[i], records[i].Revision))
		}
		records[i] = next[i]
		records[i].Revision = revisions[i]
	}
	asked = slices.Concat(asked, []string{"missing", asked[1]}) // a key may be asked for twice
	records = slices.Concat(records, []core.Record{{Key: "missing"}, records[1]})
	found, err := s.Get(ctx, asked)
	if err != nil || len(found) != len(asked) {
		return errors.Join(err, equal("number of records found", len(found), len(asked)))
	}
	for i := range found {
		errs = append(errs, same(fmt.Sprintf("at %d", i), found[i], records[i]))
	}
	return errors.Join(errs...)
}

func checkSameKey(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	_, err := s.Put(ctx, []core.Record{
		{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte("1")}, {Key: "a", Value: []byte("2")},
	})
	return errors.Join(
		invalid("put of a key twice", err),
		lacks(ctx, s, "after a call that was refused", "a"),
		lacks(ctx, s, "after a call that was refused", "b"),
	)
}

// oddKeys are keys that one engine or another would read as something else.
func oddKeys() []string {
	long := strings.Repeat("k", core.MaxKey-1)
	return []string{
		"a", "A", "a/b", "a/b/", "/a", "//", "a//b", "a.b", ".a", "a.", "..", ".", "a..b", " ", " a", "a ", "a  b", "\t\n\r",
		"*", ">", "a.*", "a.>", "$a", "a?b=c&d", "a:b", "{a}b", "{a}c", "[a]", "a=b", "a\\b", `"a"`, "'a'", "%2F", "a%00b", "\x00", "a\x00b",
		"\u754c", "é", "e\u0301", "\U0001F3AC", "-1", "0", "00", "-inf", "+inf", "(1", "_", "__proto__", "nil", "true",
		long + "1", long + "2", strings.Repeat("é", core.MaxKey/2),
	}
}

func checkOddKeys(t *testing.T, h Harness) error {
	ctx, s, other := t.Context(), h.open(t), h.open(t)
	due := now().Add(-time.Second)
	var records []core.Record
	for _, key := range oddKeys() {
		records = append(records, core.Record{Key: key, Value: []byte("value of " + key), Due: due})
	}
	revisions, err := s.Put(ctx, records)
	if err != nil || len(revisions) != len(records) {
		return errors.Join(err, equal("number of revisions", len(revisions), len(records)))
	}
	found, err := other.Get(ctx, oddKeys())
	if err != nil || len(found) != len(records) {
		return errors.Join(err, equal("number of records found", len(found), len(records)))
	}
	errs := make([]error, 0, len(records))
	for i, r := range records {
		r.Revision = revisions[i]
		errs = append(errs, same(fmt.Sprintf("odd key %.40q", r.Key), found[i], r))
		listed, err := other.Due(ctx, r.Key, now(), len(records))
		if err != nil {
			return err
		}
		for _, l := range listed {
			if !strings.HasPrefix(l.Key, r.Key) {
				errs = append(errs, fmt.Errorf("due below %.40q lists %.40q", r.Key, l.Key))
			}
		}
		if len(listed) == 0 {
			errs = append(errs, fmt.Errorf("due below %.40q lists nothing", r.Key))
		}
	}
	return errors.Join(errs...)
}

func checkImpossibleKeys(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	var errs []error
	for what, key := range map[string]string{"an empty key": "", "a key of 513 bytes": strings.Repeat("k", core.MaxKey+1)} {
		_, getErr := s.Get(ctx, []string{"a", key})
		_, putErr := s.Put(ctx, []core.Record{{Key: "a", Value: []byte("x")}, {Key: key, Value: []byte("x")}})
		errs = append(errs, invalid("get of "+what, getErr), invalid("put of "+what, putErr))
	}
	return errors.Join(append(errs, lacks(ctx, s, "after a call that was refused", "a"))...)
}

func checkSizes(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	var errs []error
	for _, size := range []int{0, 1, 1000, core.MaxValue - 1, core.MaxValue} {
		value := bytes.Repeat([]byte{0, 1, 0xfe, 0xff, '\n'}, size/5+1)[:size]
		r, err := written(ctx, s, core.Record{Key: fmt.Sprintf("size/%d", size), Value: value})
		errs = append(errs, err, holds(ctx, s, fmt.Sprintf("value of %d bytes", size), r))
	}
	return errors.Join(errs...)
}

func checkTooLarge(t *testing.T, h Harness) error {
	ctx, s := t.Context(), h.open(t)
	_, err := s.Put(ctx, []core.Record{{Key: "a", Value: []byte("x")}, {Key: "b", Value: make([]byte, core.MaxValue+1)}})
	return errors.Join(
		invalid("put of a value that is too large", err),
		lacks(ctx, s, "after a call that was refused", "a"),
		lacks(ctx, s, "after a call that was refused", "b"),
	)
}

package redis

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
)

// Due lists due records. A prefix with a slash in it is on one shelf, whose
// index is read as far as it is due; a shorter one may be on several.
func (s *store) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	if most <= 0 {
		return nil, nil
	}
	shelves, err := s.shelvesOf(ctx, prefix)
	if err != nil {
		return nil, s.server.failure(ctx, "redis due", err)
	}
	var all []core.Record
	for _, shelf := range shelves {
		some, err := s.dueOn(ctx, shelf, prefix, before, most)
		if err != nil {
			return nil, s.server.failure(ctx, "redis due", err)
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b core.Record) int { return a.Due.Compare(b.Due) })
	return all[:min(most, len(all))], nil
}

// shelvesOf are the shelves that may have keys of a prefix.
func (s *store) shelvesOf(ctx context.Context, prefix string) ([]string, error) {
	if shelf := shelfOf(prefix); shelf != "" {
		return []string{shelf}, nil
	}
	all, err := s.client.SMembers(ctx, s.shelves()).Result()
	return slices.DeleteFunc(all, func(shelf string) bool {
		return shelf != "" && !strings.HasPrefix(shelf, prefix)
	}), err
}

// dueOn reads the index of one shelf page by page, and the records that it
// names. The index may be ahead of the records only where these have expired.
func (s *store) dueOn(ctx context.Context, shelf, prefix string, before time.Time, most int) ([]core.Record, error) {
	var all []core.Record
	page := &goredis.ZRangeBy{Min: "-inf", Max: strconv.FormatInt(before.UnixMicro(), 10), Count: int64(max(most, chunk))}
	for {
		keys, err := s.client.ZRangeByScore(ctx, s.index(shelf), page).Result()
		if err != nil {
			return nil, err
		}
		last := int64(len(keys)) < page.Count
		keys = slices.DeleteFunc(keys, func(key string) bool { return !strings.HasPrefix(key, prefix) })
		records, err := s.read(ctx, keys)
		if err != nil {
			return nil, err
		}
		gone, err := s.forgetGone(ctx, shelf, records)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if r.Revision != "" && !r.Due.IsZero() && !r.Due.After(before) {
				all = append(all, r)
			}
		}
		if last || len(all) >= most {
			return all, nil
		}
		page.Offset += page.Count - gone
	}
}

// forgetGone takes records that have expired out of the index, and returns how
// many that were.
func (s *store) forgetGone(ctx context.Context, shelf string, records []core.Record) (int64, error) {
	var calls []call
	for _, r := range records {
		if r.Revision == "" {
			calls = append(calls, call{keys: []string{s.record(r.Key), s.index(shelf)}, args: []any{r.Key}})
		}
	}
	if len(calls) == 0 {
		return 0, nil
	}
	_, err := runAll(ctx, s.client, s.forget, calls)
	return int64(len(calls)), err
}

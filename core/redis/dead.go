package redis

import (
	"context"
	"encoding/json"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
)

// Dead lists dead letters.
func (q *queue) Dead(ctx context.Context, most int) ([]core.DeadLetter, error) {
	if most <= 0 {
		return nil, nil
	}
	entries, err := q.client.XRangeN(ctx, q.dead, "-", "+", int64(most)).Result()
	if err != nil {
		return nil, q.server.failure(ctx, "redis dead letters", err)
	}
	letters := make([]core.DeadLetter, len(entries))
	for i, entry := range entries {
		letters[i] = letter(entry)
	}
	return letters, nil
}

// Redrive puts dead letters back, each of them once, however many do so at a
// time. It stops at the letter that was the newest when it began.
func (q *queue) Redrive(ctx context.Context, ids []string) (int, error) {
	if len(ids) == 0 {
		return q.redriveAll(ctx)
	}
	count := 0
	for some := range slices.Chunk(slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !isEntryID(id) }), chunk) {
		pipe := q.client.Pipeline()
		found := make([]*goredis.XMessageSliceCmd, len(some))
		for i, id := range some {
			found[i] = pipe.XRange(ctx, q.dead, id, id)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return count, q.server.failure(ctx, "redis redrive", err)
		}
		var entries []goredis.XMessage
		for _, f := range found {
			entries = append(entries, f.Val()...)
		}
		n, err := q.putBack(ctx, entries)
		count += n
		if err != nil {
			return count, err
		}
	}
	return count, nil
}

func (q *queue) redriveAll(ctx context.Context) (count int, err error) {
	newest, err := q.client.XRevRangeN(ctx, q.dead, "+", "-", 1).Result()
	for from := "-"; err == nil && len(newest) > 0; {
		var entries []goredis.XMessage
		entries, err = q.client.XRangeN(ctx, q.dead, from, newest[0].ID, chunk).Result()
		if err != nil || len(entries) == 0 {
			break
		}
		n, err := q.putBack(ctx, entries)
		count += n
		if err != nil {
			return count, err
		}
		from = "(" + entries[len(entries)-1].ID
	}
	return count, q.server.failure(ctx, "redis redrive", err)
}

// putBack moves dead letters to the queue, and returns how many of them were
// still there.
func (q *queue) putBack(ctx context.Context, entries []goredis.XMessage) (int, error) {
	if len(entries) == 0 {
		return 0, nil
	}
	args := append(make([]any, 0, 1+2*len(entries)), group)
	for _, entry := range entries {
		body, _ := entry.Values["m"].(string)
		args = append(args, entry.ID, afresh(body))
	}
	count, err := q.redrive.Run(ctx, q.client, []string{q.ready, q.rings, q.dead}, args...).Int()
	return count, q.server.failure(ctx, "redis redrive", err)
}

// afresh is a stored message as it begins once more. One that cannot be read
// stays as it is.
func afresh(body string) string {
	m, reason := decode(body)
	if reason != "" {
		return body
	}
	text, err := json.Marshal(m.Revived())
	if err != nil {
		return body
	}
	return string(text)
}

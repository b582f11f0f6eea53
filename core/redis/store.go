package redis

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
)

type store struct {
	server *Server
	client goredis.UniversalClient

	put, forget *goredis.Script

	close func() error
}

// Store returns the server's store. There is one for each prefix.
func (s *Server) Store() core.Store {
	client := s.dial()
	return &store{
		server: s,
		client: client,
		put:    goredis.NewScript(putLua),
		forget: goredis.NewScript(forgetLua),
		close: sync.OnceValue(func() error {
			return s.failure(context.Background(), "redis close", client.Close())
		}),
	}
}

// Get reads records, each of them as it is at one moment.
func (s *store) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if err := invalid("redis get", wrongKeys(keys)); err != nil || len(keys) == 0 {
		return nil, err
	}
	records, err := s.read(ctx, keys)
	return records, s.server.failure(ctx, "redis get", err)
}

// read asks for all records at once. Of no keys there are none.
func (s *store) read(ctx context.Context, keys []string) ([]core.Record, error) {
	pipe := s.client.Pipeline()
	found := make([]*goredis.SliceCmd, len(keys))
	for i, key := range keys {
		found[i] = pipe.HMGet(ctx, s.record(key), "revision", "value", "due", "expires")
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	records := make([]core.Record, len(keys))
	for i, key := range keys {
		records[i] = recordOf(key, found[i].Val())
	}
	return records, nil
}

// recordOf is a record from its stored fields: revision, value, due, expires.
func recordOf(key string, fields []any) core.Record {
	text := func(i int) string {
		if i >= len(fields) {
			return ""
		}
		value, _ := fields[i].(string) // nil if there is none
		return value
	}
	r := core.Record{Key: key, Revision: text(0)}
	if r.Revision != "" {
		r.Value, r.Due, r.Expires = []byte(text(1)), readTime(text(2)), readTime(text(3))
	}
	return r
}

// Put writes records, each of them atomically with its place in the index. A
// write that was repeated because its answer got lost is recognised, as its
// revision is unique; a delete that was repeated may report a conflict.
func (s *store) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if err := invalid("redis put", wrongRecords(records)); err != nil || len(records) == 0 {
		return nil, err
	}
	calls := make([]call, len(records))
	for i, r := range records {
		revision := ""
		if r.Value != nil {
			revision = rand.Text()
		}
		shelf := shelfOf(r.Key)
		calls[i] = call{
			keys: []string{s.record(r.Key), s.index(shelf), s.shelves()},
			args: []any{
				r.Revision, revision, r.Value, writeTime(r.Due), r.Due.UnixMicro(),
				writeTime(r.Expires), r.Expires.UnixMilli(), r.Key, shelf,
			},
		}
	}
	runs, err := runAll(ctx, s.client, s.put, calls)
	if err != nil {
		return nil, s.server.failure(ctx, "redis put", err)
	}
	revisions := make([]string, len(runs))
	for i, run := range runs {
		if revisions[i], err = run.Text(); err != nil {
			return nil, nonsense("redis put")
		}
	}
	return revisions, nil
}

// Close ends the connections.
func (s *store) Close() error { return s.close() }

// The keys of the store: a record, the index of the due records of a shelf, and
// the set of shelves that have one.
func (s *store) record(key string) string  { return s.server.address.Key("store", "record", key) }
func (s *store) index(shelf string) string { return s.server.address.Key("store", "due", shelf) }
func (s *store) shelves() string           { return s.server.address.Key("store", "shelves") }

// shelfOf is the first part of a key, slash included; empty if there is no
// slash.
func shelfOf(key string) string { return key[:strings.IndexByte(key, '/')+1] }

// writeTime is a time as a record holds it, to the nanosecond; empty for zero.
func writeTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func readTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

package dynamodb

import (
	"context"
	"slices"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/vodrefresh/vodrefresh/core"
)

// The limits of a BatchGetItem, and how often one is repeated that brings
// nothing.
//
// Source: DynamoDB API reference, BatchGetItem.
const (
	maxKeys = 100
	tries   = 6
)

// Get reads records, a hundred in a call, each as it is at one moment.
func (s *Store) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	const op = "dynamodb get"
	if err := checkKeys(op, keys); err != nil || len(keys) == 0 {
		return nil, err
	}
	ctx, done := s.account.Begin(ctx)
	defer done()
	return s.read(ctx, op, keys)
}

// read reads records, in the order of their keys.
func (s *Store) read(ctx context.Context, op string, keys []string) ([]core.Record, error) {
	different := slices.Clone(keys) // DynamoDB refuses a key that comes twice
	slices.Sort(different)
	found := make(map[string]item, len(keys))
	for some := range slices.Chunk(slices.Compact(different), maxKeys) {
		if err := s.readInto(ctx, op, found, some); err != nil {
			return nil, err
		}
	}
	now, records := s.clock.Now(), make([]core.Record, len(keys))
	for i, key := range keys {
		records[i] = recordOf(key, found[key], now)
	}
	return records, nil
}

// readInto reads items until none is left over: a call may bring less than was
// asked for, when it was throttled or its answer would be too long.
func (s *Store) readInto(ctx context.Context, op string, found map[string]item, keys []string) error {
	ask := types.KeysAndAttributes{ConsistentRead: new(true)}
	for _, key := range keys {
		ask.Keys = append(ask.Keys, keyOf(key))
	}
	for try := 0; len(ask.Keys) > 0; try++ {
		if try > 0 {
			if err := s.clock.Sleep(ctx, 25*time.Millisecond<<try); err != nil {
				return s.failure(ctx, op, err)
			}
		}
		answer, err := s.client.BatchGetItem(ctx, &awsdynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{s.table: ask},
		})
		if err != nil {
			return s.failure(ctx, op, err)
		}
		left := answer.UnprocessedKeys[s.table].Keys
		for _, it := range answer.Responses[s.table] {
			found[read(it[attrKey])] = it
		}
		switch {
		case len(left) < len(ask.Keys):
			try = 0
		case try == tries:
			return &core.Error{Kind: core.Throttled, Op: op, Message: "the table gives no more right now"}
		}
		ask.Keys = left
	}
	return nil
}

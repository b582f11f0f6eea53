package dynamodb

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"github.com/vodrefresh/vodrefresh/core"
)

// mark is an entry of the index.
type mark struct{ due, key string }

// Due lists due records. It may miss one that was written within the last
// moment, and return fewer than there are if some changed just then.
func (s *Store) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	const op = "dynamodb due"
	if most <= 0 {
		return nil, nil
	}
	if before.After(endOfTime()) {
		before = endOfTime()
	}
	ctx, done := s.account.Begin(ctx)
	defer done()
	marks, err := s.marks(ctx, prefix, before, most)
	if err != nil {
		return nil, s.failure(ctx, op, err)
	}
	var due []core.Record
	for some := range slices.Chunk(marks, maxKeys) {
		keys := make([]string, len(some))
		for i, m := range some {
			keys[i] = m.key
		}
		records, err := s.read(ctx, op, keys)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if !r.Due.IsZero() && !r.Due.After(before) {
				due = append(due, r)
			}
		}
		if len(due) >= most {
			break
		}
	}
	slices.SortStableFunc(due, func(a, b core.Record) int { return a.Due.Compare(b.Due) })
	return due[:min(most, len(due))], nil
}

// marks are the index's entries below a prefix, the earliest first.
func (s *Store) marks(ctx context.Context, prefix string, before time.Time, most int) ([]mark, error) {
	f := finder{
		Store: s, prefix: prefix, most: most,
		values: item{":now": text(writeTime(s.clock.Now())), ":before": text(writeTime(before))},
	}
	shelf := shelfOf(prefix)
	if shelf == "" {
		all, err := f.scan(ctx)
		return earliest(all), err
	}
	found := make([][]mark, shards)
	running, ctx := errgroup.WithContext(ctx)
	for n := range found {
		running.Go(func() (err error) {
			found[n], err = f.query(ctx, shelf+shard(n))
			return err
		})
	}
	err := running.Wait()
	return earliest(slices.Concat(found...)), err
}

// earliest sorts entries by their due times.
func earliest(all []mark) []mark {
	slices.SortFunc(all, func(a, b mark) int {
		if a.due != b.due {
			return strings.Compare(a.due, b.due)
		}
		return strings.Compare(a.key, b.key)
	})
	return all
}

// finder is what a search of the index asks for. DynamoDB leaves out what has
// expired; prefixes are compared here, as it compares no keys on the way.
type finder struct {
	*Store

	prefix string
	most   int
	values item
}

// query reads one partition of the index as far as it is wanted.
func (f finder) query(ctx context.Context, shelf string) ([]mark, error) {
	input := &awsdynamodb.QueryInput{
		TableName: f.name(), IndexName: aws.String(dueIndex),
		KeyConditionExpression:    aws.String("#shelf = :shelf AND #due <= :before"),
		FilterExpression:          aws.String(alive),
		ExpressionAttributeNames:  map[string]string{"#shelf": attrShelf, "#due": attrDue, "#expires": attrExpires},
		ExpressionAttributeValues: maps.Clone(f.values),
		Limit:                     aws.Int32(int32(min(max(f.most, maxKeys), 1000))),
	}
	input.ExpressionAttributeValues[":shelf"] = text(shelf)
	var all []mark
	for {
		answer, err := f.client.Query(ctx, input)
		if err != nil {
			return nil, err
		}
		all = append(all, f.marksOf(answer.Items)...)
		if len(all) >= f.most || len(answer.LastEvaluatedKey) == 0 {
			return all, nil
		}
		input.ExclusiveStartKey = answer.LastEvaluatedKey
	}
}

// scan reads the whole index.
func (f finder) scan(ctx context.Context) ([]mark, error) {
	input := &awsdynamodb.ScanInput{
		TableName: f.name(), IndexName: aws.String(dueIndex),
		FilterExpression:          aws.String("#due <= :before AND " + alive),
		ExpressionAttributeNames:  map[string]string{"#due": attrDue, "#expires": attrExpires},
		ExpressionAttributeValues: f.values,
	}
	var all []mark
	for {
		answer, err := f.client.Scan(ctx, input)
		if err != nil {
			return nil, err
		}
		all = append(all, f.marksOf(answer.Items)...)
		if len(answer.LastEvaluatedKey) == 0 {
			return all, nil
		}
		input.ExclusiveStartKey = answer.LastEvaluatedKey
	}
}

// marksOf are the entries that are below the prefix.
func (f finder) marksOf(items []item) []mark {
	all := make([]mark, 0, len(items))
	for _, it := range items {
		if key := read(it[attrKey]); strings.HasPrefix(key, f.prefix) {
			all = append(all, mark{read(it[attrDue]), key})
		}
	}
	return all
}

package dynamodb

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/vodrefresh/vodrefresh/core"
)

// atOnce is how many records of a call are written at a time.
const atOnce = 16

// Put writes records, each of them in a call of its own. A write that was
// repeated because its answer got lost is recognised, as its revision is unique;
// a delete that was repeated may report a conflict.
func (s *Store) Put(ctx context.Context, records []core.Record) ([]string, error) {
	const op = "dynamodb put"
	if err := checkRecords(op, records); err != nil || len(records) == 0 {
		return nil, err
	}
	ctx, done := s.account.Begin(ctx)
	defer done()
	revisions := make([]string, len(records))
	var running errgroup.Group
	running.SetLimit(atOnce)
	for i, r := range records {
		running.Go(func() (err error) {
			revisions[i], err = s.write(ctx, r)
			return s.failure(ctx, op, err)
		})
	}
	if err := running.Wait(); err != nil {
		return nil, err
	}
	return revisions, nil
}

// write writes one record, or deletes it, and returns its new revision; empty
// for a conflict.
func (s *Store) write(ctx context.Context, r core.Record) (string, error) {
	c := conditionOf(r, s.clock.Now())
	if r.Value == nil {
		_, err := s.client.DeleteItem(ctx, &awsdynamodb.DeleteItemInput{
			TableName: s.name(), Key: keyOf(r.Key),
			ConditionExpression: &c.text, ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values,
		})
		return settled(err, core.Deleted)
	}
	revision := rand.Text()
	_, err := s.client.PutItem(ctx, &awsdynamodb.PutItemInput{
		TableName: s.name(), Item: itemOf(r, revision),
		ConditionExpression: &c.text, ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	return settled(err, revision)
}

// settled is the revision of a write that was made, now or by a try whose answer
// got lost; empty if somebody else was faster.
func settled(err error, revision string) (string, error) {
	conflict, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	switch {
	case err == nil, ok && read(conflict.Item[attrRevision]) == revision:
		return revision, nil
	case ok:
		return "", nil
	}
	return "", err
}

// condition is what must hold for a write.
type condition struct {
	text   string
	names  map[string]string
	values item
}

// conditionOf says that the table's record is the one that was read, or that
// there is none. What is over is none.
func conditionOf(r core.Record, now time.Time) condition {
	if r.Revision == "" {
		return condition{
			text:   "attribute_not_exists(#pk) OR #expires <= :now",
			names:  map[string]string{"#pk": attrKey, "#expires": attrExpires},
			values: item{":now": text(writeTime(now))},
		}
	}
	return condition{
		text:   "#revision = :held AND " + alive,
		names:  map[string]string{"#revision": attrRevision, "#expires": attrExpires},
		values: item{":held": text(r.Revision), ":now": text(writeTime(now))},
	}
}

// alive is the condition that an item has not expired.
const alive = "(attribute_not_exists(#expires) OR #expires > :now)"

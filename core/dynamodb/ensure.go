package dynamodb

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/vodrefresh/vodrefresh/core"
)

// Ensure makes the table in an emulator, which is what an http endpoint is, if
// it is not there yet, and waits for it. Anywhere else it is an error of kind
// Forbidden: a table costs money and outlives the program, so the deployment's
// template makes it. The TTL attribute is not set, as emulators lack that.
func (s *Store) Ensure(ctx context.Context) error {
	const op = "dynamodb ensure"
	if s.account.Endpoint.Scheme != "http" {
		return &core.Error{Kind: core.Forbidden, Op: op, Message: "only an emulator's table is made here; the deployment's template makes the real one"}
	}
	ctx, done := s.account.Begin(ctx)
	defer done()
	for {
		described, err := s.client.DescribeTable(ctx, &awsdynamodb.DescribeTableInput{TableName: s.name()})
		switch {
		case err == nil && described.Table.TableStatus == types.TableStatusActive:
			return nil
		case errors.As(err, new(*types.ResourceNotFoundException)):
			_, err = s.client.CreateTable(ctx, s.schema())
			if errors.As(err, new(*types.ResourceInUseException)) { // somebody else was faster
				err = nil
			}
		}
		if err == nil {
			err = s.clock.Sleep(ctx, 20*time.Millisecond)
		}
		if err != nil {
			return s.failure(ctx, op, err)
		}
	}
}

// schema is the table: its key, and the index of what is due.
func (s *Store) schema() *awsdynamodb.CreateTableInput {
	element := func(name string, role types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: aws.String(name), KeyType: role}
	}
	attribute := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS}
	}
	return &awsdynamodb.CreateTableInput{
		TableName:            s.name(),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute(attrKey), attribute(attrShelf), attribute(attrDue)},
		KeySchema:            []types.KeySchemaElement{element(attrKey, types.KeyTypeHash)},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String(dueIndex),
			KeySchema:  []types.KeySchemaElement{element(attrShelf, types.KeyTypeHash), element(attrDue, types.KeyTypeRange)},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{attrExpires}},
		}},
	}
}

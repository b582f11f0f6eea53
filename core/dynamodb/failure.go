package dynamodb

import (
	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/internal/awsclient"
)

// meaningOf translates the codes that DynamoDB alone has.
//
// Source: DynamoDB Developer Guide, error handling; DynamoDB API reference,
// errors of PutItem, BatchGetItem, Query and CreateTable.
func meaningOf(code string) awsclient.Meaning {
	switch code {
	case "ResourceNotFoundException":
		return awsclient.Meaning{Kind: core.Unavailable, Text: "there is no such table, or it has no index named " + dueIndex}
	case "ResourceInUseException":
		return awsclient.Meaning{Kind: core.Unavailable, Text: "the table is being made or changed"}
	case "ProvisionedThroughputExceededException":
		return awsclient.Meaning{Kind: core.Throttled, Text: "the table takes no more right now"}
	case "LimitExceededException":
		return awsclient.Meaning{Kind: core.Throttled, Text: "too many tables are being changed right now"}
	case "TransactionConflictException", "ReplicatedWriteConflictException":
		return awsclient.Meaning{Kind: core.Unavailable, Text: "a record is being written by somebody else"}
	}
	return awsclient.Meaning{}
}

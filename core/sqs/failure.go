package sqs

import (
	"context"
	"errors"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/internal/awsclient"
)

// meaningOf translates the codes that SQS alone has. In its older spelling some
// of them begin with AWS.SimpleQueueService.
//
// Source: SQS API reference, errors of the batch actions; common errors.
func meaningOf(code string) awsclient.Meaning {
	switch strings.TrimPrefix(code, "AWS.SimpleQueueService.") {
	case "QueueDoesNotExist", "NonExistentQueue", "QueueDeletedRecently":
		return awsclient.Meaning{Kind: core.Unavailable, Text: "there is no such queue"}
	case "OverLimit":
		return awsclient.Meaning{Kind: core.Unavailable, Text: "too many messages are in hands: SQS lends 120,000 at a time"}
	case "KmsThrottled", "KMS.ThrottlingException":
		return awsclient.Meaning{Kind: core.Throttled, Text: "too many calls of the key service right now"}
	case "KmsAccessDenied", "KmsOptInRequired", "KMS.AccessDeniedException", "KMS.OptInRequired":
		return awsclient.Meaning{Kind: core.Forbidden, Text: "the queue's key may not be used"}
	case "KmsDisabled", "KmsInvalidState", "KmsInvalidKeyUsage", "KmsNotFound",
		"KMS.DisabledException", "KMS.InvalidStateException", "KMS.InvalidKeyUsageException", "KMS.NotFoundException":
		return awsclient.Meaning{Kind: core.Unavailable, Text: "the queue's key cannot be used"}
	case "InvalidMessageContents", "BatchRequestTooLong":
		return awsclient.Meaning{Kind: core.Invalid}
	}
	return awsclient.Meaning{}
}

// failure is err as a [core.Error], nil for nil.
func (q *Queue) failure(ctx context.Context, op string, err error) error {
	return q.account.Failure(ctx, op, err, meaningOf)
}

// hasPassedOn reports whether a receipt was refused because its message is gone
// or somebody else's by now. An entry of a batch may have the parameter's code
// instead of its own [I]; a lease of 12 hours in all, the most there is, ends
// with that code as well.
func hasPassedOn(err error) bool {
	refused, ok := errors.AsType[*core.Error](err)
	if !ok {
		return false
	}
	switch strings.TrimPrefix(refused.Code, "AWS.SimpleQueueService.") {
	case "ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue":
		return true
	}
	return false
}

package sqs

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
)

// Hold makes the delivery that [Queue.Receive] makes of a message.
func (q *Queue) Hold(ctx context.Context, body, handle string) (core.Delivery, error) {
	return q.take(ctx, body, receipt{handle: handle}, 1)
}

package sqs

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	longest  = 20 * time.Second       // that a call waits at the service's end
	between  = 100 * time.Millisecond // short polls, where less than a second is left
	parallel = 4                      // calls at once, for more than a call can bring
)

// receipt is what a delivery is known by.
type receipt struct {
	handle string
	// adopted says that whoever received the message deletes it once it is done.
	adopted bool
}

// Receive polls: at SQS's end, as far as the wait is whole seconds. Where more
// than ten are asked for, it goes on until a look brings nothing.
func (q *Queue) Receive(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	if most <= 0 {
		return nil, nil
	}
	calling, done := q.account.Begin(ctx)
	defer done()
	q.moveNow(calling)
	deadline := q.clock.Now().Add(wait)
	for {
		left := deadline.Sub(q.clock.Now())
		got, err := q.look(calling, most, min(longest, max(0, left)))
		if err != nil {
			return nil, q.failure(ctx, "sqs receive", err)
		}
		if len(got) > 0 {
			return append(got, q.rest(calling, most-len(got))...), nil
		}
		if left <= 0 {
			return nil, nil
		}
		if left < time.Second {
			if err := q.clock.Sleep(calling, min(left, between)); err != nil {
				return nil, q.failure(ctx, "sqs receive", err)
			}
		}
	}
}

// rest takes what else is there, until a quarter of the first lease is over. It
// returns what it has at the first error, or messages would be lost until their
// leases end.
func (q *Queue) rest(ctx context.Context, most int) []core.Delivery {
	var all []core.Delivery
	enough := q.clock.Now().Add(time.Duration(q.lease) * time.Second / 4)
	for most > 0 && q.clock.Now().Before(enough) {
		found := make([][]core.Delivery, min(parallel, (most+maxBatch-1)/maxBatch))
		var running errgroup.Group
		for i := range found {
			running.Go(func() (err error) {
				found[i], err = q.look(ctx, min(maxBatch, most-i*maxBatch), 0)
				return err
			})
		}
		err := running.Wait()
		before := most
		for _, some := range found {
			all = append(all, some...)
			most -= len(some)
		}
		if err != nil || most == before {
			break
		}
	}
	return all
}

// look is one call, about ten messages at most.
func (q *Queue) look(ctx context.Context, most int, wait time.Duration) ([]core.Delivery, error) {
	answer, err := q.client.ReceiveMessage(ctx, &awssqs.ReceiveMessageInput{
		QueueUrl:            aws.String(q.url),
		MaxNumberOfMessages: int32(min(most, maxBatch)), //nolint:gosec // at most 10
		WaitTimeSeconds:     int32(wait / time.Second),  //nolint:gosec // at most 20
		VisibilityTimeout:   q.lease,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount,
		},
	}, func(o *awssqs.Options) { o.HTTPClient = q.account.Patient })
	if err != nil {
		return nil, err
	}
	all := make([]core.Delivery, 0, len(answer.Messages))
	for _, m := range answer.Messages {
		count, _ := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
		body, held := aws.ToString(m.Body), receipt{handle: aws.ToString(m.ReceiptHandle)}
		d, err := q.take(ctx, body, held, count)
		if core.KindOf(err) == core.Invalid && err != nil {
			err = q.giveUp(ctx, body, held.handle, err)
		}
		if err != nil {
			q.log.WarnContext(ctx, "a message was received that is not for now", "message_id", aws.ToString(m.MessageId), "error", err)
			continue
		}
		all = append(all, d)
	}
	return all, nil
}

// Adopt makes a delivery of a message that somebody else has received from the
// queue, as Lambda does: its body, its receipt handle, and its
// ApproximateReceiveCount. [Queue.Settle] then ends it, but for deleting it when
// it is done: whoever received it does that.
//
// The kind of the error says what to do with the message. Invalid: it cannot be
// read, or no platform could be asked what it wants; leave it in the queue, whose redrive policy takes it away. NotReady: it
// came before it is due (a delay of more than 15 minutes, without a store) and was
// put back; it is done with. Another: it has to come again.
func (q *Queue) Adopt(ctx context.Context, body, handle string, count int) (core.Delivery, error) {
	d, err := q.take(ctx, body, receipt{handle, true}, count)
	if err != nil {
		return core.Delivery{}, err
	}
	if err := d.Message.Check(); err != nil {
		return core.Delivery{}, &core.Error{Kind: core.Invalid, Op: "sqs receive", Message: "a message cannot be used: " + err.Error(), Err: err}
	}
	return d, nil
}

// take makes a delivery of a message, with errors as of Adopt.
func (q *Queue) take(ctx context.Context, body string, held receipt, count int) (core.Delivery, error) {
	const op = "sqs receive"
	m, reason := unpack(body)
	if reason != "" {
		return core.Delivery{}, &core.Error{Kind: core.Invalid, Op: op, Message: "a message " + reason}
	}
	d := core.Delivery{Message: m, Attempt: max(1, count), Receipt: held}
	// A second is let pass: SQS's clock is not ours.
	if m.Due.After(q.clock.Now().Add(time.Second)) {
		if err := q.Settle(ctx, []core.Settlement{{Delivery: d, Again: &m}}); err != nil {
			return core.Delivery{}, err
		}
		return core.Delivery{}, &core.Error{Kind: core.NotReady, Op: op, Message: "a message is not due yet and was put back"}
	}
	return d, nil
}

// giveUp makes a dead letter of a message that cannot be read, if there is a
// store, and returns what to log.
func (q *Queue) giveUp(ctx context.Context, body, handle string, unreadable error) error {
	if q.dead == nil {
		return unreadable
	}
	value, due := bury(letter{At: q.clock.Now().UTC(), Reason: unreadable.Error(), Body: body})
	if err := q.dead.add(ctx, []core.Record{{Value: value, Due: due}}); err != nil {
		return err
	}
	if err := q.remove(ctx, "sqs receive", []string{handle}); err != nil {
		return err
	}
	return fmt.Errorf("it is a dead letter now: %w", unreadable)
}

// receiptOf is the receipt of a delivery that this driver made.
func receiptOf(d core.Delivery) (receipt, error) {
	held, ok := d.Receipt.(receipt)
	if !ok {
		return receipt{}, core.Errorf(core.Invalid, "sqs queue: the delivery of %s is not of this queue", d.Message.Task.ID)
	}
	return held, nil
}

// handlesOf are the receipt handles of deliveries that this driver made.
func handlesOf(deliveries []core.Delivery) ([]string, error) {
	handles := make([]string, len(deliveries))
	for i, d := range deliveries {
		held, err := receiptOf(d)
		if err != nil {
			return nil, err
		}
		handles[i] = held.handle
	}
	return handles, nil
}

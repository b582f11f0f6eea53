package sqs

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	atOnce = 8 // calls under way for one of ours
	tries  = 3 // of an entry that is refused by no fault of its own
)

// call is one call about some entries, by their numbers. It returns how many
// were accepted, and those that were refused.
type call func(ctx context.Context, entries []int) (accepted int, refused refusals, err error)

type refusals = []types.BatchResultErrorEntry

// inBatches makes calls about entries of these sizes, and returns what became
// of each of them.
func (q *Queue) inBatches(ctx context.Context, op string, sizes []int, ask call) []error {
	ended := make([]error, len(sizes))
	var running sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for _, entries := range batches(sizes) {
		room <- struct{}{}
		running.Go(func() {
			q.batch(ctx, op, entries, ask, ended)
			<-room
		})
	}
	running.Wait()
	return ended
}

// batch makes one call, and notes how its entries ended. What is refused by no
// fault of its own is tried again.
func (q *Queue) batch(ctx context.Context, op string, entries []int, ask call, ended []error) {
	for try := 1; ; try++ {
		accepted, refused, err := ask(ctx, entries)
		if err == nil && accepted+len(refused) != len(entries) {
			err = &core.Error{Kind: core.Internal, Op: op, Message: "the service does not say what became of every message"}
		}
		for _, i := range entries {
			ended[i] = q.failure(ctx, op, err)
		}
		if entries = q.sift(op, refused, ended); len(entries) == 0 || try == tries {
			return
		}
		if q.clock.Sleep(ctx, time.Duration(try)*50*time.Millisecond) != nil {
			return
		}
	}
}

// sift notes why entries were refused, and returns those to try again.
func (q *Queue) sift(op string, refused refusals, ended []error) (again []int) {
	for _, r := range refused {
		i, err := strconv.Atoi(aws.ToString(r.Id))
		if err != nil || i < 0 || i >= len(ended) {
			continue // not one of ours
		}
		ended[i] = q.account.Refusal(op, aws.ToString(r.Code), aws.ToString(r.Message), meaningOf)
		if !r.SenderFault {
			again = append(again, i)
		}
	}
	return again
}

// batches shares entries out to calls that are not too long.
func batches(sizes []int) [][]int {
	var all [][]int
	bytes := 0
	for i, size := range sizes {
		if last := len(all) - 1; last >= 0 && len(all[last]) < maxBatch && bytes+size <= maxBody {
			all[last] = append(all[last], i)
			bytes += size
			continue
		}
		all, bytes = append(all, []int{i}), size
	}
	return all
}

// send sends parcels. A repeated try may send one twice.
func (q *Queue) send(ctx context.Context, op string, parcels []parcel) []error {
	sizes := make([]int, len(parcels))
	for i, p := range parcels {
		sizes[i] = len(p.body)
	}
	return q.inBatches(ctx, op, sizes, func(ctx context.Context, entries []int) (int, refusals, error) {
		now, input := q.clock.Now(), &awssqs.SendMessageBatchInput{QueueUrl: aws.String(q.url)}
		for _, i := range entries {
			input.Entries = append(input.Entries, types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(parcels[i].body), DelaySeconds: parcels[i].delay(now),
			})
		}
		answer, err := q.client.SendMessageBatch(ctx, input)
		if err != nil {
			return 0, nil, err
		}
		return len(answer.Successful), answer.Failed, nil
	})
}

// hold begins the leases of receipts anew, and returns those that are ours. A
// receipt whose message is gone, or somebody else's, is not.
func (q *Queue) hold(ctx context.Context, op string, handles []string) (ours []bool, err error) {
	ended := q.inBatches(ctx, op, make([]int, len(handles)), func(ctx context.Context, entries []int) (int, refusals, error) {
		input := &awssqs.ChangeMessageVisibilityBatchInput{QueueUrl: aws.String(q.url)}
		for _, i := range entries {
			input.Entries = append(input.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(handles[i]), VisibilityTimeout: q.lease,
			})
		}
		answer, err := q.client.ChangeMessageVisibilityBatch(ctx, input)
		if err != nil {
			return 0, nil, err
		}
		return len(answer.Successful), answer.Failed, nil
	})
	ours = make([]bool, len(handles))
	for i, failed := range ended {
		ours[i] = failed == nil
	}
	return ours, first(slices.DeleteFunc(ended, hasPassedOn))
}

// remove deletes messages. One that is gone already is no error.
func (q *Queue) remove(ctx context.Context, op string, handles []string) error {
	ended := q.inBatches(ctx, op, make([]int, len(handles)), func(ctx context.Context, entries []int) (int, refusals, error) {
		input := &awssqs.DeleteMessageBatchInput{QueueUrl: aws.String(q.url)}
		for _, i := range entries {
			input.Entries = append(input.Entries, types.DeleteMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(handles[i]),
			})
		}
		answer, err := q.client.DeleteMessageBatch(ctx, input)
		if err != nil {
			return 0, nil, err
		}
		return len(answer.Successful), answer.Failed, nil
	})
	return first(slices.DeleteFunc(ended, hasPassedOn))
}

// first is the first error of some, nil if there is none.
func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

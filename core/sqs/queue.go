package sqs

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/internal/awsclient"
)

// DefaultLease is how long a delivery is its receiver's if [Options] do not say.
const DefaultLease = time.Minute

// Options are what a URL does not say.
type Options struct {
	// Store keeps long delays and dead letters. The queue does not close it. What
	// is off without one, the package comment says.
	Store core.Store
	// Lease is how long a delivery is its receiver's, in whole seconds up to 12
	// hours. Default: [DefaultLease].
	Lease time.Duration

	// AllowHTTP also admits http endpoints on private addresses, beside those on
	// loopback.
	AllowHTTP bool
	Getenv    func(string) string // default: the process's environment
	Transport http.RoundTripper   // default: one of its own
	Clock     clock.Clock         // default: the system's
	Log       *slog.Logger        // default: nobody
}

// Queue is a [core.Queue] on SQS. Make one with [Open].
type Queue struct {
	account *awsclient.Client
	client  *awssqs.Client
	url     string
	lease   int32 // in s

	later, dead *shelf // nil without a store

	clock clock.Clock
	log   *slog.Logger
	moved atomic.Int64 // when Receive last moved what is due, in Unix nanoseconds
}

// Open returns the queue at a URL: that of the queue, with sqs:// in the place
// of https://,
//
//	sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod
//
// Requests go to its host, unless AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL names
// another; http is for loopback hosts. The region is that of AWS_REGION, or else
// of the host. Credentials are those of the environment, as Lambda and the
// container services set it. Nothing is asked over the network.
//
// The error is a [core.Error] of kind Invalid that names what is wrong.
func Open(url string, o Options) (*Queue, error) {
	at, err := parse(url, o.AllowHTTP)
	if err != nil {
		return nil, err
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	account, err := awsclient.New(awsclient.Config{
		Op: "sqs open", Service: "SQS", Region: at.region,
		Getenv: o.Getenv, AllowHTTP: o.AllowHTTP, Transport: o.Transport,
	})
	if err != nil {
		return nil, err
	}
	if account.Endpoint == (awsclient.Endpoint{}) {
		account.Endpoint = at.endpoint()
	}
	q := &Queue{
		account: account,
		client: awssqs.New(awssqs.Options{
			Region: account.Region, Credentials: account.Credentials, BaseEndpoint: account.BaseEndpoint(),
			HTTPClient: account.HTTP, Retryer: account.Retryer,
		}),
		url:   account.Endpoint.Scheme + "://" + at.host + "/" + at.path,
		lease: seconds(cmp.Or(o.Lease, DefaultLease)),
		clock: o.Clock,
		log:   o.Log,
	}
	if q.clock == nil {
		q.clock = clock.System{}
	}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	if o.Store != nil {
		q.later = &shelf{store: o.Store, prefix: "sqs-later/" + at.path + "/"}
		q.dead = &shelf{store: o.Store, prefix: "sqs-dead/" + at.path + "/"}
	}
	return q, nil
}

// seconds is a time in the whole seconds that SQS counts in, rather longer than
// shorter.
func seconds(d time.Duration) int32 {
	const most = 12 * time.Hour
	return int32(max(1, (min(d, most)+time.Second-1)/time.Second))
}

// Enqueue stores the messages, ten in a call. One that is due in more than 15
// minutes goes to the store.
func (q *Queue) Enqueue(ctx context.Context, messages []core.Message) error {
	const op = "sqs enqueue"
	parcels := make([]parcel, len(messages))
	for i, m := range messages {
		var err error
		if parcels[i], err = pack(op, m); err != nil {
			return err
		}
	}
	ctx, done := q.account.Begin(ctx)
	defer done()
	return first(q.put(ctx, op, parcels))
}

// Extend begins leases anew.
func (q *Queue) Extend(ctx context.Context, deliveries []core.Delivery) error {
	handles, err := handlesOf(deliveries)
	if err != nil {
		return err
	}
	ctx, done := q.account.Begin(ctx)
	defer done()
	_, err = q.hold(ctx, "sqs extend", handles)
	return err
}

// Depth counts what is in the queue. Ready and Delayed are SQS's estimates,
// which lag by up to a minute; of the store's records at most 1,000 of each sort
// are counted.
func (q *Queue) Depth(ctx context.Context) (core.Depth, error) {
	const op = "sqs depth"
	ctx, done := q.account.Begin(ctx)
	defer done()
	answer, err := q.client.GetQueueAttributes(ctx, &awssqs.GetQueueAttributesInput{
		QueueUrl: aws.String(q.url),
		AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages,
			types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
			types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
		},
	})
	if err != nil {
		return core.Depth{}, q.failure(ctx, op, err)
	}
	count := func(name types.QueueAttributeName) int {
		n, _ := strconv.Atoi(answer.Attributes[string(name)])
		return n
	}
	d := core.Depth{
		Ready: count(types.QueueAttributeNameApproximateNumberOfMessages) +
			count(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible),
		Delayed: count(types.QueueAttributeNameApproximateNumberOfMessagesDelayed),
	}
	if q.later == nil {
		return d, nil
	}
	later, err := q.later.count(ctx)
	if err != nil {
		return core.Depth{}, err
	}
	d.Delayed += later
	d.Dead, err = q.dead.count(ctx)
	return d, err
}

// Close ends the calls under way. What is not settled comes again.
func (q *Queue) Close() error {
	q.account.Close()
	return nil
}

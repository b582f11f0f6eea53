// Package onaws is the queue on Amazon SQS and the store on DynamoDB.
//
// It may import core/sqs, core/dynamodb, functions/config and functions/engine.
package onaws

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/sqs"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
)

// Driver is for sqs: and dynamodb:. Region, credentials and endpoints are those
// of the AWS SDK's own variables.
func Driver() engine.Driver {
	return engine.Driver{Schemes: []string{"sqs:", "dynamodb:"}, Connect: connect}
}

func connect(_ context.Context, cfg config.Config, url config.URL, o engine.Options) (engine.Server, error) {
	return server{cfg, url, o}, nil
}

type server struct {
	cfg     config.Config
	url     config.URL
	options engine.Options
}

func (s server) Queue(_ context.Context, store core.Store) (core.Queue, error) {
	return sqs.Open(s.url.Reveal(), sqs.Options{
		Store: store, Lease: engine.Lease, AllowHTTP: s.cfg.AllowHTTP, Clock: s.options.Clock, Log: s.options.Log,
	})
}

func (s server) Store(context.Context) (core.Store, error) {
	return dynamodb.Open(s.url.Reveal(), dynamodb.Options{AllowHTTP: s.cfg.AllowHTTP, Clock: s.options.Clock})
}

// Health is nil: a service that is out now may be back in a moment.
func (s server) Health() error { return nil }

// Close has nothing to do: each call connects by itself.
func (s server) Close() error { return nil }

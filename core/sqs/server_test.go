package sqs_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// open opens a queue that must be there to open.
func open(t *testing.T, url string, o sqs.Options) *sqs.Queue {
	t.Helper()
	if o.Getenv == nil {
		o.Getenv = emulatortest.Environ()
	}
	q, err := sqs.Open(url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

// create makes a queue of a new name, and returns its URL.
func create(t *testing.T, service *emulatortest.Server) string {
	t.Helper()
	made, err := stock(service).CreateQueue(t.Context(), &awssqs.CreateQueueInput{QueueName: aws.String(strings.ToLower(rand.Text()))})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(aws.ToString(made.QueueUrl), "http://", "sqs://", 1)
}

// stock is the SDK's own client, to make queues and look behind the driver.
func stock(service *emulatortest.Server) *awssqs.Client {
	return awssqs.New(awssqs.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(service.URL),
		Credentials: aws.CredentialsProviderFunc(credentials),
	})
}

// discreet fails a test whose values show a credential.
func discreet(t *testing.T, values ...any) {
	t.Helper()
	for _, leak := range emulatortest.Leaks(values...) {
		t.Error(leak)
	}
}

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: emulatortest.KeyID, SecretAccessKey: emulatortest.Key}, nil
}

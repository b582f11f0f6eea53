package dynamodb

import (
	"context"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/internal/awsclient"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Options are what a URL does not say.
type Options struct {
	// AllowHTTP also admits http endpoints on private addresses, beside those on
	// loopback.
	AllowHTTP bool
	Getenv    func(string) string // default: the process's environment
	Transport http.RoundTripper   // default: one of its own
	Clock     clock.Clock         // default: the system's; all instances expire records by theirs
}

// Store is a [core.Store] on DynamoDB. Make one with [Open].
type Store struct {
	account *awsclient.Client
	client  *awsdynamodb.Client
	table   string
	clock   clock.Clock
}

// validName reports whether a table may have a name.
//
// Source: DynamoDB Developer Guide, naming rules.
func validName(table string) bool {
	return len(table) >= 3 && len(table) <= 255 && strings.Trim(table, awsclient.Alphanumeric+"_.-") == ""
}

// Open returns the store at a URL, dynamodb:// and the name of its table. The
// region, the credentials and the endpoint (AWS_ENDPOINT_URL_DYNAMODB or
// AWS_ENDPOINT_URL, which may be http on loopback hosts) are those of the
// environment, as Lambda and the container services set it. Nothing is asked
// over the network.
//
// The error is a [core.Error] of kind Invalid that names what is wrong.
func Open(url string, o Options) (*Store, error) {
	table, ok := strings.CutPrefix(url, "dynamodb://")
	if !ok || !validName(table) {
		return nil, &core.Error{Kind: core.Invalid, Op: "dynamodb open", Fields: []core.FieldError{{
			Field: "URL", Value: secret.New(url),
			Detail: "must be dynamodb:// and the name of a table: 3 to 255 letters, digits, dots, hyphens or underscores",
		}}}
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	account, err := awsclient.New(awsclient.Config{
		Op: "dynamodb open", Service: "DYNAMODB", Getenv: o.Getenv, AllowHTTP: o.AllowHTTP, Transport: o.Transport,
	})
	if err != nil {
		return nil, err
	}
	s := &Store{
		account: account,
		client: awsdynamodb.New(awsdynamodb.Options{
			Region: account.Region, Credentials: account.Credentials, BaseEndpoint: account.BaseEndpoint(),
			HTTPClient: account.HTTP, Retryer: account.Retryer,
		}),
		table: table,
		clock: o.Clock,
	}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	return s, nil
}

// Close ends the calls under way.
func (s *Store) Close() error {
	s.account.Close()
	return nil
}

// failure is err as a [core.Error], nil for nil.
func (s *Store) failure(ctx context.Context, op string, err error) error {
	return s.account.Failure(ctx, op, err, meaningOf)
}

// name is the table's, as the SDK wants it.
func (s *Store) name() *string { return aws.String(s.table) }

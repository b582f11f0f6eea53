package awsclient

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/vodrefresh/vodrefresh/core"
)

// Config says which account is talked to, and how.
type Config struct {
	// Op is what an error of the configuration begins with.
	Op string
	// Service is the end of the service's own endpoint variable, such as SQS.
	Service string
	// Region is taken if the environment names none.
	Region string
	// Getenv reads the environment.
	Getenv func(string) string
	// AllowHTTP also admits http endpoints on private addresses.
	AllowHTTP bool
	// Transport carries the requests; nil for one of our own.
	Transport http.RoundTripper
}

// Client is how a driver reaches its service. It is safe for concurrent use.
type Client struct {
	Region      string
	Credentials aws.CredentialsProvider
	Endpoint    Endpoint // zero: the region's own
	Retryer     aws.Retryer
	HTTP        *http.Client // for calls that are answered at once
	Patient     *http.Client // for calls that wait at the service's end

	keys   *keys
	closed chan struct{}
	close  func()
}

// How long one attempt may take. Who waits for a callback to be stored has five
// seconds in all; a long poll takes 20 seconds at most.
const (
	attemptTime = 3 * time.Second
	pollTime    = 25 * time.Second
)

// New reads the environment: AWS_REGION (or AWS_DEFAULT_REGION),
// AWS_ENDPOINT_URL_<service> (or AWS_ENDPOINT_URL), and for credentials
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, as Lambda sets
// them, or the AWS_CONTAINER_… variables of ECS, EKS and SnapStart. The error is
// of kind Invalid and names every variable that is wrong.
//
// Source: AWS SDKs and Tools Reference Guide, environment variables.
func New(cfg Config) (*Client, error) {
	c := &Client{
		Region:  cmp.Or(cfg.Getenv("AWS_REGION"), cfg.Getenv("AWS_DEFAULT_REGION"), cfg.Region),
		Retryer: newRetryer(),
		closed:  make(chan struct{}),
	}
	var wrong []core.FieldError
	if !isRegion(c.Region) {
		wrong = append(wrong, core.FieldError{Field: "AWS_REGION", Value: c.Region, Detail: "must be a region such as eu-west-1"})
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_" + cfg.Service, "AWS_ENDPOINT_URL"} {
		if text := cfg.Getenv(name); text != "" {
			var bad []core.FieldError
			c.Endpoint, bad = parseEndpoint(name, text, cfg.AllowHTTP)
			wrong = append(wrong, bad...)
			break
		}
	}
	transport := cfg.Transport
	if transport == nil {
		transport = newTransport()
	}
	c.HTTP, c.Patient = httpClient(transport, attemptTime), httpClient(transport, pollTime)
	c.close = sync.OnceFunc(func() {
		close(c.closed)
		c.HTTP.CloseIdleConnections()
	})
	provider, bad := credentialsOf(cfg.Getenv, c.HTTP)
	if wrong = append(wrong, bad...); len(wrong) > 0 {
		return nil, &core.Error{Kind: core.Invalid, Op: cfg.Op, Fields: wrong}
	}
	c.keys = &keys{provider: provider}
	c.Credentials = aws.NewCredentialsCache(c.keys)
	return c, nil
}

// BaseEndpoint is the endpoint as the SDK wants it: nil for the region's own.
func (c *Client) BaseEndpoint() *string {
	if c.Endpoint == (Endpoint{}) {
		return nil
	}
	return aws.String(c.Endpoint.String())
}

// Begin is the context of a call: it ends with ctx, or when the client is
// closed. The caller has to call the second result when the call is over.
func (c *Client) Begin(ctx context.Context) (context.Context, context.CancelFunc) {
	calling, done := context.WithCancel(ctx)
	if c.Closed() {
		done()
	}
	go func() {
		select {
		case <-c.closed:
			done()
		case <-calling.Done():
		}
	}()
	return calling, done
}

// Closed reports whether the client was closed.
func (c *Client) Closed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// Close cuts off the calls under way and lets go of the connections.
func (c *Client) Close() { c.close() }

// newRetryer tries a call three times, and does not wait long in between. The
// SDK's budget for retries is off: after an outage it would refuse to try at all.
func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 3
		o.MaxBackoff = 300 * time.Millisecond
		o.RateLimiter = ratelimit.None
	})
}

// newTransport keeps as many connections as the drivers make calls at a time.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 2 * time.Second,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     90 * time.Second,
		ForceAttemptHTTP2:   true,
	}
}

func httpClient(transport http.RoundTripper, limit time.Duration) *http.Client {
	return &http.Client{
		Transport:     transport,
		Timeout:       limit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

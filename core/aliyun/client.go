package aliyun

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/wire"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// centralRegion serves the operations on URLs, tasks and quota whatever the
// region of the media. Older API pages say so plainly; the newest no longer
// repeat it, so this may have become one region of several.
const centralRegion = "cn-shanghai"

// DefaultTimeout bounds a call, from asking for credentials to the last byte
// of the answer, if [Config.Timeout] is zero.
const DefaultTimeout = wire.DefaultTimeout

// Credentials sign a call: a permanent access key, or a temporary one with the
// security token that belongs to it (STS, the role of a function).
type Credentials struct {
	AccessKeyID     string
	AccessKeySecret secret.Value
	SecurityToken   secret.Value // empty for a permanent key
}

// Config says which account and endpoint a [Client] talks to.
type Config struct {
	// Region is the service region of the media, such as ap-southeast-1.
	// Default: cn-shanghai.
	Region string
	// Endpoint is a host, or scheme://host[:port], that takes all calls.
	// Default: vod.<Region>.aliyuncs.com, and cn-shanghai's for the operations
	// on URLs, tasks and quota. Without a scheme it is https, or http if the
	// host is a loopback one. Other hosts must be https.
	Endpoint string
	// AllowHTTP also admits http endpoints on private addresses, on names
	// without a dot and on .internal and .local names: emulators in containers.
	AllowHTTP bool
	// Credentials is asked for each call, so that they may change between
	// calls. Required. Its context ends when the call does.
	Credentials func(context.Context) (Credentials, error)
	// Transport carries the calls. Default: one of the client's own, shared by
	// its calls, with time-outs and the proxies of the environment.
	Transport http.RoundTripper
	// Timeout bounds a whole call. Default: [DefaultTimeout].
	Timeout time.Duration
	// Clock dates quota and records. Default: the machine's.
	Clock clock.Clock
}

// Client makes the calls. It is safe for concurrent use.
type Client struct {
	media    endpoint // the operations on media
	central  endpoint // the operations on URLs, tasks and quota
	line     wire.Line[Credentials]
	clock    clock.Clock
	taskPace *rate.Limiter // of DescribeVodRefreshTasks
	finished finished
}

var _ core.Provider = (*Client)(nil)

// New returns a client, or an Invalid [core.Error] whose Fields name everything
// that is wrong with cfg.
func New(cfg Config) (*Client, error) {
	if cfg.Region == "" {
		cfg.Region = centralRegion
	}
	media, central, wrong := endpoints(cfg.Region, cfg.Endpoint, cfg.AllowHTTP)
	line, bad := wire.NewLine(cfg.Credentials, cfg.Transport, cfg.Timeout)
	if wrong = append(wrong, bad...); len(wrong) > 0 {
		return nil, &core.Error{Kind: core.Invalid, Op: "aliyun configuration", Message: "cannot be used", Fields: wrong}
	}
	c := &Client{
		media:    media,
		central:  central,
		line:     line,
		clock:    cfg.Clock,
		taskPace: rate.NewLimiter(taskRate, taskRate),
	}
	if c.clock == nil {
		c.clock = clock.System{}
	}
	return c, nil
}

// Name returns events.Aliyun.
func (c *Client) Name() events.Provider { return events.Aliyun }

// Limit returns how many targets one call takes: 20 media or 100 URLs, zero for
// anything else. The API takes 1,000 URLs to refresh, but the SDK sends them in
// the query, which gateways and proxies cut off long before.
//
// Source: RefreshMediaPlayUrls; the console's limits for URLs.
func (c *Client) Limit(do core.TaskType, target core.Target) int {
	switch {
	case do != core.Refresh && do != core.Preload:
		return 0
	case target == core.Media:
		return 20
	case target == core.URL:
		return 100
	}
	return 0
}

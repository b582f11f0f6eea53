package huawei

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/wire"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// defaultRegion is the one that every customer has.
//
// Source: regions page of Huawei Cloud VOD.
const defaultRegion = "cn-north-4"

// DefaultTimeout bounds a call, from asking for credentials to the last byte
// of the answer, if [Config.Timeout] is zero.
const DefaultTimeout = wire.DefaultTimeout

// Credentials sign a call: a permanent access key, or a temporary one with the
// security token that belongs to it.
type Credentials struct {
	AccessKey     string
	SecretKey     secret.Value
	SecurityToken secret.Value // empty for a permanent key
}

// Config says which project and endpoint a [Client] talks to.
type Config struct {
	// Region is the service region of the assets, such as ap-southeast-3.
	// Default: cn-north-4.
	Region string
	// Endpoint is a host, or scheme://host[:port], that takes all calls.
	// Default: vod.<Region>.myhuaweicloud.com. Without a scheme it is https, or
	// http if the host is a loopback one. Other hosts must be https.
	Endpoint string
	// ProjectID is the project of the region that the assets are in, 32
	// hexadecimal digits in all that is known. Required.
	ProjectID string
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
	// Clock dates the signatures: the platform refuses those that are some
	// minutes off. Default: the machine's.
	Clock clock.Clock
}

// Client makes the calls. It is safe for concurrent use.
type Client struct {
	endpoint wire.Endpoint
	project  string
	line     wire.Line[Credentials]
	clock    clock.Clock
	made     made
}

var _ core.Provider = (*Client)(nil)

// validProject reports whether a project's ID may stand in a path as it is. That
// the IDs are hexadecimal is seen everywhere and promised nowhere.
func validProject(id string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	return id != "" && len(id) <= 64 && strings.Trim(id, letters) == ""
}

// New returns a client, or an Invalid [core.Error] whose Fields name everything
// that is wrong with cfg. It makes no call.
func New(cfg Config) (*Client, error) {
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	to, wrong := newEndpoint(cfg.Region, cfg.Endpoint, cfg.AllowHTTP)
	if !validProject(cfg.ProjectID) {
		wrong = append(wrong, core.FieldError{Field: "ProjectID", Value: cfg.ProjectID, Detail: "a project ID of 1 to 64 letters and digits"})
	}
	line, bad := wire.NewLine(cfg.Credentials, cfg.Transport, cfg.Timeout)
	if wrong = append(wrong, bad...); len(wrong) > 0 {
		return nil, &core.Error{Kind: core.Invalid, Op: "huawei configuration", Message: "cannot be used", Fields: wrong}
	}
	c := &Client{
		endpoint: to,
		project:  cfg.ProjectID,
		line:     line,
		clock:    cfg.Clock,
	}
	if c.clock == nil {
		c.clock = clock.System{}
	}
	return c, nil
}

// Name returns events.Huawei.
func (c *Client) Name() events.Provider { return events.Huawei }

// Limit returns how many targets one call takes: 10 assets to refresh, one to
// preload, 10 URLs for either, zero for anything else.
//
// Source: CreateRefreshTask; CreatePreheatingAsset.
func (c *Client) Limit(do core.TaskType, target core.Target) int {
	switch {
	case do != core.Refresh && do != core.Preload:
		return 0
	case target == core.URL, target == core.Media && do == core.Refresh:
		return 10
	case target == core.Media:
		return 1
	}
	return 0
}

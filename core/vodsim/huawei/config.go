package huawei

import (
	"cmp"
	"crypto/rsa"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Config says who may call the platform, what it allows and where it sends its
// messages. The zero value of a field means its default.
type Config struct {
	// AccessKey, SecretKey and ProjectID are the one account that exists.
	// Without them every call is refused: there is no way to switch the check
	// off.
	AccessKey string
	SecretKey secret.Value
	ProjectID string
	// SecurityToken is what calls must carry with a temporary key; empty if the
	// account uses a permanent key, which carries none.
	SecurityToken secret.Value

	// CallbackTo is where [Server.Send] posts messages.
	CallbackTo string
	// MFSKey signs MFS messages; without it they go out unsigned, as the
	// platform does when no authentication key was generated.
	MFSKey secret.Value
	// Region is the region of the SMN topic and certificate. Default cn-north-4.
	Region string
	// Topic is the URN of the SMN topic. Default the topic vod-events of the
	// region and project.
	Topic string
	// Subject is the subject of SMN notifications; empty for none.
	Subject string
	// SigningKey signs SMN messages; at least 2048 bits. Default one that is
	// made when it is first needed, which takes a while.
	SigningKey *rsa.PrivateKey

	// Rate is how many calls a minute each operation takes. Default what is
	// documented: 1500 for asset details, else 100 (for refreshing nothing is
	// documented); negative for no limit.
	Rate int
	// RefreshQuota and PreloadQuota are the assets of a day, which begins at
	// 00:00 +08:00; a URL counts as one. Default 1000 each; negative for no
	// limit.
	RefreshQuota int
	PreloadQuota int

	// RefreshTime passes between a call and the end of its task. Default 3 s;
	// negative for none.
	RefreshTime time.Duration
	// Latency passes before every answer. Default none.
	Latency time.Duration

	// AnyMedia lets an unknown asset ID spring to life, as [Server.AddAsset]
	// makes it by default, unless it begins with "missing" (there is none).
	AnyMedia bool

	// Clock tells the time and waits. Default [clock.System].
	Clock clock.Clock
	// HTTP sends messages. It is copied and does not follow redirects. Default
	// a client of its own.
	HTTP *http.Client
	// Random draws from [0, 1) for [Fault.Share]. Default [rand.Float64].
	Random func() float64
	// Log gets one line a call and a message, without parameters. Default none.
	Log *slog.Logger
}

// withDefaults is the configuration with every default filled in, but for the
// rates, which differ, and the signing key.
func (c Config) withDefaults() Config {
	c.Region = cmp.Or(c.Region, "cn-north-4")
	c.Topic = cmp.Or(c.Topic, "urn:smn:"+c.Region+":"+c.ProjectID+":vod-events")
	c.RefreshQuota = cmp.Or(c.RefreshQuota, 1000)
	c.PreloadQuota = cmp.Or(c.PreloadQuota, 1000)
	c.RefreshTime = max(0, cmp.Or(c.RefreshTime, 3*time.Second))
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	c.HTTP = platform.Sender(c.HTTP)
	if c.Random == nil {
		c.Random = rand.Float64
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

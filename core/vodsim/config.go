package vodsim

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Config says who may call the platform, what it allows and where it calls
// back. The zero value of a field means its default.
type Config struct {
	// AccessKeyID and AccessKeySecret are the one account that exists. Without
	// them every call is refused: there is no way to switch the check off.
	AccessKeyID     string
	AccessKeySecret secret.Value
	// SecurityToken is the STS token that calls must carry; empty if the
	// account uses a permanent key, which carries none.
	SecurityToken secret.Value

	// CallbackURL is the registered callback URL, the one that is signed. Empty
	// means that no callbacks are sent.
	CallbackURL string
	// CallbackTo is where callbacks are really posted, for a registered URL that
	// is a public name. Default CallbackURL.
	CallbackTo string
	// CallbackKey signs callbacks; without it they go out unsigned, as the
	// platform does when authentication is switched off.
	CallbackKey secret.Value

	// Rate is how many calls a second each action takes. Default 50; negative
	// for no limit.
	Rate int
	// RefreshQuota, PreloadQuota and DirectoryQuota are the URLs (directories)
	// of a day, which begins at 00:00 +08:00. Defaults 2000, 500 and 100;
	// negative for no limit.
	RefreshQuota   int
	PreloadQuota   int
	DirectoryQuota int

	// SubmitTime passes between a call and its SubmitMediaRefreshComplete.
	// Default 1 s; negative for none.
	SubmitTime time.Duration
	// RefreshTime passes between that and the end of the CDN's tasks. Default
	// 3 s; negative for none.
	RefreshTime time.Duration
	// Latency passes before every answer. Default none.
	Latency time.Duration

	// UploadRate is how many calls a second RefreshUploadVideo takes. Default
	// Rate if that is set, else 80; negative for no limit.
	UploadRate int
	// UploadLife is how long the credentials of an upload are good. Default
	// 3000 s.
	UploadLife time.Duration
	// UploadEndpoint is the URL under which clients reach the storage for
	// uploads ([Server.Storage]). Default the server's own, by the name
	// localhost, once [Server.Start] was called; else that of Shanghai.
	UploadEndpoint string
	// UploadExpired is the code with which the storage refuses credentials past
	// their time. Default SecurityTokenExpired.
	UploadExpired string

	// AnyMedia lets an unknown media ID spring to life, with the streams that
	// [Server.AddMedia] gives by default, unless it begins with "missing"
	// (there is none) or "forbidden" (it belongs to another application); one
	// that begins with "uploading" waits for its source, and for "damaged" it
	// waits in vain.
	AnyMedia bool

	// Clock tells the time and waits. Default [clock.System].
	Clock clock.Clock
	// HTTP sends callbacks. It is copied and does not follow redirects. Default
	// a client of its own.
	HTTP *http.Client
	// Random draws from [0, 1) for [Fault.Share]. Default [rand.Float64].
	Random func() float64
	// Log gets one line a call and a callback, without parameters. Default
	// none.
	Log *slog.Logger
}

// withDefaults is the configuration with every default filled in.
func (c Config) withDefaults() Config {
	c.CallbackTo = cmp.Or(c.CallbackTo, c.CallbackURL)
	c.UploadRate = cmp.Or(c.UploadRate, c.Rate, 80)
	c.UploadLife = cmp.Or(c.UploadLife, 3000*time.Second)
	c.Rate = cmp.Or(c.Rate, 50)
	c.RefreshQuota = cmp.Or(c.RefreshQuota, 2000)
	c.PreloadQuota = cmp.Or(c.PreloadQuota, 500)
	c.DirectoryQuota = cmp.Or(c.DirectoryQuota, 100)
	c.SubmitTime = max(0, cmp.Or(c.SubmitTime, time.Second))
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

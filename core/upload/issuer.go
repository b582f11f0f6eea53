package upload

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// IssuerConfig is what an Issuer is made of. Platform and Store are required.
type IssuerConfig struct {
	Platform Platform
	// Account is what the accounts that share a store differ in, such as
	// "aliyun/cn-shanghai".
	Account string
	// Store counts requests, for all processes that share it. One that fails is done
	// without: then each process counts for itself.
	Store core.Store
	// Line is the store that counts calls. Default: Store. Where no other process
	// makes any, one in memory does, and costs nothing.
	Line core.Store
	// Rate is the calls a second that the account may make of RefreshUploadVideo.
	// Default: 40.
	Rate float64
	// Budget is the requests a minute that a video may have. Default: 10.
	Budget int
	// MinLife is what must be left of the life of credentials that are given a
	// second time. Default: 10 minutes.
	MinLife time.Duration
	Clock   clock.Clock  // default: the system's
	Log     *slog.Logger // default: discard
}

// Issuer gives new credentials to upload clients whose own have expired, often
// in the middle of an upload, and sometimes in a loop. They are also the right to
// overwrite a source, so what may not have them is refused before anybody is
// asked:
//
//   - A request needs a [Pass] for the video.
//   - A video has a budget of requests a minute, whoever makes them and wherever
//     the answer comes from. One that only another process knows to be too many may
//     have asked the platform; it is not answered.
//   - Scope upload is served while the platform says that the video is Uploading
//     or UploadFail; everything else needs scope overwrite.
//   - Requests for the same video and scope share one answer: the one that is on
//     its way, which no caller's hang-up cancels, or one that came within the last
//     minute and has MinLife left. It is kept in memory, for at most 75 seconds
//     where Run runs, and nowhere else.
//
// A call waits in line for its turn, up to 12 seconds, and then has 4 seconds for
// its answer; all in all that takes no more than 24 seconds. All methods are safe
// for concurrent use.
type Issuer struct {
	cfg      IssuerConfig
	counters *sharedCounters
	pace     *callPace

	mu     sync.Mutex
	videos map[string]*video
	swept  time.Time // when what was over was last forgotten
}

// NewIssuer returns an issuer; what cfg leaves out has its default.
func NewIssuer(cfg IssuerConfig) *Issuer {
	if cfg.Rate <= 0 {
		cfg.Rate = 40
	}
	if cfg.Budget <= 0 {
		cfg.Budget = 10
	}
	if cfg.MinLife <= 0 {
		cfg.MinLife = 10 * time.Minute
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	counters := &sharedCounters{store: cfg.Store, clock: cfg.Clock, log: cfg.Log}
	line := counters
	if cfg.Line != nil {
		line = &sharedCounters{store: cfg.Line, clock: cfg.Clock, log: cfg.Log}
	}
	return &Issuer{
		cfg: cfg, counters: counters, videos: make(map[string]*video),
		pace: &callPace{rate: cfg.Rate, counter: line.at("credentials/pace/" + cfg.Account)},
	}
}

// Refresh returns new credentials of a video. The error is of kind
//
//   - Forbidden: the pass is for another video, or the video is finished and the
//     pass is not for overwriting;
//   - Invalid: no video can have this ID;
//   - Throttled without an Op: the budget is spent, until RetryAfter;
//   - NotFound, NotReady (the video is damaged), Throttled, Unavailable or Internal
//     with an Op: the platform refuses, or its answer cannot be right;
//   - Unavailable: the line is too long, the state of the video cannot be read, or
//     the answer does not come in time, which is then also
//     [context.DeadlineExceeded].
//
// It is ctx's error if the caller gives up.
func (i *Issuer) Refresh(ctx context.Context, videoID string, pass Pass) (Credentials, error) {
	switch {
	case !pass.Any && (pass.VideoID != videoID || videoID == ""):
		return Credentials{}, core.Errorf(core.Forbidden, "this is for another video")
	case pass.Scope != ScopeUpload && pass.Scope != ScopeOverwrite:
		return Credentials{}, core.Errorf(core.Forbidden, "the scope must be upload or overwrite")
	case !validVideoID(videoID):
		return Credentials{}, &core.Error{Kind: core.Invalid, Message: "invalid request", Fields: []core.FieldError{wrongVideoID(videoID)}}
	}
	v := i.enter(videoID)
	defer i.leave(v)
	if err := i.spent(v); err != nil {
		return Credentials{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	counted := make(chan error, 1)
	go func() { counted <- i.count(ctx, v) }() // while the platform is asked, if it has to be
	f := i.join(ctx, v, videoID, pass.Scope)
	select {
	case err := <-counted:
		if err != nil {
			return Credentials{}, outOfTime(err)
		}
	case <-ctx.Done():
		return Credentials{}, outOfTime(ctx.Err())
	}
	select {
	case <-f.done:
		return f.credentials, f.err
	case <-ctx.Done():
		return Credentials{}, outOfTime(ctx.Err())
	}
}

// validVideoID accepts what an ID of ApsaraVideo VOD is made of: letters, digits,
// hyphens and underscores.
func validVideoID(id string) bool {
	if id == "" || len(id) > core.MaxMediaID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func wrongVideoID(id string) core.FieldError {
	return core.FieldError{
		Field: "videoId", Value: core.Shorten(id),
		Detail: fmt.Sprintf("must be 1 to %d letters, digits, hyphens and underscores", core.MaxMediaID),
	}
}

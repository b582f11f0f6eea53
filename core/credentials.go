package core

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// CredentialsConfig is what Credentials are made of. Uploads and Store are
// required.
type CredentialsConfig struct {
	Uploads Uploads
	// Account is what the accounts that share a store differ in, such as
	// "aliyun/cn-shanghai".
	Account string
	// Store counts requests, for all processes that share it. One that fails is done
	// without: then each process counts for itself.
	Store Store
	// Line is the store that counts calls. Default: Store. Where no other process
	// makes any, one in memory does, and costs nothing.
	Line Store
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

// Credentials give new credentials to upload clients whose own have expired, often
// in the middle of an upload, and sometimes in a loop. They are also the right to
// overwrite a source, so what may not have them is refused before anybody is
// asked:
//
//   - A request needs an [UploadPass] for the video.
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
type Credentials struct {
	cfg      CredentialsConfig
	counters *sharedCounters
	pace     *credentialsPace

	mu     sync.Mutex
	videos map[string]*uploadVideo
	swept  time.Time // when what was over was last forgotten
}

// NewCredentials returns Credentials; what cfg leaves out has its default.
func NewCredentials(cfg CredentialsConfig) *Credentials {
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
	return &Credentials{
		cfg: cfg, counters: counters, videos: make(map[string]*uploadVideo),
		pace: &credentialsPace{rate: cfg.Rate, counter: line.at("credentials/pace/" + cfg.Account)},
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
func (c *Credentials) Refresh(ctx context.Context, videoID string, pass UploadPass) (UploadCredentials, error) {
	switch {
	case !pass.Any && (pass.VideoID != videoID || videoID == ""):
		return UploadCredentials{}, Errorf(Forbidden, "this is for another video")
	case pass.Scope != UploadScopeUpload && pass.Scope != UploadScopeOverwrite:
		return UploadCredentials{}, Errorf(Forbidden, "the scope must be upload or overwrite")
	case !validVideoID(videoID):
		return UploadCredentials{}, &Error{Kind: Invalid, Message: "invalid request", Fields: []FieldError{wrongVideoID(videoID)}}
	}
	v := c.enter(videoID)
	defer c.leave(v)
	if err := c.spent(v); err != nil {
		return UploadCredentials{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	counted := make(chan error, 1)
	go func() { counted <- c.count(ctx, v) }() // while the platform is asked, if it has to be
	f := c.join(ctx, v, videoID, pass.Scope)
	select {
	case err := <-counted:
		if err != nil {
			return UploadCredentials{}, outOfTime(err)
		}
	case <-ctx.Done():
		return UploadCredentials{}, outOfTime(ctx.Err())
	}
	select {
	case <-f.done:
		return f.credentials, f.err
	case <-ctx.Done():
		return UploadCredentials{}, outOfTime(ctx.Err())
	}
}

// validVideoID accepts what an ID of ApsaraVideo VOD is made of: letters, digits,
// hyphens and underscores.
func validVideoID(id string) bool {
	if id == "" || len(id) > MaxMediaID {
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

func wrongVideoID(id string) FieldError {
	return FieldError{
		Field: "videoId", Value: shorten(id),
		Detail: fmt.Sprintf("must be 1 to %d letters, digits, hyphens and underscores", MaxMediaID),
	}
}

package core

import (
	"context"
	"errors"
	"time"
)

const (
	callPatience = 4 * time.Second  // with the platform, for one answer
	askPatience  = 24 * time.Second // for all that it takes to answer a request
	reuse        = time.Minute      // the most that an answer is given again
	sweepEvery   = 15 * time.Second // answers and budgets that are over are thrown out
	shortRetry   = time.Second      // when to come back if nobody knows better
)

// uploadVideo is what is remembered of a video that credentials were asked for.
type uploadVideo struct {
	budget  *sharedCounter
	free    time.Time // when the budget has room again, as far as is known
	users   int       // requests at work
	used    time.Time // when the latest of them came
	flights map[UploadScope]*credentialsFlight
}

// credentialsFlight is one answer on its way, or one that is given again.
type credentialsFlight struct {
	done        chan struct{} // closed when what follows is set
	credentials UploadCredentials
	err         error
	until       time.Time // when it is given last
}

// enter finds or begins what is remembered of a video.
func (c *Credentials) enter(videoID string) *uploadVideo {
	now := c.cfg.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.swept) >= sweepEvery {
		c.forget(now)
	}
	v := c.videos[videoID]
	if v == nil {
		v = &uploadVideo{
			budget:  c.counters.at("credentials/budget/" + c.cfg.Account + "/" + videoID),
			flights: make(map[UploadScope]*credentialsFlight),
		}
		c.videos[videoID] = v
	}
	v.users++
	v.used = now
	return v
}

func (c *Credentials) leave(v *uploadVideo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v.users--
}

// Run forgets what is over, though nobody asks any more, until ctx ends. Without it
// that happens when somebody does.
func (c *Credentials) Run(ctx context.Context) {
	for c.cfg.Clock.Sleep(ctx, sweepEvery) == nil {
		now := c.cfg.Clock.Now()
		c.mu.Lock()
		c.forget(now)
		c.mu.Unlock()
	}
}

// forget throws out what is over.
func (c *Credentials) forget(now time.Time) {
	c.swept = now
	for id, v := range c.videos {
		for scope, f := range v.flights {
			if f.over(now) {
				delete(v.flights, scope)
			}
		}
		if v.users == 0 && len(v.flights) == 0 && now.Sub(v.used) >= budgetSpan {
			delete(c.videos, id)
		}
	}
}

// over reports whether an answer came that is not given any more.
func (f *credentialsFlight) over(now time.Time) bool {
	select {
	case <-f.done:
		return !now.Before(f.until)
	default:
		return false
	}
}

// join finds the answer that a request shares, or sends for it.
func (c *Credentials) join(ctx context.Context, v *uploadVideo, videoID string, scope UploadScope) *credentialsFlight {
	now := c.cfg.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := v.flights[scope]; f != nil && !f.over(now) {
		return f
	}
	f := &credentialsFlight{done: make(chan struct{})}
	v.flights[scope] = f
	c.pace.begin(now)
	go func() {
		defer close(f.done)
		// Whoever asked first may hang up: the others still want the answer.
		f.credentials, f.until, f.err = c.fetch(context.WithoutCancel(ctx), videoID, scope)
	}()
	return f
}

// fetch asks the platform, and says until when the answer may be given again.
func (c *Credentials) fetch(ctx context.Context, videoID string, scope UploadScope) (u UploadCredentials, until time.Time, err error) {
	latest := c.cfg.Clock.Now().Add(askPatience)
	ctx, cancel := context.WithTimeout(ctx, askPatience) // a slow store may hold up the line itself
	defer cancel()
	if scope != UploadScopeOverwrite {
		if err := c.uploading(ctx, videoID, latest); err != nil {
			return u, until, err
		}
	}
	err = c.call(ctx, askCredentials, latest, func(ctx context.Context) (err error) {
		u, err = c.cfg.Uploads.RefreshUpload(ctx, videoID)
		return err
	})
	if err != nil {
		return UploadCredentials{}, until, comeBack(err)
	}
	now := c.cfg.Clock.Now()
	u.Received = now
	grant, err := u.Grant() // a client that cannot use it would stop for good
	if err != nil {
		return UploadCredentials{}, until, err
	}
	if until = grant.Expiry.Add(-c.cfg.MinLife); until.After(now.Add(reuse)) {
		until = now.Add(reuse)
	}
	return u, until, nil
}

// uploading is an error unless the platform says that the video is being uploaded.
func (c *Credentials) uploading(ctx context.Context, videoID string, latest time.Time) error {
	var media MediaInfo
	err := c.call(ctx, askStatus, latest, func(ctx context.Context) (err error) {
		media, err = c.cfg.Uploads.Media(ctx, videoID)
		return err
	})
	switch {
	case err != nil:
		return comeBack(unreadable(err))
	case media.Status == "":
		return comeBack(Errorf(Unavailable, "the platform does not say which state the video is in"))
	case media.Status == "Uploading", media.Status == "UploadFail":
		return nil
	}
	return Errorf(Forbidden, "the video is not being uploaded, its status is %s: this needs scope overwrite", quote(media.Status))
}

// call makes one call when its turn has come, if it can end before latest.
func (c *Credentials) call(ctx context.Context, op uploadOp, latest time.Time, call func(context.Context) error) error {
	patience := min(linePatience, latest.Sub(c.cfg.Clock.Now())-callPatience)
	if err := c.pace.wait(ctx, op, patience); err != nil {
		return outOfTime(err)
	}
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	return call(ctx)
}

// unreadable is the error for a state that the platform does not tell: whatever
// its reason, the answer may be another one later. That there is no such video is
// an answer.
func unreadable(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind == NotFound {
		return err
	}
	unread := *e
	unread.Kind, unread.Err = Unavailable, err
	return &unread
}

// outOfTime says so of an error that is a deadline's.
func outOfTime(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Error{Kind: Unavailable, Message: "no answer within " + askPatience.String(), RetryAfter: shortRetry, Err: err}
}

// comeBack adds to an error when it is worth asking again, if it is and nobody
// said.
func comeBack(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.RetryAfter > 0 || e.Kind != Throttled && e.Kind != Unavailable {
		return err
	}
	later := *e
	later.RetryAfter = shortRetry
	return &later
}

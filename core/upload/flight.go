package upload

import (
	"context"
	"errors"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	callPatience = 4 * time.Second  // with the platform, for one answer
	askPatience  = 24 * time.Second // for all that it takes to answer a request
	reuse        = time.Minute      // the most that an answer is given again
	sweepEvery   = 15 * time.Second // answers and budgets that are over are thrown out
	shortRetry   = time.Second      // when to come back if nobody knows better
)

// video is what is remembered of a video that credentials were asked for.
type video struct {
	budget  *sharedCounter
	free    time.Time // when the budget has room again, as far as is known
	users   int       // requests at work
	used    time.Time // when the latest of them came
	flights map[Scope]*flight
}

// flight is one answer on its way, or one that is given again.
type flight struct {
	done        chan struct{} // closed when what follows is set
	credentials Credentials
	err         error
	until       time.Time // when it is given last
}

// enter finds or begins what is remembered of a video.
func (i *Issuer) enter(videoID string) *video {
	now := i.cfg.Clock.Now()
	i.mu.Lock()
	defer i.mu.Unlock()
	if now.Sub(i.swept) >= sweepEvery {
		i.forget(now)
	}
	v := i.videos[videoID]
	if v == nil {
		v = &video{
			budget:  i.counters.at("credentials/budget/" + i.cfg.Account + "/" + videoID),
			flights: make(map[Scope]*flight),
		}
		i.videos[videoID] = v
	}
	v.users++
	v.used = now
	return v
}

func (i *Issuer) leave(v *video) {
	i.mu.Lock()
	defer i.mu.Unlock()
	v.users--
}

// Run forgets what is over, though nobody asks any more, until ctx ends. Without it
// that happens when somebody does.
func (i *Issuer) Run(ctx context.Context) {
	for i.cfg.Clock.Sleep(ctx, sweepEvery) == nil {
		now := i.cfg.Clock.Now()
		i.mu.Lock()
		i.forget(now)
		i.mu.Unlock()
	}
}

// forget throws out what is over.
func (i *Issuer) forget(now time.Time) {
	i.swept = now
	for id, v := range i.videos {
		for scope, f := range v.flights {
			if f.over(now) {
				delete(v.flights, scope)
			}
		}
		if v.users == 0 && len(v.flights) == 0 && now.Sub(v.used) >= budgetSpan {
			delete(i.videos, id)
		}
	}
}

// over reports whether an answer came that is not given any more.
func (f *flight) over(now time.Time) bool {
	select {
	case <-f.done:
		return !now.Before(f.until)
	default:
		return false
	}
}

// join finds the answer that a request shares, or sends for it.
func (i *Issuer) join(ctx context.Context, v *video, videoID string, scope Scope) *flight {
	now := i.cfg.Clock.Now()
	i.mu.Lock()
	defer i.mu.Unlock()
	if f := v.flights[scope]; f != nil && !f.over(now) {
		return f
	}
	f := &flight{done: make(chan struct{})}
	v.flights[scope] = f
	i.pace.begin(now)
	go func() {
		defer close(f.done)
		// Whoever asked first may hang up: the others still want the answer.
		f.credentials, f.until, f.err = i.fetch(context.WithoutCancel(ctx), videoID, scope)
	}()
	return f
}

// fetch asks the platform, and says until when the answer may be given again.
func (i *Issuer) fetch(ctx context.Context, videoID string, scope Scope) (u Credentials, until time.Time, err error) {
	latest := i.cfg.Clock.Now().Add(askPatience)
	ctx, cancel := context.WithTimeout(ctx, askPatience) // a slow store may hold up the line itself
	defer cancel()
	if scope != ScopeOverwrite {
		if err := i.uploading(ctx, videoID, latest); err != nil {
			return u, until, err
		}
	}
	err = i.call(ctx, askCredentials, latest, func(ctx context.Context) (err error) {
		u, err = i.cfg.Platform.RefreshUpload(ctx, videoID)
		return err
	})
	if err != nil {
		return Credentials{}, until, comeBack(err)
	}
	now := i.cfg.Clock.Now()
	u.Received = now
	grant, err := u.Grant() // a client that cannot use it would stop for good
	if err != nil {
		return Credentials{}, until, err
	}
	if until = grant.Expiry.Add(-i.cfg.MinLife); until.After(now.Add(reuse)) {
		until = now.Add(reuse)
	}
	return u, until, nil
}

// uploading is an error unless the platform says that the video is being uploaded.
func (i *Issuer) uploading(ctx context.Context, videoID string, latest time.Time) error {
	var media core.MediaInfo
	err := i.call(ctx, askStatus, latest, func(ctx context.Context) (err error) {
		media, err = i.cfg.Platform.Media(ctx, videoID)
		return err
	})
	switch {
	case err != nil:
		return comeBack(unreadable(err))
	case media.Status == "":
		return comeBack(core.Errorf(core.Unavailable, "the platform does not say which state the video is in"))
	case media.Status == "Uploading", media.Status == "UploadFail":
		return nil
	}
	return core.Errorf(core.Forbidden, "the video is not being uploaded, its status is %s: this needs scope overwrite", core.Quote(media.Status))
}

// call makes one call when its turn has come, if it can end before latest.
func (i *Issuer) call(ctx context.Context, op operation, latest time.Time, call func(context.Context) error) error {
	patience := min(linePatience, latest.Sub(i.cfg.Clock.Now())-callPatience)
	if err := i.pace.wait(ctx, op, patience); err != nil {
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
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Kind == core.NotFound {
		return err
	}
	unread := *e
	unread.Kind, unread.Err = core.Unavailable, err
	return &unread
}

// outOfTime says so of an error that is a deadline's.
func outOfTime(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &core.Error{Kind: core.Unavailable, Message: "no answer within " + askPatience.String(), RetryAfter: shortRetry, Err: err}
}

// comeBack adds to an error when it is worth asking again, if it is and nobody
// said.
func comeBack(err error) error {
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.RetryAfter > 0 || e.Kind != core.Throttled && e.Kind != core.Unavailable {
		return err
	}
	later := *e
	later.RetryAfter = shortRetry
	return &later
}

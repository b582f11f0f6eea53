package core

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// FollowerConfig is what a Follower is made of. Providers is required.
type FollowerConfig struct {
	Providers map[events.Provider]Provider
	// Submit sends the follow-up of a job that ended well, such as the preload
	// after a refresh.
	Submit func(context.Context, []Task) []Outcome
	First  time.Duration // from submission to the first question; default 15 s
	Most   time.Duration // the longest pause between questions; default 1 min
	GiveUp time.Duration // after that a job is no longer followed; default 6 h
	Clock  clock.Clock   // default: the system's
	Log    *slog.Logger  // default: discard
}

// Follower asks about submitted jobs until they end, sooner if the platform
// says that one may have moved. It remembers them in memory only: without a
// store, a restart forgets what was under way.
type Follower struct {
	cfg  FollowerConfig
	wake chan struct{}

	mu   sync.Mutex
	jobs map[jobKey]*followed
}

type jobKey struct {
	provider events.Provider
	id       string
}

// followed is a job on its way.
type followed struct {
	tasks     []Task
	submitted time.Time
	due       time.Time
	pause     time.Duration
}

// maxFollowed bounds the jobs in memory.
const maxFollowed = 10_000

// NewFollower returns a follower; what cfg leaves out has its default.
func NewFollower(cfg FollowerConfig) *Follower {
	if cfg.First <= 0 {
		cfg.First = 15 * time.Second
	}
	if cfg.Most <= 0 {
		cfg.Most = time.Minute
	}
	if cfg.GiveUp <= 0 {
		cfg.GiveUp = 6 * time.Hour
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Follower{cfg: cfg, wake: make(chan struct{}, 1), jobs: make(map[jobKey]*followed)}
}

// Track begins to follow the jobs of the outcomes that have one, as long as
// their provider is among those of the follower.
func (f *Follower) Track(outcomes ...Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.cfg.Clock.Now()
	for _, o := range outcomes {
		if o.JobID == "" || f.cfg.Providers[o.Task.Provider] == nil {
			continue
		}
		key := jobKey{o.Task.Provider, o.JobID}
		job := f.jobs[key]
		if job == nil {
			if len(f.jobs) >= maxFollowed {
				f.cfg.Log.Warn("too many jobs under way, not following", "provider", key.provider, "job_id", key.id, "most", maxFollowed)
				continue
			}
			job = &followed{submitted: now, due: now.Add(f.cfg.First), pause: f.cfg.First}
			f.jobs[key] = job
		}
		job.tasks = append(job.tasks, o.Task)
	}
	f.nudge()
}

// Hint says that a job may have moved, so that it is asked about at once. Jobs
// that are not followed are none of our business.
func (f *Follower) Hint(provider events.Provider, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if job := f.jobs[jobKey{provider, id}]; job != nil {
		job.due = f.cfg.Clock.Now()
		f.nudge()
	}
}

// Pending returns how many jobs are being followed.
func (f *Follower) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.jobs)
}

// nudge makes Run look again.
func (f *Follower) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run follows jobs until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	for ctx.Err() == nil {
		due, wait := f.due()
		for _, key := range due {
			f.ask(ctx, key)
		}
		if len(due) == 0 {
			f.rest(ctx, wait)
		}
	}
}

// due returns the jobs to ask about now, or else how long to wait; zero means
// until something is tracked.
func (f *Follower) due() (keys []jobKey, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.cfg.Clock.Now()
	for key, job := range f.jobs {
		left := job.due.Sub(now)
		if left <= 0 {
			keys = append(keys, key)
		} else if wait == 0 || left < wait {
			wait = left
		}
	}
	slices.SortFunc(keys, func(a, b jobKey) int { return f.jobs[a].due.Compare(f.jobs[b].due) })
	return keys, wait
}

// rest waits until the time is up, somebody nudges, or ctx ends.
func (f *Follower) rest(ctx context.Context, wait time.Duration) {
	rest, cancel := context.WithCancel(ctx)
	defer cancel()
	if wait > 0 {
		go func() {
			defer cancel()
			_ = f.cfg.Clock.Sleep(rest, wait)
		}()
	}
	select {
	case <-f.wake:
	case <-rest.Done():
	}
}

// ask looks at one job: it ends the following, or sets the next question.
func (f *Follower) ask(ctx context.Context, key jobKey) {
	job, err := f.cfg.Providers[key.provider].Job(ctx, key.id)
	f.mu.Lock()
	followed := f.jobs[key]
	now := f.cfg.Clock.Now()
	followed.pause = min(followed.pause+followed.pause/2, f.cfg.Most)
	followed.due = now.Add(followed.pause)
	age := now.Sub(followed.submitted)
	ended := err == nil && job.State != JobRunning
	lost := age > f.cfg.GiveUp
	if ended || lost {
		delete(f.jobs, key)
	}
	f.mu.Unlock()

	log := f.cfg.Log.With("provider", key.provider, "job_id", key.id, "age_ms", age.Milliseconds())
	switch {
	case ended:
		log.InfoContext(ctx, "job ended", "state", job.State, "urls", len(job.URLs), "error", job.Error)
		f.followUp(ctx, job, followed.tasks)
	case lost:
		log.ErrorContext(ctx, "job has not ended, no longer following", "error", err)
	case err != nil:
		log.WarnContext(ctx, "could not ask about the job", "error_kind", KindOf(err), "error", err)
	}
}

// followUp submits what was to come after the job.
func (f *Follower) followUp(ctx context.Context, job Job, tasks []Task) {
	var then []Task
	for _, t := range tasks {
		if t.Then != "" {
			t.Options.TaskType, t.Then = t.Then, ""
			then = append(then, t)
		}
	}
	if len(then) == 0 || f.cfg.Submit == nil {
		return
	}
	if job.State != JobDone {
		f.cfg.Log.WarnContext(ctx, "the follow-up is left out, because the job failed",
			"provider", job.Provider, "job_id", job.ID, "tasks", len(then))
		return
	}
	for _, o := range f.cfg.Submit(ctx, then) {
		if o.State != Refreshed && o.State != Queued {
			f.cfg.Log.ErrorContext(ctx, "the follow-up failed", "provider", job.Provider, "job_id", job.ID,
				"media_id", o.Task.ID, "outcome", o.State, "error", o.Err)
		}
	}
}

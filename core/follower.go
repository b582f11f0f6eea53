package core

import (
	"context"
	"log/slog"
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
	busy      bool // somebody is asking about it
	ended     *Job // set once only the follow-up is left to do
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

package core

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// FollowerConfig is what a Follower is made of. Providers and Store are required.
type FollowerConfig struct {
	Providers map[events.Provider]Provider
	Store     Store // remembers the jobs; shared by all processes that follow them
	// Handover takes what is to be done after a job: the preload after a refresh
	// that ended well, and another try of what failed. Nil does neither.
	Handover Handover
	First    time.Duration // from submission to the first question; default 15 s
	Most     time.Duration // the longest pause between questions; default 1 min
	GiveUp   time.Duration // after that a job is no longer followed; default 6 h
	Retries  int           // how often a target is submitted again whose job failed; default 3
	Keep     time.Duration // how long a job is listed after its end; default a day
	Clock    clock.Clock   // default: the system's
	Log      *slog.Logger  // default: discard
}

// Follower asks about submitted jobs until they end, sooner if the platform
// says that one may have moved, and sees to what comes after. The jobs are in
// the store: another process, or this one after a restart, goes on with them.
// Several processes may follow the same jobs; each question is asked by one.
type Follower struct {
	cfg  FollowerConfig
	wake wake

	mu   sync.Mutex
	busy map[string]bool // by key: somebody here is asking about it
}

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
	if cfg.Retries <= 0 {
		cfg.Retries = 3
	}
	if cfg.Keep <= 0 {
		cfg.Keep = 24 * time.Hour
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Follower{cfg: cfg, wake: newWake(), busy: make(map[string]bool)}
}

// Track begins to follow the jobs of the outcomes that have one, as long as
// their provider is among those of the follower. The error is the store's; none
// or some of the jobs are followed then.
func (f *Follower) Track(ctx context.Context, messages []Message, outcomes []Outcome, submitted time.Time) error {
	jobs := make(map[string]*trackedJob)
	for i, o := range outcomes {
		if o.JobID == "" || f.cfg.Providers[o.Task.Provider] == nil {
			continue
		}
		key := jobKey(o.Task.Provider, o.JobID, 0)
		if jobs[key] == nil {
			jobs[key] = &trackedJob{
				Provider: o.Task.Provider, ID: o.JobID, TaskType: o.Task.Options.TaskType, Submitted: submitted, Pause: f.cfg.First,
			}
		}
		jobs[key].Messages = append(jobs[key].Messages, messages[i])
	}
	var records []Record
	for _, key := range keysOf(jobs) {
		parts, err := jobs[key].records(f.cfg.Clock.Now().Add(f.cfg.First), f.expires(*jobs[key]))
		if err != nil {
			return err
		}
		records = append(records, parts...)
	}
	if len(records) == 0 {
		return nil
	}
	if f.cfg.First < lookAway { // else the next look is early enough, and a look reads jobs
		defer f.wake.ring()
	}
	_, err := f.cfg.Store.Put(ctx, records) // where one exists, an earlier try of this call wrote it
	return err
}

// expires is when a job that nobody follows to its end is forgotten.
func (f *Follower) expires(j trackedJob) time.Time {
	const margin = 24 * time.Hour
	return j.Submitted.Add(f.cfg.GiveUp + margin)
}

// hintPause is the least time between two hints about a job that are heeded: the
// platform sends one for each media of it.
const hintPause = 10 * time.Second

// Hint says that a job may have moved, so that it is asked about at once. Jobs
// that are not followed are none of our business.
func (f *Follower) Hint(ctx context.Context, provider events.Provider, id string) {
	if err := f.hint(ctx, provider, id); err != nil {
		f.cfg.Log.WarnContext(ctx, "a hint about a job is lost, its timer holds", "provider", provider, "job_id", id, "error", err)
	}
	f.wake.ring()
}

// hint makes all parts of a job due now. Where somebody else writes one at the
// same time, it is being asked about.
func (f *Follower) hint(ctx context.Context, provider events.Provider, id string) error {
	now := f.cfg.Clock.Now()
	keys := []string{jobKey(provider, id, 0)}
	for len(keys) > 0 {
		records, err := f.cfg.Store.Get(ctx, keys)
		if err != nil {
			return err
		}
		first := keys[0] == jobKey(provider, id, 0)
		keys = nil
		var hinted []Record
		for _, r := range records {
			var job trackedJob
			if r.Value == nil || json.Unmarshal(r.Value, &job) != nil || now.Sub(job.Hinted) < hintPause {
				continue
			}
			for part := 1; first && part < job.Parts; part++ {
				keys = append(keys, jobKey(provider, id, part))
			}
			job.Hinted, r.Due = now, now
			if r.Value, err = compact(job); err != nil {
				return err
			}
			hinted = append(hinted, r)
		}
		if len(hinted) == 0 {
			return nil
		}
		if _, err := f.cfg.Store.Put(ctx, hinted); err != nil {
			return err
		}
	}
	return nil
}

// horizon is a time by which every job on its way is due.
func (f *Follower) horizon() time.Time {
	return f.cfg.Clock.Now().Add(f.cfg.First + f.cfg.Most + claimed)
}

// Pending counts the jobs that are being followed, up to 100: it reads them, and
// whoever asks whether the service is ready asks often.
func (f *Follower) Pending(ctx context.Context) (int, error) {
	const most = 100
	records, err := f.cfg.Store.Due(ctx, jobPrefix, f.horizon(), most)
	return len(records), err
}

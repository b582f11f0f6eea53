package core

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

const (
	asking = 4                // jobs asked about at once
	answer = 20 * time.Second // how long a job may take to answer, or its follow-up to be submitted
)

// Run follows jobs until ctx ends. Call it once.
func (f *Follower) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, asking)
	for ctx.Err() == nil {
		due, wait := f.due()
		if len(due) == 0 {
			f.rest(ctx, wait)
			continue
		}
		for _, key := range due {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				f.attend(ctx, key)
			})
		}
	}
}

// due returns the jobs to ask about now, and marks them as busy; or else it
// returns how long to wait, zero until something changes. The next question is
// set before this one is asked, so that a hint in between counts.
func (f *Follower) due() (keys []jobKey, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.cfg.Clock.Now()
	for key, job := range f.jobs {
		if job.busy {
			continue
		}
		left := job.due.Sub(now)
		if left <= 0 {
			keys = append(keys, key)
		} else if wait == 0 || left < wait {
			wait = left
		}
	}
	slices.SortFunc(keys, func(a, b jobKey) int { return f.jobs[a].due.Compare(f.jobs[b].due) })
	for _, key := range keys {
		job := f.jobs[key]
		job.busy = true
		job.pause = min(job.pause+job.pause/2, f.cfg.Most)
		job.due = now.Add(job.pause)
	}
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

// attend does what is next for a job: asks about it, or submits what was to
// come after it. What it leaves undone is due again later.
func (f *Follower) attend(ctx context.Context, key jobKey) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	f.mu.Lock()
	job := *f.jobs[key]
	f.mu.Unlock()
	age := f.cfg.Clock.Now().Sub(job.submitted)
	log := f.cfg.Log.With("provider", key.provider, "job_id", key.id, "age_ms", age.Milliseconds())
	if job.ended == nil {
		job.ended = f.ask(ctx, key, log)
	}
	var left []Task
	if job.ended != nil {
		left = f.followUp(ctx, *job.ended, job.tasks, log)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.nudge()
	f.jobs[key].busy = false
	switch {
	case job.ended != nil && len(left) == 0:
		delete(f.jobs, key)
	case age > f.cfg.GiveUp:
		log.ErrorContext(ctx, "no longer following the job", "ended", job.ended != nil, "follow_ups_left", len(left))
		delete(f.jobs, key)
	case job.ended != nil:
		f.jobs[key].ended, f.jobs[key].tasks = job.ended, left
	}
}

// ask returns the job if it has ended.
func (f *Follower) ask(ctx context.Context, key jobKey, log *slog.Logger) *Job {
	job, err := f.cfg.Providers[key.provider].Job(ctx, key.id)
	switch {
	case err != nil:
		log.WarnContext(ctx, "could not ask about the job", "error_kind", KindOf(err), "error", err)
		return nil
	case job.State == JobRunning:
		log.DebugContext(ctx, "job still running", "urls", len(job.URLs))
		return nil
	}
	log.InfoContext(ctx, "job ended", "state", job.State, "urls", len(job.URLs), "error", job.Error)
	return &job
}

// followUp submits what was to come after the job, and returns the tasks for
// which that is still to be done.
func (f *Follower) followUp(ctx context.Context, job Job, tasks []Task, log *slog.Logger) (left []Task) {
	var first, then []Task
	for _, t := range tasks {
		if t.Then != "" {
			first = append(first, t)
			t.Options.TaskType, t.Then = t.Then, ""
			then = append(then, t)
		}
	}
	if len(then) == 0 || f.cfg.Submit == nil {
		return nil
	}
	if job.State != JobDone {
		log.WarnContext(ctx, "the follow-up is left out, because the job failed", "tasks", len(then))
		return nil
	}
	for i, o := range f.cfg.Submit(ctx, then) {
		if o.State == Refreshed || o.State == Queued {
			continue
		}
		retry := o.State == Failed && next(KindOf(o.Err)) == again
		log.WarnContext(ctx, "the follow-up failed", "media_id", o.Task.ID, "outcome", o.State, "again", retry, "error", o.Err)
		if retry {
			left = append(left, first[i])
		}
	}
	return left
}

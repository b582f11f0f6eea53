package core

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	asking   = 4                // jobs asked about at once
	answer   = 20 * time.Second // how long a job may take to answer, or what comes after it to be handed over
	claimed  = 2 * answer       // how long a question keeps other processes off
	lookAway = 5 * time.Second  // the longest time without a look into the store
)

// Run follows jobs until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	var running sync.WaitGroup
	slots := make(chan struct{}, asking)
	for ctx.Err() == nil {
		due, wait := f.due(ctx)
		if len(due) == 0 {
			f.wake.rest(ctx, f.cfg.Clock, wait)
			continue
		}
		for _, r := range due {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				f.attend(ctx, r)
			})
		}
	}
	running.Wait()
}

// Tick asks about every job that is due, until none is any more or ctx ends: for
// a program that has no time of its own, and is called once a minute instead. A
// panic in its goroutines is raised here.
func (f *Follower) Tick(ctx context.Context) {
	for ctx.Err() == nil {
		due, _ := f.due(ctx)
		if len(due) == 0 {
			return
		}
		var running errgroup.Group
		burst := burst{log: f.cfg.Log}
		running.SetLimit(asking)
		for _, r := range due {
			running.Go(func() error {
				defer burst.keep(ctx)
				f.attend(ctx, r)
				return nil
			})
		}
		_ = running.Wait() // none returns an error
		burst.raise()
	}
}

// due returns the jobs to ask about now and marks them as busy, or else how long
// to wait.
func (f *Follower) due(ctx context.Context) (due []Record, wait time.Duration) {
	const most = 4 * asking // a record is large, and more are not begun before the next look
	now := f.cfg.Clock.Now()
	records, err := f.cfg.Store.Due(ctx, jobPrefix, now.Add(lookAway), most)
	if err != nil && ctx.Err() == nil {
		f.cfg.Log.WarnContext(ctx, "could not look for jobs", "error_kind", KindOf(err), "error", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	wait = lookAway
	for _, r := range records {
		left := r.Due.Sub(now)
		switch {
		case f.busy[r.Key]: // rings when it is done
		case left <= 0:
			f.busy[r.Key] = true
			due = append(due, r)
		default:
			wait = min(wait, left)
		}
	}
	return due, wait
}

// attend does what is next for a job: asks about it, and if it has ended sees to
// what comes after. What it leaves undone is due again later.
func (f *Follower) attend(ctx context.Context, r Record) {
	ctx, cancel := context.WithTimeout(ctx, claimed)
	defer cancel()
	defer f.done(r.Key)
	var job trackedJob
	if err := json.Unmarshal(r.Value, &job); err != nil {
		f.cfg.Log.ErrorContext(ctx, "a job in the store cannot be read and is dropped", "key", r.Key, "error", err)
		r.Value = nil
		_ = f.write(ctx, &r) // if this fails, it is dropped the next time
		return
	}
	now := f.cfg.Clock.Now()
	age := now.Sub(job.Submitted)
	log := f.cfg.Log.With("provider", job.Provider, "job_id", job.ID, "age_ms", age.Milliseconds())
	job.Pause = min(job.Pause+job.Pause/2, f.cfg.Most)
	if !f.claim(ctx, &r, job) {
		return
	}
	report := f.ask(ctx, job, log)
	switch {
	case report == nil && age > f.cfg.GiveUp:
		log.ErrorContext(ctx, "no longer following the job", "targets", len(job.Messages))
		report = &Job{Provider: job.Provider, ID: job.ID, State: JobRunning, Error: "not ended within " + f.cfg.GiveUp.String()}
	case report == nil:
		r.Due = now.Add(job.Pause)
		_ = f.write(ctx, &r) // where a hint was faster, it is due already
		return
	}
	if !f.claim(ctx, &r, job) {
		return
	}
	if left := f.after(ctx, *report, job, log); len(left) > 0 {
		job.Left = left
		r.Due = f.cfg.Clock.Now().Add(job.Pause)
		if r.Value, _ = compact(job); len(r.Value) > MaxValue { // too many to tell apart: all of them once more
			job.Left = nil
			r.Value, _ = compact(job)
		}
		_ = f.write(ctx, &r)
		return
	}
	f.close(ctx, r, job, *report, log)
}

// done lets others here attend to a job.
func (f *Follower) done(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.busy, key)
	f.wake.ring()
}

// claim keeps a job to ourselves while we attend to it. It reports false if
// somebody was faster, or nobody knows.
func (f *Follower) claim(ctx context.Context, r *Record, job trackedJob) bool {
	value, err := compact(job)
	if err != nil {
		return false
	}
	r.Value, r.Due = value, f.cfg.Clock.Now().Add(claimed)
	return f.write(ctx, r)
}

// write puts a record, and reports false if somebody was faster or the store is
// out. The record then has its new revision.
func (f *Follower) write(ctx context.Context, r *Record) bool {
	revisions, err := f.cfg.Store.Put(ctx, []Record{*r})
	if err != nil {
		f.cfg.Log.WarnContext(ctx, "a job could not be written", "key", r.Key, "error_kind", KindOf(err), "error", err)
		return false
	}
	r.Revision = revisions[0]
	return r.Revision != ""
}

// ask returns the job if it has ended.
func (f *Follower) ask(ctx context.Context, tracked trackedJob, log *slog.Logger) *Job {
	provider := f.cfg.Providers[tracked.Provider]
	if provider == nil { // another configuration's
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	job, err := provider.Job(ctx, tracked.ID)
	switch {
	case err != nil:
		log.WarnContext(ctx, "could not ask about the job", "error_kind", KindOf(err), "error", err)
		return nil
	case job.State == JobRunning:
		log.DebugContext(ctx, "job still running", "urls", len(job.URLs))
		return nil
	}
	return &job
}

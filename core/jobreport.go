package core

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// JobReport is a job as it is listed: how far it has come, and how long it took.
type JobReport struct {
	Provider events.Provider `json:"provider"`
	ID       string          `json:"id"`
	TaskType TaskType        `json:"task_type"`
	State    JobState        `json:"state"`
	Targets  []string        `json:"targets"` // media IDs or URLs; at most 20 of them are listed, the store has all
	Count    int             `json:"target_count"`
	// Submitted is when the call left, and Ended when we learnt that the job had
	// ended.
	Submitted time.Time `json:"submitted"`
	Ended     time.Time `json:"ended,omitzero"`
	// CallbackToSubmitted is the time from the earliest callback or request to the
	// call, SubmittedToDone that from the call to the end; in milliseconds.
	CallbackToSubmitted int64  `json:"callback_to_submitted_ms"`
	SubmittedToDone     int64  `json:"submitted_to_done_ms,omitempty"`
	URLs                int    `json:"urls"`
	FailedURLs          int    `json:"failed_urls"`
	Error               string `json:"error,omitempty"`
}

// report is the job, with all its targets, while nothing is known of its end.
func (j trackedJob) report() JobReport {
	r := JobReport{Provider: j.Provider, ID: j.ID, TaskType: j.TaskType, State: JobRunning, Submitted: j.Submitted, Count: len(j.Messages)}
	received := j.Submitted
	for _, m := range j.Messages {
		r.Targets = append(r.Targets, m.Task.ID)
		if !m.Received.IsZero() && m.Received.Before(received) {
			received = m.Received
		}
	}
	r.CallbackToSubmitted = j.Submitted.Sub(received).Milliseconds()
	return r
}

// close ends the following of a job and lists it among those that have ended.
func (f *Follower) close(ctx context.Context, r Record, tracked trackedJob, job Job, log *slog.Logger) {
	now := f.cfg.Clock.Now()
	report := tracked.report()
	report.State, report.Error, report.Ended, report.URLs = job.State, job.Error, now, len(job.URLs)
	report.SubmittedToDone = now.Sub(tracked.Submitted).Milliseconds()
	for _, u := range job.URLs {
		if u.State == JobFailed {
			report.FailedURLs++
			report.Error = cmp.Or(report.Error, u.URL+": "+u.Detail)
		}
	}
	log.InfoContext(ctx, "job ended", "state", report.State, "targets", report.Count, "urls", report.URLs, "failed_urls", report.FailedURLs,
		"callback_to_submitted_ms", report.CallbackToSubmitted, "submitted_to_done_ms", report.SubmittedToDone, "error", report.Error)
	value, err := compact(report)
	if err != nil || len(value) > MaxValue { // its targets are very long URLs, for which alone there is room
		report.Error = Shorten(report.Error)
		value, _ = compact(report)
	}
	ended := Record{
		Key: endedPrefix + strings.TrimPrefix(r.Key, jobPrefix), Value: value,
		Due: newestFirst(now), Expires: now.Add(f.cfg.Keep),
	}
	r.Value = nil
	if _, err := f.cfg.Store.Put(ctx, []Record{ended, r}); err != nil {
		log.WarnContext(ctx, "the end of the job could not be written, it will be asked about again", "error", err)
	}
}

// newestFirst is the due time that makes a store list what ended last before what
// ended earlier.
func newestFirst(ended time.Time) time.Time { return endOfTime().Add(-ended.Sub(time.Unix(0, 0))) }

// Jobs lists jobs, the newest first: those on their way, and those that ended
// within the last day. At most 1,000 of each are looked at. The error is the
// store's.
func (f *Follower) Jobs(ctx context.Context) ([]JobReport, error) {
	const most = 1000
	return f.list(ctx, most, func([]string) bool { return true })
}

// JobsOf lists as [Follower.Jobs] does, but only jobs that have this media ID or
// URL among all their targets. Up to 10,000 that ended are looked at.
func (f *Follower) JobsOf(ctx context.Context, target string) ([]JobReport, error) {
	const most = 10_000
	return f.list(ctx, most, func(targets []string) bool { return slices.Contains(targets, target) })
}

// list looks at so many jobs that ended, and lists those whose targets are wanted.
func (f *Follower) list(ctx context.Context, most int, wanted func(targets []string) bool) ([]JobReport, error) {
	const mostRunning, mostTargets = 1000, 20
	running, err := f.cfg.Store.Due(ctx, jobPrefix, f.horizon(), mostRunning)
	if err != nil {
		return nil, err
	}
	ended, err := f.cfg.Store.Due(ctx, endedPrefix, endOfTime(), most)
	if err != nil {
		return nil, err
	}
	all := []JobReport{}
	add := func(r JobReport) {
		if wanted(r.Targets) {
			r.Targets = append([]string{}, r.Targets[:min(mostTargets, len(r.Targets))]...)
			all = append(all, r)
		}
	}
	for _, r := range running {
		var job trackedJob
		if json.Unmarshal(r.Value, &job) == nil {
			add(job.report())
		}
	}
	for _, r := range ended {
		var report JobReport
		if json.Unmarshal(r.Value, &report) == nil {
			add(report)
		}
	}
	slices.SortStableFunc(all, func(a, b JobReport) int { return b.Submitted.Compare(a.Submitted) })
	return all, nil
}

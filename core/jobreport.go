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
	Targets  []string        `json:"targets"` // media IDs or URLs, at most 20 of them
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

// report is the job as it is listed while nothing is known of its end.
func (j trackedJob) report() JobReport {
	const most = 20
	r := JobReport{Provider: j.Provider, ID: j.ID, TaskType: j.TaskType, State: JobRunning, Submitted: j.Submitted, Count: len(j.Messages)}
	received := j.Submitted
	for i, m := range j.Messages {
		if i < most {
			r.Targets = append(r.Targets, m.Task.ID)
		}
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
	if err != nil || len(value) > MaxValue { // its targets are very long URLs
		report.Targets = nil
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
// within the last days. At most 1,000 of each are looked at. The error is the
// store's.
func (f *Follower) Jobs(ctx context.Context) ([]JobReport, error) {
	const most = 1000
	running, err := f.cfg.Store.Due(ctx, jobPrefix, f.horizon(), most)
	if err != nil {
		return nil, err
	}
	ended, err := f.cfg.Store.Due(ctx, endedPrefix, endOfTime(), most)
	if err != nil {
		return nil, err
	}
	all := make([]JobReport, 0, len(running)+len(ended))
	for _, r := range running {
		var job trackedJob
		if json.Unmarshal(r.Value, &job) == nil {
			all = append(all, job.report())
		}
	}
	for _, r := range ended {
		var report JobReport
		if json.Unmarshal(r.Value, &report) == nil {
			all = append(all, report)
		}
	}
	slices.SortStableFunc(all, func(a, b JobReport) int { return b.Submitted.Compare(a.Submitted) })
	return all, nil
}

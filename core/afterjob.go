package core

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// retryPause is the wait before a target goes out again whose job failed,
// doubled for each time that it failed before.
const retryPause = time.Minute

// after hands over what comes after a job that has ended: the follow-up of what
// went well, and another try of what did not. It returns the targets for which
// that is still to be done.
func (f *Follower) after(ctx context.Context, job Job, tracked trackedJob, log *slog.Logger) (left []string) {
	messages := f.afterwards(job, tracked)
	if len(tracked.Left) > 0 {
		messages = slices.DeleteFunc(messages, func(m Message) bool { return !slices.Contains(tracked.Left, m.Task.ID) })
	}
	if len(messages) == 0 {
		return nil
	}
	if f.cfg.Handover == nil {
		log.WarnContext(ctx, "nobody takes what comes after the job", "messages", len(messages))
		return nil
	}
	for i, o := range f.cfg.Handover.HandOver(ctx, messages) {
		if o.State != Failed {
			continue
		}
		retry := passing(o.Err) || KindOf(o.Err) == QuotaExceeded
		log.WarnContext(ctx, "what comes after the job was not taken", "task_type", o.Task.Options.TaskType,
			"media_id", o.Task.ID, "outcome", o.State, "again", retry, "error", o.Err)
		if retry {
			left = append(left, messages[i].Task.ID)
		}
	}
	return left
}

// afterwards are the messages that a job's end leads to. Of a job that failed in
// part the URLs tell what failed: only they are tried again, because quota spent
// on the others would be wasted.
func (f *Follower) afterwards(job Job, tracked trackedJob) []Message {
	switch job.State {
	case JobDone:
		return f.followUps(tracked.Messages, tracked)
	case JobRunning: // given up: what was to follow is not lost
		var all []Message
		for _, m := range tracked.Messages {
			if m.Task.Then != "" {
				m.GiveUp = fmt.Sprintf("job %s: %s, and %s was to follow", job.ID, job.Error, m.Task.Then)
				all = append(all, m)
			}
		}
		return all
	case JobFailed:
	}
	good, bad := outcomesOf(job, tracked.Messages)
	all := f.followUps(good, tracked)
	for _, m := range bad {
		all = append(all, f.again(m.Message, job, m.detail))
	}
	return all
}

// followUps are the messages that follow what went well. They tell no event
// time: whatever was submitted before the job ended came too early for them.
func (f *Follower) followUps(done []Message, tracked trackedJob) []Message {
	var all []Message
	now := f.cfg.Clock.Now()
	for _, m := range done {
		if m.Task.Then == "" {
			continue
		}
		t := m.Task
		t.Options.TaskType, t.Then = t.Then, ""
		t.EventTime, t.Signed = time.Time{}, time.Time{}
		if !t.Manual() {
			hash := sha256.Sum256([]byte(tracked.ID + "\n" + t.ID))
			t.Identity = base64.RawURLEncoding.EncodeToString(hash[:16])
		}
		all = append(all, NewMessage(t, now))
	}
	return all
}

// again is another try of what failed, or, after too many, a dead letter.
func (f *Follower) again(m Message, job Job, detail string) Message {
	m.FailedJobs++
	m.Redriven, m.Tries = true, 0
	m.Due = f.cfg.Clock.Now().Add(retryPause << min(m.FailedJobs-1, 10))
	if m.FailedJobs > f.cfg.Retries {
		m.Due = time.Time{}
		m.GiveUp = fmt.Sprintf("given up after %d jobs that failed, the last of them %s: %s", m.FailedJobs, job.ID, detail)
	}
	return m
}

// failure is a message whose job failed, and why.
type failure struct {
	Message

	detail string
}

// outcomesOf tells what went well of a failed job from what did not: media that
// failed as a whole, and URLs. Where the job names neither, all of it failed. All
// messages of a job are alike but for their target.
func outcomesOf(job Job, messages []Message) (good []Message, bad []failure) {
	byURL := slices.ContainsFunc(job.URLs, func(u URLResult) bool { return u.State == JobFailed })
	for _, m := range messages {
		switch i := slices.IndexFunc(job.FailedMedia, func(f MediaFailure) bool { return f.ID == m.Task.ID }); {
		case i >= 0:
			bad = append(bad, failure{m, job.FailedMedia[i].Detail})
		case len(job.FailedMedia) == 0 && !byURL:
			bad = append(bad, failure{m, job.Error})
		case !byURL:
			good = append(good, m)
		}
	}
	if !byURL {
		return good, bad
	}
	own := make(map[string]Message, len(messages))
	for _, m := range messages {
		own[m.Task.ID] = m
	}
	for _, u := range job.URLs {
		m, named := own[u.URL]
		if !named {
			m = messages[0]
			if m.Task.Target == URL { // another part's
				continue
			}
			m.Task.Target, m.Task.ID, m.Task.URLs = URL, u.URL, 1
			m.Task.Options = Options{TaskType: m.Task.Options.TaskType}
		}
		if u.State == JobFailed {
			bad = append(bad, failure{m, u.Detail})
		} else {
			good = append(good, m)
		}
	}
	return good, bad
}

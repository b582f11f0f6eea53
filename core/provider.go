package core

import (
	"context"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// Provider is a video platform that can refresh and preload. Its driver signs,
// sends and decodes; it neither retries nor paces. Every error is an [*Error]
// whose kind comes from the driver's table, or wraps ctx's error. All methods
// are safe for concurrent use, and end when ctx does.
//
// core/providertest is the suite that a driver passes.
type Provider interface {
	// Name says which platform this is.
	Name() events.Provider
	// Limit is how many targets one call of the task type takes; zero means
	// that the platform has no such call.
	Limit(TaskType, Target) int
	// Submit makes one call for the batch. A nil error still leaves media that
	// the platform did not accept: see [Submission].
	Submit(context.Context, Batch) (Submission, error)
	// Job asks how far a job has come, down to its URLs.
	Job(ctx context.Context, id string) (Job, error)
}

// Meter tells what is left of the day's allowance. A [Provider] whose platform
// can be asked is one itself; for one whose platform has no such call, a [Tally]
// counts.
type Meter interface {
	Quota(context.Context) (Quota, error)
}

// Target says what a task names: a media by its ID, or a single URL.
type Target string

// The targets.
const (
	Media Target = "media"
	URL   Target = "url"
)

// Batch is what goes out as one call: targets of one sort with equal options,
// not more than [Provider.Limit] allows, none of them twice.
type Batch struct {
	Target  Target
	IDs     []string // media IDs or URLs
	Options Options
}

// Submission is a platform's answer to a batch. Media that are in neither list
// were accepted.
type Submission struct {
	JobID     string   // empty if nothing was accepted
	NotFound  []string // media that do not exist
	Forbidden []string // media that this account may not touch
	RequestID string
}

// JobState is how far a job has come.
type JobState string

// The states.
const (
	JobRunning JobState = "running" // some URL is still on its way
	JobDone    JobState = "done"    // every URL has reached its end, well
	JobFailed  JobState = "failed"  // every URL has reached its end, some badly
)

// Job is the platform's asynchronous work for a batch.
type Job struct {
	Provider events.Provider `json:"provider"`
	ID       string          `json:"id"`
	TaskType TaskType        `json:"task_type,omitempty"`
	State    JobState        `json:"state"`
	MediaIDs []string        `json:"media_ids,omitempty"`
	URLs     []URLResult     `json:"urls,omitempty"`
	// FailedMedia are those that failed as a whole, such as one whose URLs the
	// platform could not even begin with. Their URLs are not among URLs.
	FailedMedia []MediaFailure `json:"failed_media,omitempty"`
	Error       string         `json:"error,omitempty"` // the platform's code and message, if it gave some
	CreatedAt   time.Time      `json:"created_at,omitzero"`
}

// MediaFailure is a media of a job that failed as a whole.
type MediaFailure struct {
	ID     string `json:"id"`
	Detail string `json:"detail,omitempty"` // the platform's code and message, if it gave some
}

// URLResult is what became of one URL of a job.
type URLResult struct {
	URL    string   `json:"url"`
	TaskID string   `json:"task_id,omitempty"`
	State  JobState `json:"state"`
	Detail string   `json:"detail,omitempty"` // progress such as 50%, or the reason of a failure
}

// Quota is the day's allowance of an account, in URLs (aliyun) or assets
// (huawei), and what is left of it.
type Quota struct {
	Provider  events.Provider `json:"provider"`
	Refresh   Allowance       `json:"refresh"`
	Preload   Allowance       `json:"preload"`
	Directory Allowance       `json:"directory,omitzero"`
	ResetsAt  time.Time       `json:"resets_at,omitzero"` // when the next day begins
}

// Allowance is one number of a [Quota].
type Allowance struct {
	Limit     int `json:"limit"`
	Remaining int `json:"remaining"`
}

// MediaInfo is what a platform knows of a media.
type MediaInfo struct {
	ID      string
	Status  string // the platform's word, such as Uploading or Normal
	Created time.Time
}
